//! The folder of downloaded packages, locked, and the folder in which the clients run.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use super::{OnStep, PackageError, Step, create_folder, disk};

/// The folder of downloaded packages. Other processes wait until it is dropped.
pub struct LockedFolder {
    pub path: PathBuf,
    /// Suffix of unfinished files: empty, or the process id on file systems without locks.
    pub suffix: String,
    /// Closing the file releases the lock.
    _lock: File,
}

impl LockedFolder {
    /// Creates the folder if necessary, and waits for its lock.
    pub fn open(path: PathBuf, on_step: OnStep<'_>) -> Result<Self, PackageError> {
        create_folder(&path)?;
        let lock_path = path.join("lock");
        let lock = File::create(&lock_path).map_err(disk("write", &lock_path))?;
        let locked = match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                on_step(Step::WaitingForLock);
                lock.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        let suffix = match locked {
            Ok(()) => String::new(),
            Err(error) => {
                // Some network file systems have no locks.
                log::warn!("cannot lock {} ({error}); continuing without a lock", lock_path.display());
                format!("-{}", std::process::id())
            }
        };
        Ok(Self { path, suffix, _lock: lock })
    }
}

/// A temporary folder for a client, removed when it is dropped.
pub struct WorkFolder {
    pub path: PathBuf,
    /// An empty folder in it, as the client's working directory.
    pub run: PathBuf,
}

impl WorkFolder {
    /// Creates the folder, and first removes one that a killed process left.
    pub fn create(folder: &LockedFolder) -> Result<Self, PackageError> {
        let path = folder.path.join(format!("work{}", folder.suffix));
        if path.exists() {
            fs::remove_dir_all(&path).map_err(disk("remove", &path))?;
        }
        let run = path.join("run");
        create_folder(&run)?;
        Ok(Self { path, run })
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path); // `create` tries again and reports a failure
    }
}
