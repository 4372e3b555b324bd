//! Files that are written whole or not at all.

use std::fs::{File, Permissions};
use std::io::{self, IsTerminal, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kokoro_wgpu::{Error, Result};

use crate::failure::Failure;

/// A destination of results.
#[derive(Debug)]
pub enum Output {
    Stdout,
    /// A file, replaced only by the complete new one.
    File {
        path: PathBuf,
        folder: PathBuf,
        /// Permissions of the existing file.
        permissions: Option<Permissions>,
    },
    /// A device or a pipe, which cannot be replaced.
    Device(PathBuf),
}

impl Output {
    /// Checks that `path` can be written, before a long computation. `None` and `-` are standard output.
    pub fn new(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            return match io::stdout().is_terminal() {
                true => Err(Failure::Usage(
                    "audio is not written to a terminal: use -o FILE, redirect standard output, or play it with --play"
                        .to_owned(),
                )),
                false => Ok(Self::Stdout),
            };
        };
        if path.as_os_str().is_empty() {
            return Err(Failure::Usage("-o: the file name is empty".to_owned()));
        }
        Ok(Self::file(path)?)
    }

    /// A file or a device, checked.
    pub fn file(path: &Path) -> Result<Self> {
        let mut permissions = None;
        let mut target = path.to_owned();
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(cannot_write(path)(io::ErrorKind::IsADirectory.into())),
            Ok(found) if !found.is_file() => return Ok(Self::Device(target)),
            Ok(found) => {
                File::options().write(true).open(path).map_err(cannot_write(path))?;
                permissions = Some(found.permissions());
                // Replace the target of a link, not the link.
                target = path.canonicalize().map_err(cannot_write(path))?;
            }
            Err(_) if path.as_os_str().as_encoded_bytes().ends_with(b"/") => {
                return Err(cannot_write(path)(io::ErrorKind::IsADirectory.into()));
            }
            // The file does not exist, or is a link to nothing, which is replaced. Other errors appear when a temporary
            // file is created.
            Err(_) => {}
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        temporary(&folder).map_err(cannot_write(path))?;
        Ok(Self::File { path: target, folder, permissions })
    }

    /// Whether this is that file, by whatever names.
    pub fn is(&self, other: &Path) -> bool {
        let Self::File { path, .. } = self else { return false };
        path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other))
    }

    /// Writes all of `bytes`. A file stays as it was if this fails.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut sink = self.begin()?;
        sink.write(bytes)?;
        sink.finish()
    }

    /// Describes a failure to write this result.
    pub fn failure(&self, error: io::Error) -> Failure {
        match self {
            Self::Stdout => failure(Path::new(STDOUT), true, error),
            Self::Device(path) | Self::File { path, .. } => failure(path, false, error),
        }
    }

    /// Begins a result that is written as it is made. A file appears under its name only when it is finished.
    pub fn begin(&self) -> Result<Sink<'_>, Failure> {
        let (name, to) = match self {
            Self::Stdout => (Path::new(STDOUT), To::Stdout),
            Self::Device(path) => {
                (path.as_path(), To::Device(File::options().write(true).open(path).map_err(cannot_write(path))?))
            }
            Self::File { path, folder, permissions } => {
                let file = temporary(folder).map_err(cannot_write(path))?;
                unfinished().push(file.path().to_owned());
                (path.as_path(), To::File { file, permissions: permissions.as_ref() })
            }
        };
        Ok(Sink { name, to })
    }
}

const STDOUT: &str = "standard output";

/// A result that is being written. No file remains if it is dropped before [`Sink::finish`].
pub struct Sink<'a> {
    name: &'a Path,
    to: To<'a>,
}

enum To<'a> {
    Stdout,
    Device(File),
    File { file: tempfile::NamedTempFile, permissions: Option<&'a Permissions> },
}

impl Sink<'_> {
    /// Whether the sink can seek.
    pub fn is_file(&self) -> bool {
        matches!(self.to, To::File { .. })
    }

    /// Writes all of `bytes` and flushes them, unlike [`Write::write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let to_stdout = matches!(self.to, To::Stdout);
        self.write_all(bytes).and_then(|()| self.flush()).map_err(|error| failure(self.name, to_stdout, error))
    }

    /// Moves a finished file to its place.
    pub fn finish(self) -> Result<(), Failure> {
        if let To::File { file, permissions } = self.to {
            let allowed = match permissions {
                Some(permissions) => file.as_file().set_permissions(permissions.clone()),
                None => Ok(()),
            };
            // Some file systems report a full disk only here.
            allowed.and_then(|()| file.as_file().sync_all()).map_err(cannot_write(self.name))?;
            file.persist(self.name).map_err(|failed| cannot_write(self.name)(failed.error))?;
        }
        Ok(())
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            // Readers get each piece as it comes, not at the next newline.
            To::Stdout => {
                let mut out = io::stdout().lock();
                let written = out.write(bytes)?;
                out.flush().map(|()| written)
            }
            To::Device(file) => file.write(bytes),
            To::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Stdout => io::stdout().flush(),
            To::Device(file) => file.flush(),
            To::File { file, .. } => file.flush(),
        }
    }
}

impl Seek for Sink<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        match &mut self.to {
            To::File { file, .. } => file.seek(to),
            _ => Err(io::ErrorKind::NotSeekable.into()),
        }
    }
}

/// The failure to write to `name`.
fn failure(name: &Path, to_stdout: bool, error: io::Error) -> Failure {
    match error.kind() {
        // The user closed the reader, and knows.
        io::ErrorKind::BrokenPipe if to_stdout => Failure::ReaderGone,
        _ => cannot_write(name)(error).into(),
    }
}

/// Paths of temporary files, which `process::exit` would leave behind.
fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes unfinished files.
pub fn discard() {
    for path in unfinished().drain(..) {
        let _ = std::fs::remove_file(path); // may be finished already
    }
}

/// Writes to standard output.
pub fn stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| failure(Path::new(STDOUT), true, error))
}

pub fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    |error| {
        // tempfile adds the path of the temporary file, which the user does not know.
        let source = match error.to_string().split_once(" at path ") {
            Some((reason, _)) => io::Error::new(error.kind(), reason.to_owned()),
            None => error,
        };
        Error::Io { action: "write", path: path.to_owned(), source }
    }
}

/// Creates a temporary file, which is removed when it is dropped.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kokoro-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666)); // the umask applies, as for any new file
    }
    builder.tempfile_in(folder)
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests say what they expect by failing, in their helpers too")]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn new_files_have_default_permissions_and_existing_ones_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let (new, plain) = (folder.path().join("new"), folder.path().join("plain"));
        std::fs::write(&plain, "").unwrap();
        let output = Output::file(&new).unwrap();
        assert_eq!(listing(folder.path()), ["plain"], "the check leaves no file");
        output.write(b"whole").unwrap();
        assert_eq!((std::fs::read(&new).unwrap(), mode(&new)), (b"whole".to_vec(), mode(&plain)));

        std::fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
        Output::file(&new).unwrap().write(b"other").unwrap();
        assert_eq!((std::fs::read(&new).unwrap(), mode(&new)), (b"other".to_vec(), 0o600));
        assert_eq!(listing(folder.path()), ["new", "plain"]);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        Output::file(&link).unwrap().write(b"new").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent/a.wav");
        for (path, reason) in [(folder.path(), "is a directory"), (&absent, "No such file or directory (os error 2)")] {
            let message = Output::file(path).unwrap_err().to_string();
            assert_eq!(message, format!("cannot write {}: {reason}", path.display()));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_devices_are_not_replaced() {
        let Err(Failure::Failed { message, .. }) = Output::file(Path::new("/dev/full")).unwrap().write(b"sound") else {
            panic!("/dev/full took it")
        };
        assert_eq!(message, "cannot write /dev/full: No space left on device (os error 28)");
        Output::file(Path::new("/dev/null")).unwrap().write(b"sound").unwrap();
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
    }
}
