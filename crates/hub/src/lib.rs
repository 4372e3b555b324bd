//! Published files from the model hub, in the cache folder that Python programs use too.
//!
//! [`fetch`] returns the path of a whole, checked file: a copy that is in the cache already, whichever program put
//! it there, or else a download. The cache has the hub's usual layout, under [`cache_folder`]:
//!
//! ```text
//! models--hexgrad--Kokoro-82M/blobs/<SHA-256, or the git id of a small file>
//! models--hexgrad--Kokoro-82M/snapshots/<revision>/voices/af_heart.pt  ->  ../../../blobs/<SHA-256>
//! .locks/models--hexgrad--Kokoro-82M/<checksum>.lock
//! ```
//!
//! A download goes to `blobs/<checksum>.incomplete` and gets its final name only after its checksum was found
//! right, so nothing half-written is ever taken for whole; the next try resumes it.
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

mod cache;
mod checksum;
mod download;
mod error;
mod failure;
mod http;
mod pins;
mod request;

use std::ops::ControlFlow;
use std::path::PathBuf;

pub use self::cache::cache_folder;
use self::cache::{Repo, Wanted};
pub use self::error::{Error, Result};
use self::failure::Failure;
use self::http::Client;
pub use self::pins::{CONFIG, MODEL, REPO, REVISION};
pub use self::request::{ENDPOINT, Request, Timeouts};

/// What a [`fetch`] is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Another program downloads the same file, or the server asked for a pause.
    Waiting,
    /// Bytes are arriving.
    Receiving,
    /// The checksum is being computed.
    Checking,
}

/// How far a [`fetch`] is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The file's path in the repository.
    pub file: &'a str,
    /// What is being done.
    pub phase: Phase,
    /// Bytes of the file that are here, or of them those checked. It falls back if a download must begin anew.
    pub done: u64,
    /// The file's length in bytes, once it is known.
    pub total: Option<u64>,
}

/// Names of the voices that the pinned revision holds, sorted.
pub fn voices() -> impl ExactSizeIterator<Item = &'static str> {
    pins::VOICES.iter().map(|voice| voice.0)
}

/// The path in the repository of the voice of that name.
pub fn voice_file(name: &str) -> String {
    format!("voices/{name}.pt")
}

/// The path of the requested file, from the cache or downloaded into it.
///
/// `progress` is called about once per 64 KiB and ten times a second while waiting. If it returns
/// [`ControlFlow::Break`], the download stops and what has arrived stays for the next try. It is not called while
/// no byte arrives, so a break takes effect after [`Timeouts::stall`] at the latest.
///
/// # Errors
/// [`Error::Download`] with what to do about it, [`Error::Cancelled`], [`Error::Argument`] for a request that names
/// no file, [`Error::Io`] for a cached file that cannot be read.
pub fn fetch(request: &Request, progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>) -> Result<PathBuf> {
    request.check()?;
    let repo = Repo::new(request)?;
    let mut watch = Watch { file: &request.file, total: request.size, report: progress };
    let mut wanted = Wanted {
        file: &request.file,
        checksum: request.checksum(),
        size: request.size,
        verify: request.verify,
        trust_unnamed: request.offline,
    };
    if let Some(path) = repo.find(&wanted, &mut watch)? {
        return Ok(path);
    }
    if request.offline {
        return Err(Failure::offline(&repo).into_error(request, &repo));
    }
    let client = Client::new(request).map_err(|failure| failure.into_error(request, &repo))?;
    let checksum = match wanted.checksum.clone() {
        Some(checksum) => checksum,
        None => {
            let described = client.describe(&request.url(), &mut watch);
            let described = described.map_err(|failure| failure.into_error(request, &repo))?;
            wanted.size = wanted.size.or(described.size);
            watch.total = wanted.size;
            wanted.checksum.insert(described.checksum).clone()
        }
    };
    let lock = repo.lock(&checksum, &mut watch).map_err(|failure| failure.into_error(request, &repo))?;
    // Whoever held the lock may have brought the file; for a file without a pin this is the first look by checksum.
    if let Some(path) = repo.find(&wanted, &mut watch)? {
        return Ok(path);
    }
    let incomplete = repo.incomplete(&checksum, lock.is_shared());
    let job = download::Job { client: &client, request, checksum: &checksum, size: wanted.size, path: &incomplete };
    let name = job.run(&mut watch).map_err(|failure| failure.into_error(request, &repo))?;
    let path = repo.place(&incomplete, &name, &request.file).map_err(|failure| failure.into_error(request, &repo))?;
    log::info!("{} is at {}", request.file, path.display());
    Ok(path)
}

/// The path of the requested file if the cache has a whole copy of it. Nothing is downloaded.
///
/// # Errors
/// [`Error::Argument`] for a request that names no file, [`Error::Io`] for a cached file that cannot be read.
pub fn find(request: &Request) -> Result<Option<PathBuf>> {
    request.check()?;
    let wanted = Wanted {
        file: &request.file,
        checksum: request.checksum(),
        size: request.size,
        verify: request.verify,
        trust_unnamed: true,
    };
    let report = &mut |_: Progress<'_>| ControlFlow::Continue(());
    Repo::new(request)?.find(&wanted, &mut Watch { file: &request.file, total: request.size, report })
}

/// The caller's view of a running [`fetch`].
struct Watch<'a> {
    file: &'a str,
    total: Option<u64>,
    report: &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
}

impl Watch<'_> {
    /// Reports, and says whether to go on.
    fn tell(&mut self, phase: Phase, done: u64) -> Result<()> {
        match (self.report)(Progress { file: self.file, phase, done, total: self.total }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled { file: self.file.to_owned() }),
        }
    }

    /// Sleeps, reporting ten times a second.
    fn wait(&mut self, time: std::time::Duration, done: u64) -> Result<()> {
        let end = std::time::Instant::now() + time;
        loop {
            self.tell(Phase::Waiting, done)?;
            let left = end.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(cache::POLL));
        }
    }
}
