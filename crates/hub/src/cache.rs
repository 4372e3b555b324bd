//! The cache folder: finding copies, locking, and giving a download its name.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::failure::Failure;
use crate::request::{Request, variable};
use crate::{Phase, Watch};

/// Between two looks at a lock that another program holds.
pub(super) const POLL: Duration = Duration::from_millis(100);
/// Above this length a cached file is believed by its name and length, unless asked otherwise.
const LARGE: u64 = 16 << 20;

/// The folder that holds the hub's files: `$HF_HUB_CACHE`, `$HF_HOME/hub`, `$XDG_CACHE_HOME/huggingface/hub` or
/// `~/.cache/huggingface/hub`, as for Python programs on every system.
///
/// # Errors
/// [`Error::Argument`] if none of the variables is set and there is no home folder.
pub fn cache_folder() -> Result<PathBuf> {
    folder_from(&variable, std::env::home_dir().as_deref())
}

fn folder_from(variable: &dyn Fn(&str) -> Option<String>, home: Option<&Path>) -> Result<PathBuf> {
    let expanded = |name| {
        let value = variable(name)?;
        Some(match (value.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(value),
        })
    };
    expanded("HF_HUB_CACHE")
        .or_else(|| expanded("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| expanded("HF_HOME").map(|folder| folder.join("hub")))
        .or_else(|| expanded("XDG_CACHE_HOME").map(|folder| folder.join("huggingface/hub")))
        .or_else(|| home.map(|home| home.join(".cache/huggingface/hub")))
        .ok_or_else(|| {
            let reason = "there is no home folder to put it into: set HF_HUB_CACHE to a folder".to_owned();
            Error::Argument { name: "cache", reason }
        })
}

/// What a file must be to be taken.
pub(super) struct Wanted<'a> {
    pub file: &'a str,
    pub checksum: Option<Checksum>,
    pub size: Option<u64>,
    /// Compute the checksum of large files too.
    pub verify: bool,
    /// Take a file of the right revision of which no checksum is known, neither from the request nor by its blob's
    /// name. Programs rename files into the cache, so it is whole unless the disk failed.
    pub trust_unnamed: bool,
}

/// One repository's part of the cache.
pub(super) struct Repo {
    /// `models--owner--name`.
    folder: PathBuf,
    locks: PathBuf,
    revision: String,
}

impl Repo {
    pub fn new(request: &Request) -> Result<Self> {
        let cache = request.cache.clone().map_or_else(cache_folder, Ok)?;
        let name = format!("models--{}", request.repo.replace('/', "--"));
        let locks = cache.join(".locks").join(&name);
        Ok(Self { folder: cache.join(name), locks, revision: request.revision.clone() })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file is, or would be.
    pub fn snapshot(&self, file: &str) -> PathBuf {
        self.folder.join("snapshots").join(&self.revision).join(file)
    }

    fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    /// Where a download grows. One that no lock protects belongs to this process alone.
    pub fn incomplete(&self, checksum: &Checksum, shared: bool) -> PathBuf {
        let digits = checksum.digits();
        self.blob(&match shared {
            true => format!("{digits}.incomplete"),
            false => format!("{digits}.{}.incomplete", std::process::id()),
        })
    }

    /// A whole copy: of the revision asked for, of another one, or a blob that no revision names.
    pub fn find(&self, wanted: &Wanted<'_>, watch: &mut Watch<'_>) -> Result<Option<PathBuf>> {
        let own = self.snapshot(wanted.file);
        if self.is_sound(&own, wanted, watch)? {
            return Ok(Some(own));
        }
        let Some(checksum) = &wanted.checksum else { return Ok(None) };
        // No folder or an unreadable one: nothing to find there.
        let revisions = fs::read_dir(self.folder.join("snapshots")).into_iter().flatten().flatten();
        let mut others: Vec<PathBuf> = revisions.map(|revision| revision.path().join(wanted.file)).collect();
        others.sort();
        for path in others {
            if path != own && self.is_sound(&path, wanted, watch)? {
                return Ok(Some(path));
            }
        }
        let blob = self.blob(checksum.digits());
        if self.is_sound(&blob, wanted, watch)? {
            // Readers go by the file's name, which the blob lacks.
            return link(&blob, &own).map(|()| Some(own.clone())).map_err(Error::io("write", own));
        }
        Ok(None)
    }

    fn is_sound(&self, path: &Path, wanted: &Wanted<'_>, watch: &mut Watch<'_>) -> Result<bool> {
        let Ok(real) = path.canonicalize() else { return Ok(false) };
        let metadata = real.metadata().map_err(Error::io("read", path))?;
        if !metadata.is_file() {
            return Ok(false);
        }
        if wanted.size.is_some_and(|size| size != metadata.len()) {
            log::warn!("{} has {} bytes, expected {:?}", path.display(), metadata.len(), wanted.size);
            return Ok(false);
        }
        let name = real.file_name().and_then(|name| name.to_str()).and_then(Checksum::parse);
        let Some(checksum) = wanted.checksum.as_ref().or(name.as_ref()) else { return Ok(wanted.trust_unnamed) };
        let named_right = name.as_ref() == Some(checksum) && wanted.size.is_some();
        if named_right && metadata.len() > LARGE && !wanted.verify {
            return Ok(true);
        }
        let found = checksum.of_file(&real, watch)?;
        if found != *checksum {
            log::warn!("{} has {found}, expected {checksum}", path.display());
        }
        Ok(found == *checksum)
    }

    /// Waits until no other program downloads the same file. Python's hub library takes the same lock.
    pub fn lock(&self, checksum: &Checksum, watch: &mut Watch<'_>) -> Result<Lock, Failure> {
        let path = self.locks.join(format!("{}.lock", checksum.digits()));
        for folder in [&self.locks, &self.folder.join("blobs")] {
            fs::create_dir_all(folder).map_err(|source| Failure::disk("create", folder, &source))?;
        }
        let mut options = File::options();
        let file = options.create(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|source| Failure::disk("write", &path, &source))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { file: Some(file) }),
                Err(TryLockError::WouldBlock) => {
                    let done = fs::metadata(self.incomplete(checksum, true)).map_or(0, |metadata| metadata.len());
                    watch.tell(Phase::Waiting, done)?;
                    std::thread::sleep(POLL);
                }
                Err(TryLockError::Error(source)) => {
                    // Some network file systems have no locks.
                    log::warn!("{} cannot be locked ({source}); going on without", path.display());
                    return Ok(Lock { file: None });
                }
            }
        }
    }

    /// Gives a checked download its place, atomically.
    pub fn place(&self, incomplete: &Path, name: &str, file: &str) -> Result<PathBuf, Failure> {
        let snapshot = self.snapshot(file);
        let blob = self.blob(name);
        let moved = move_into_place(incomplete, &blob, &snapshot);
        moved.map_err(|source| Failure::disk("write", &snapshot, &source)).map(|()| snapshot)
    }
}

/// Held until it is dropped.
pub(super) struct Lock {
    file: Option<File>,
}

impl Lock {
    /// Whether others respect it.
    pub fn is_shared(&self) -> bool {
        self.file.is_some()
    }
}

#[cfg(unix)]
fn move_into_place(incomplete: &Path, blob: &Path, snapshot: &Path) -> io::Result<()> {
    fs::rename(incomplete, blob)?;
    // A disk without symbolic links (FAT) gets the file itself in its snapshot, as on Windows.
    link(blob, snapshot).or_else(|_| fs::rename(blob, snapshot))
}

#[cfg(not(unix))]
fn move_into_place(incomplete: &Path, _blob: &Path, snapshot: &Path) -> io::Result<()> {
    // Symbolic links need a privilege; the hub's own library then keeps the file in its snapshot only.
    create_parent(snapshot)?;
    fs::rename(incomplete, snapshot)
}

/// Makes `snapshot` a relative link to `blob`, replacing what is there.
#[cfg(unix)]
fn link(blob: &Path, snapshot: &Path) -> io::Result<()> {
    let blobs = blob.parent().and_then(Path::parent).ok_or(io::ErrorKind::InvalidInput)?;
    let inside = snapshot.strip_prefix(blobs).map_err(io::Error::other)?;
    let up: PathBuf = inside.components().skip(1).map(|_| "..").collect();
    let target = up.join("blobs").join(blob.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    create_parent(snapshot)?;
    // A link cannot replace another in one step, a rename can.
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

/// A name beside `path` that no other thread or process uses.
fn temporary(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let path = path.with_extension(format!("{}.{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let _ = fs::remove_file(&path); // one left by a dead process of the same number
    path
}

fn create_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_folder_follows_the_hubs_variables_in_their_order() {
        let all = [
            ("HF_HUB_CACHE", "/a", "/a"),
            ("HUGGINGFACE_HUB_CACHE", "~/b", "/home/me/b"),
            ("HF_HOME", "/c", "/c/hub"),
            ("XDG_CACHE_HOME", "/d", "/d/huggingface/hub"),
        ];
        for first in 0..=all.len() {
            let set = &all[first..];
            let variable = |name: &str| set.iter().find(|entry| entry.0 == name).map(|&(_, value, _)| value.to_owned());
            let expected = set.first().map_or("/home/me/.cache/huggingface/hub", |entry| entry.2);
            let found = folder_from(&variable, Some(Path::new("/home/me"))).unwrap();
            assert_eq!(found, Path::new(expected), "variables from number {first} on are set");
        }
        assert!(folder_from(&|_| None, None).is_err(), "no variable and no home");
    }
}
