//! The cache folder: finding complete copies, locking, publishing a finished download.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::checksum::Checksum;
use crate::error::{AttemptError, Error, Result};
use crate::progress::{POLL_INTERVAL, Phase, Reporter};
use crate::request::{Request, variable};

/// Cached files longer than this are not hashed, unless [`Request::verify`] is set.
const LARGE: u64 = 16 << 20;

/// The hub's cache folder: `$HF_HUB_CACHE`, `$HF_HOME/hub`, `$XDG_CACHE_HOME/huggingface/hub` or
/// `~/.cache/huggingface/hub`, the same on every system, as for Python programs.
///
/// # Errors
/// [`Error::Argument`] if none of the variables is set and the user has no home folder.
pub fn cache_folder() -> Result<PathBuf> {
    folder_from(&variable, std::env::home_dir().as_deref())
}

fn folder_from(variable: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Result<PathBuf> {
    let expanded = |name| {
        let value = variable(name)?;
        let below_home = value.strip_prefix('~').and_then(|rest| rest.strip_prefix(std::path::is_separator));
        Some(match (below_home, home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(value),
        })
    };
    let folder = expanded("HF_HUB_CACHE")
        .or_else(|| expanded("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| expanded("HF_HOME").map(|folder| folder.join("hub")))
        .or_else(|| expanded("XDG_CACHE_HOME").map(|folder| folder.join("huggingface/hub")))
        .or_else(|| home.map(|home| home.join(".cache/huggingface/hub")))
        .ok_or_else(|| {
            let reason = "there is no home folder for it: set HF_HUB_CACHE to a folder".to_owned();
            Error::Argument { name: "cache", reason }
        })?;
    Ok(native(&folder))
}

/// The path with the system's separators throughout: Windows takes `/` as well, but users see a mixture.
fn native(path: &Path) -> PathBuf {
    path.components().collect()
}

/// A search for a file in the cache.
pub(super) struct CacheQuery<'a> {
    pub file: &'a str,
    pub checksum: Option<Checksum>,
    pub size: Option<u64>,
    /// Compute the checksum of large files too.
    pub verify: bool,
    /// Accept a file of the right revision whose checksum is unknown, because neither the request nor the blob's name
    /// has it. Programs rename complete files into the cache, so it is complete unless the disk failed.
    pub accept_unchecked: bool,
}

/// The cache of one repository.
pub(super) struct RepoCache {
    /// `models--owner--name`.
    folder: PathBuf,
    locks: PathBuf,
    revision: String,
}

impl RepoCache {
    pub fn new(request: &Request) -> Result<Self> {
        let cache = request.cache.clone().map_or_else(cache_folder, Ok)?;
        let name = format!("models--{}", request.repo.replace('/', "--"));
        let locks = cache.join(".locks").join(&name);
        Ok(Self { folder: cache.join(name), locks, revision: request.revision.clone() })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path at which the revision's copy of the file is, or would be.
    pub fn snapshot(&self, file: &str) -> PathBuf {
        native(&self.folder.join("snapshots").join(&self.revision).join(file))
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    /// The path of the unfinished download. Without a lock it has the process id in its name, since other processes
    /// may download the same file.
    pub fn incomplete(&self, checksum: &Checksum, locked: bool) -> PathBuf {
        let digits = checksum.digits();
        self.blob(&match locked {
            true => format!("{digits}.incomplete"),
            false => format!("{digits}.{}.incomplete", std::process::id()),
        })
    }

    /// A complete copy: of the requested revision, of another revision, or a blob without a revision.
    pub fn find(&self, query: &CacheQuery<'_>, reporter: &mut Reporter<'_>) -> Result<Option<PathBuf>> {
        let own = self.snapshot(query.file);
        if self.is_valid(&own, query, reporter)? {
            return Ok(Some(own));
        }
        let Some(checksum) = &query.checksum else { return Ok(None) };
        // A missing or unreadable folder counts as empty.
        let revisions = fs::read_dir(self.folder.join("snapshots")).into_iter().flatten().flatten();
        let mut others: Vec<PathBuf> = revisions.map(|revision| native(&revision.path().join(query.file))).collect();
        others.sort();
        for path in others {
            if path != own && self.is_valid(&path, query, reporter)? {
                return Ok(Some(path));
            }
        }
        let blob = self.blob(checksum.digits());
        if self.is_valid(&blob, query, reporter)? {
            // Callers expect the file's own name, which the blob lacks.
            return link(&blob, &own).map(|()| Some(own.clone())).map_err(Error::io("write", own));
        }
        Ok(None)
    }

    fn is_valid(&self, path: &Path, query: &CacheQuery<'_>, reporter: &mut Reporter<'_>) -> Result<bool> {
        let Ok(real) = path.canonicalize() else { return Ok(false) };
        let metadata = real.metadata().map_err(Error::io("read", path))?;
        if !metadata.is_file() {
            return Ok(false);
        }
        if let Some(size) = query.size
            && size != metadata.len()
        {
            log::warn!("{} has {} bytes, expected {size}", path.display(), metadata.len());
            return Ok(false);
        }
        let name = real.file_name().and_then(|name| name.to_str()).and_then(Checksum::parse);
        let Some(checksum) = query.checksum.as_ref().or(name.as_ref()) else { return Ok(query.accept_unchecked) };
        let is_named_right = name.as_ref() == Some(checksum) && query.size.is_some();
        if is_named_right && metadata.len() > LARGE && !query.verify {
            return Ok(true);
        }
        let found = checksum.of_file(&real, reporter)?;
        if found != *checksum {
            log::warn!("{} has {found}, expected {checksum}", path.display());
        }
        Ok(found == *checksum)
    }

    /// Waits until no other program downloads the same file. Python's `huggingface_hub` uses the same lock files.
    pub fn lock(&self, checksum: &Checksum, reporter: &mut Reporter<'_>) -> Result<Lock, AttemptError> {
        let path = self.locks.join(format!("{}.lock", checksum.digits()));
        for folder in [&self.locks, &self.folder.join("blobs")] {
            fs::create_dir_all(folder).map_err(|source| AttemptError::disk("create", folder, &source))?;
        }
        let mut options = File::options();
        let file = options.create(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|source| AttemptError::disk("write", &path, &source))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { file: Some(file) }),
                Err(TryLockError::WouldBlock) => {
                    let done = fs::metadata(self.incomplete(checksum, true)).map_or(0, |metadata| metadata.len());
                    reporter.report(Phase::Waiting, done)?;
                    std::thread::sleep(POLL_INTERVAL);
                }
                Err(TryLockError::Error(source)) => {
                    // Some network file systems do not support locks.
                    log::warn!("{} cannot be locked ({source}); continuing without a lock", path.display());
                    return Ok(Lock { file: None });
                }
            }
        }
    }

    /// Moves a verified download to its blob and links the revision's file to it; returns the latter's path.
    pub fn publish(&self, incomplete: &Path, blob_name: &str, file: &str) -> Result<PathBuf, AttemptError> {
        let snapshot = self.snapshot(file);
        let blob = self.blob(blob_name);
        let moved = move_into_place(incomplete, &blob, &snapshot);
        moved.map_err(|source| AttemptError::disk("write", &snapshot, &source)).map(|()| snapshot)
    }
}

/// A lock of one file's download, released on drop.
pub(super) struct Lock {
    file: Option<File>,
}

impl Lock {
    /// Whether the file system supports locks, so that no other program downloads the same file.
    pub fn is_exclusive(&self) -> bool {
        self.file.is_some()
    }
}

#[cfg(unix)]
fn move_into_place(incomplete: &Path, blob: &Path, snapshot: &Path) -> io::Result<()> {
    fs::rename(incomplete, blob)?;
    // File systems without symbolic links (FAT) get the file itself in the snapshot folder, as on Windows.
    link(blob, snapshot).or_else(|_| fs::rename(blob, snapshot))
}

#[cfg(not(unix))]
fn move_into_place(incomplete: &Path, _blob: &Path, snapshot: &Path) -> io::Result<()> {
    // Symbolic links need a privilege on Windows; `huggingface_hub` then keeps the file only in the snapshot folder.
    create_parent(snapshot)?;
    fs::rename(incomplete, snapshot)
}

/// Makes `snapshot` a relative link to `blob`, replacing any file there.
#[cfg(unix)]
fn link(blob: &Path, snapshot: &Path) -> io::Result<()> {
    let repo = blob.parent().and_then(Path::parent).ok_or(io::ErrorKind::InvalidInput)?;
    let inside = snapshot.strip_prefix(repo).map_err(io::Error::other)?;
    let up: PathBuf = inside.components().skip(1).map(|_| "..").collect();
    let target = up.join("blobs").join(blob.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    create_parent(snapshot)?;
    // symlink() cannot replace a file; rename() can, atomically.
    let fresh = temporary(snapshot);
    std::os::unix::fs::symlink(target, &fresh)?;
    fs::rename(&fresh, snapshot).inspect_err(|_| drop(fs::remove_file(&fresh)))
}

#[cfg(not(unix))]
fn link(blob: &Path, snapshot: &Path) -> io::Result<()> {
    create_parent(snapshot)?;
    let fresh = temporary(snapshot);
    fs::copy(blob, &fresh)?;
    fs::rename(&fresh, snapshot)
}

/// A path beside `path` that no other thread or process uses.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let path = path.with_extension(format!("{}.{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let _ = fs::remove_file(&path); // left by a dead process that had the same id
    path
}

fn create_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_folder_follows_the_environment_variables_in_order() {
        let below_home = format!("~{}b", std::path::MAIN_SEPARATOR);
        let all = [
            ("HF_HUB_CACHE", "/a", "/a"),
            ("HUGGINGFACE_HUB_CACHE", &*below_home, "/home/me/b"),
            ("HF_HOME", "/c", "/c/hub"),
            ("XDG_CACHE_HOME", "/d", "/d/huggingface/hub"),
        ];
        for first in 0..=all.len() {
            let set = &all[first..];
            let variable = |name: &str| set.iter().find(|entry| entry.0 == name).map(|&(_, value, _)| value.to_owned());
            let expected = set.first().map_or("/home/me/.cache/huggingface/hub", |entry| entry.2);
            let found = folder_from(&variable, Some(Path::new("/home/me"))).unwrap();
            // Paths are equal whatever their separators; their texts are not.
            let expected = expected.replace('/', std::path::MAIN_SEPARATOR_STR);
            assert_eq!(found.to_str(), Some(&*expected), "set: variables from index {first} on");
        }
        assert!(folder_from(&|_| None, None).is_err(), "no variable and no home");
    }
}
