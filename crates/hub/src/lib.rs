//! Downloads of the published Kokoro files into the cache folder that Python programs use too.
//!
//! [`fetch`] returns the path of a complete, checked file, from the cache if any program downloaded it before. The
//! cache has the Hugging Face hub's usual layout, under [`cache_folder`]:
//!
//! ```text
//! models--hexgrad--Kokoro-82M/blobs/<SHA-256, or the git id of a small file>
//! models--hexgrad--Kokoro-82M/snapshots/<revision>/voices/af_heart.pt  ->  ../../../blobs/<SHA-256>
//! .locks/models--hexgrad--Kokoro-82M/<checksum>.lock
//! ```
//!
//! A download is written to `blobs/<checksum>.incomplete`, which the next try resumes, and is renamed only after its
//! checksum was verified: a partial file is never mistaken for a complete one.
//!
//! Why not the crate `hf-hub`: no version verifies SHA-256 or obeys `HF_HUB_OFFLINE`, and 1.0 brings an async stack and
//! [no longer resumes downloads](https://github.com/huggingface/hf-hub/issues/196); this crate resumes, works offline,
//! shares Python's cache and verifies pinned checksums.
//!
//! ```no_run
//! use std::ops::ControlFlow;
//!
//! let request = kokoro_hub::Request::new(kokoro_hub::MODEL);
//! let path = kokoro_hub::fetch(&request, &mut |progress| {
//!     eprintln!("{}: {} bytes", progress.file, progress.done);
//!     ControlFlow::Continue(())
//! })?;
//! # Ok::<(), kokoro_hub::Error>(())
//! ```

#![forbid(unsafe_code)]

mod cache;
mod checksum;
mod download;
mod error;
mod http;
mod http_error;
mod manifest;
mod progress;
mod request;

use std::ops::ControlFlow;
use std::path::PathBuf;

pub use self::cache::cache_folder;
use self::cache::{CacheQuery, RepoCache};
use self::download::Download;
use self::error::AttemptError;
pub use self::error::{Error, Result};
use self::http::Client;
pub use self::manifest::{CONFIG, MODEL, REPO, REVISION};
use self::progress::Reporter;
pub use self::progress::{Phase, Progress};
pub use self::request::{ENDPOINT, Request, Timeouts};

/// Names of the voices in the pinned revision, sorted.
pub fn voices() -> impl ExactSizeIterator<Item = &'static str> {
    manifest::VOICES.iter().map(|voice| voice.0)
}

/// A voice's path in the repository.
pub fn voice_file(name: &str) -> String {
    format!("voices/{name}.pt")
}

/// The path of the requested file, found in the cache or downloaded into it.
///
/// `progress` is called about once per 64 KiB, and ten times a second while waiting. If it returns
/// [`ControlFlow::Break`], the download stops, and the next one resumes it. While no byte arrives the callback is not
/// called, so stopping may take up to [`Timeouts::stall`].
///
/// # Errors
/// [`Error::Download`] with a remedy, [`Error::Cancelled`], [`Error::Argument`] for an invalid request, [`Error::Io`]
/// for a cached file that cannot be read.
pub fn fetch(request: &Request, progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>) -> Result<PathBuf> {
    request.check()?;
    let repo = RepoCache::new(request)?;
    let mut reporter = Reporter { file: &request.file, total: request.size, callback: progress };
    let mut query = CacheQuery {
        file: &request.file,
        checksum: request.checksum(),
        size: request.size,
        verify: request.verify,
        accept_unchecked: request.offline,
    };
    if let Some(path) = repo.find(&query, &mut reporter)? {
        return Ok(path);
    }
    let path = fetch_uncached(request, &repo, &mut query, &mut reporter)
        .map_err(|error| error.into_error(request.url(), &request.file, &repo.snapshot(&request.file)))?;
    log::info!("{} is at {}", request.file, path.display());
    Ok(path)
}

fn fetch_uncached(
    request: &Request,
    repo: &RepoCache,
    query: &mut CacheQuery<'_>,
    reporter: &mut Reporter<'_>,
) -> Result<PathBuf, AttemptError> {
    if request.offline {
        return Err(AttemptError::offline(repo.folder()));
    }
    let client = Client::new(request)?;
    let checksum = match query.checksum.clone() {
        Some(checksum) => checksum,
        None => {
            let metadata = client.metadata(&request.url(), reporter)?;
            query.size = query.size.or(metadata.size);
            reporter.total = query.size;
            query.checksum.insert(metadata.checksum).clone()
        }
    };
    let lock = repo.lock(&checksum, reporter)?;
    // The previous owner of the lock may have downloaded the file. If the request had no checksum, this is also the
    // first search that has one.
    if let Some(path) = repo.find(query, reporter)? {
        return Ok(path);
    }
    let incomplete = repo.incomplete(&checksum, lock.is_exclusive());
    let download = Download { client: &client, request, checksum: &checksum, size: query.size, path: &incomplete };
    let blob_name = download.run(reporter)?;
    repo.publish(&incomplete, &blob_name, &request.file)
}

/// The path of the requested file if the cache has a complete copy. Nothing is downloaded.
///
/// # Errors
/// [`Error::Argument`] for an invalid request, [`Error::Io`] for a cached file that cannot be read.
pub fn find(request: &Request) -> Result<Option<PathBuf>> {
    request.check()?;
    let query = CacheQuery {
        file: &request.file,
        checksum: request.checksum(),
        size: request.size,
        verify: request.verify,
        accept_unchecked: true,
    };
    let callback = &mut |_: Progress<'_>| ControlFlow::Continue(());
    RepoCache::new(request)?.find(&query, &mut Reporter { file: &request.file, total: request.size, callback })
}
