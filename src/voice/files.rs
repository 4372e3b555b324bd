//! Voice files in all published formats, detected by content.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::Dtype;

use super::arrays;
use crate::checkpoint::archive::Archive;
use crate::checkpoint::entry::{Entry, check_finite};
use crate::checkpoint::format::{self, describe};
use crate::checkpoint::safetensors::Header;
use crate::checkpoint::torch;
use crate::error::{Error, Result};
use crate::util::files;

/// Rows of a published voice: one for each length of the phoneme string, 1 to 510.
pub(super) const ROWS: usize = 510;
/// Values of a published row: two halves of 128.
pub(super) const WIDTH: usize = 256;
/// Largest number of rows, and of values in a row. Version 0.19 had 511 rows.
const ROW_LIMIT: usize = 1 << 12;
const WIDTH_LIMIT: usize = 1 << 12;
/// Bytes of a voice without a header.
const RAW_LENGTH: usize = 4 * ROWS * WIDTH;
/// Bytes of one array in an .npz, decompressed: a voice at the limits above in float32.
const ARRAY_LIMIT: usize = 4 * ROW_LIMIT * WIDTH_LIMIT + 4096;
/// Bytes of a JSON file: twice the largest published one (54 voices).
const JSON_LIMIT: usize = 256 << 20;
/// Extensions of voice files in a folder.
const EXTENSIONS: [&str; 6] = ["pt", "bin", "safetensors", "npz", "npy", "json"];

/// A voice as read from a file.
pub(super) struct Rows {
    pub name: String,
    /// `[rows, width]`, at least one row.
    pub values: Vec<f32>,
    pub width: usize,
}

/// A file's voices.
enum Pack<'a> {
    /// One without a name of its own.
    One(Source<'a>),
    Many(BTreeMap<String, Source<'a>>),
}

/// Where a voice's values are.
enum Source<'a> {
    Tensor(Entry),
    /// A member of an .npz.
    Array(&'a Archive<'a>, &'a str),
    Rows(Vec<Vec<f32>>),
}

/// Lists the names of a file's voices, sorted. A file with a single voice lists its own stem, a folder the stems of its
/// files, and a file of consecutive raw voices (sherpa's voices.bin) numbers from 0.
///
/// # Errors
/// As [`Voice::open`](super::Voice::open), but the voices' values are not read.
pub fn list(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    if path.is_dir() {
        return list_folder(path);
    }
    let origin = path.display().to_string();
    let bytes = files::map(path)?;
    with_pack(&origin, bytes.as_ref(), |pack| match pack {
        Pack::One(_) => Ok(vec![stem(path)]),
        Pack::Many(voices) if voices.is_empty() => Err(Error::bad_file(&origin, "has no voice")),
        Pack::Many(voices) if voices.len() == 1 => Ok(vec![stem(path)]),
        Pack::Many(voices) => Ok(voices.into_keys().collect()),
    })
}

/// Opens the voice `name`, or the only one.
pub(super) fn open(path: &Path, name: Option<&str>) -> Result<Rows> {
    if let Some(name) = name
        && path.is_dir()
    {
        return open_in_folder(path, name);
    }
    read(&path.display().to_string(), &stem(path), files::map(path)?.as_ref(), name)
}

/// Reads the voice `name`, or the only one, which is called `stem`.
pub(super) fn read(origin: &str, stem: &str, bytes: &[u8], name: Option<&str>) -> Result<Rows> {
    with_pack(origin, bytes, |pack| {
        let (name, source) = choose(origin, stem, pack, name)?;
        let (values, width) = source.rows(origin, &name, bytes)?;
        Ok(Rows { name, values, width })
    })
}

fn choose<'a>(origin: &str, stem: &str, pack: Pack<'a>, name: Option<&str>) -> Result<(String, Source<'a>)> {
    let list = |voices: &BTreeMap<String, Source>| {
        let names: Vec<&str> = voices.keys().map(String::as_str).take(100).collect();
        format!("{} voices ({})", voices.len(), names.join(", "))
    };
    match (pack, name) {
        (Pack::One(source), None) => Ok((stem.to_owned(), source)),
        (Pack::One(source), Some(name)) if name == stem => Ok((name.to_owned(), source)),
        (Pack::One(_), Some(name)) => Err(Error::bad_file(origin, format!("has the voice {stem}, not {name}"))),
        (Pack::Many(mut voices), Some(name)) => match voices.remove(name) {
            Some(source) => Ok((name.to_owned(), source)),
            // A single voice may have any name in its file, for example "voice".
            None if voices.len() == 1 && name == stem => choose(origin, stem, Pack::Many(voices), None),
            None => Err(Error::bad_file(origin, format!("has no voice {name}, but {}", list(&voices)))),
        },
        (Pack::Many(mut voices), None) => match voices.pop_first() {
            Some((_, source)) if voices.is_empty() => Ok((stem.to_owned(), source)),
            Some((first, source)) => {
                voices.insert(first, source);
                Err(Error::bad_file(origin, format!("has {}: choose one", list(&voices))))
            }
            None => Err(Error::bad_file(origin, "has no voice")),
        },
    }
}

/// Detects the format and calls `take` with the file's voices.
fn with_pack<T>(origin: &str, bytes: &[u8], take: impl FnOnce(Pack) -> Result<T>) -> Result<T> {
    let bad = |reason: String| Error::bad_file(origin, reason);
    if format::is_zip(bytes) {
        let archive = Archive::parse(bytes.into()).map_err(bad)?;
        let arrays: Vec<&str> = archive.names().filter(|name| name.ends_with(".npy")).collect();
        if arrays.is_empty() {
            return take(torch_pack(torch::entries(bytes.into()).map_err(bad)?));
        }
        let voice = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_owned();
        return take(Pack::Many(arrays.iter().map(|name| (voice(name), Source::Array(&archive, name))).collect()));
    }
    if describe(origin, bytes) == format::PICKLE {
        return Err(bad(format!("{}: {}", format::PICKLE, format::PICKLE_REMEDY)));
    }
    if bytes.starts_with(format::NUMPY_MAGIC) {
        return take(Pack::One(Source::Tensor(arrays::parse(bytes).map_err(bad)?)));
    }
    if !bytes.is_empty() && bytes.len().is_multiple_of(RAW_LENGTH) {
        let voice = |index: usize| Source::Tensor(raw(index));
        return match bytes.len() / RAW_LENGTH {
            1 => take(Pack::One(voice(0))),
            // Sherpa's voices.bin stores no names.
            count => take(Pack::Many((0..count).map(|index| (index.to_string(), voice(index))).collect())),
        };
    }
    if bytes.get(8) == Some(&b'{') {
        let tensors = Header::parse(origin, bytes.into())?.tensors;
        return take(Pack::Many(tensors.into_iter().map(|(name, entry)| (name, Source::Tensor(entry))).collect()));
    }
    match bytes.trim_ascii_start().first() {
        Some(b'[' | b'{') if bytes.len() > JSON_LIMIT => {
            Err(bad(format!("has {} bytes of JSON, at most {JSON_LIMIT} are read", bytes.len())))
        }
        Some(b'[' | b'{') => take(json_pack(bytes).map_err(bad)?),
        _ => Err(not_a_voice(origin, bytes)),
    }
}

fn torch_pack<'a>(mut tensors: std::collections::HashMap<String, Entry>) -> Pack<'a> {
    match tensors.remove("") {
        Some(entry) => Pack::One(Source::Tensor(entry)),
        None => Pack::Many(tensors.into_iter().map(|(name, entry)| (name, Source::Tensor(entry))).collect()),
    }
}

fn raw(index: usize) -> Entry {
    Entry::dense(Dtype::F32, vec![ROWS, 1, WIDTH], index * RAW_LENGTH..(index + 1) * RAW_LENGTH)
}

fn not_a_voice(origin: &str, bytes: &[u8]) -> Error {
    let found = match describe(origin, bytes) {
        format::UNKNOWN => format!("has {} bytes", bytes.len()),
        description => description.to_owned(),
    };
    let raw = format!("raw little-endian float32 [{ROWS}, 1, {WIDTH}], {RAW_LENGTH} bytes, or a multiple of that");
    Error::bad_file(origin, format!("{found}; a voice is a .pt, .npz, .npy, .safetensors or .json file, or {raw}"))
}

/// Parses one nested array, or an object of them. Rows are `[[...]]`, as tensors print, or `[...]`.
fn json_pack<'a>(bytes: &[u8]) -> Result<Pack<'a>, String> {
    fn flat(rows: Vec<Vec<Vec<f32>>>) -> Source<'static> {
        // A row of several lists becomes a row without values, which the shape check rejects.
        let only = |mut row: Vec<Vec<f32>>| if row.len() == 1 { row.swap_remove(0) } else { Vec::new() };
        Source::Rows(rows.into_iter().map(only).collect())
    }
    let failed = |error: serde_json::Error| format!("is JSON, but no voice: {error}");
    // Each shape is tried by itself: the error of an untagged enum names neither key nor line.
    if bytes.trim_ascii_start().starts_with(b"[") {
        if let Ok(rows) = serde_json::from_slice::<Vec<Vec<Vec<f32>>>>(bytes) {
            return Ok(Pack::One(flat(rows)));
        }
        return serde_json::from_slice(bytes).map(|rows| Pack::One(Source::Rows(rows))).map_err(failed);
    }
    if let Ok(voices) = serde_json::from_slice::<BTreeMap<String, Vec<Vec<Vec<f32>>>>>(bytes) {
        return Ok(Pack::Many(voices.into_iter().map(|(name, rows)| (name, flat(rows))).collect()));
    }
    let voices: BTreeMap<String, Vec<Vec<f32>>> = serde_json::from_slice(bytes).map_err(failed)?;
    Ok(Pack::Many(voices.into_iter().map(|(name, rows)| (name, Source::Rows(rows))).collect()))
}

impl Source<'_> {
    /// All rows, concatenated, and their width.
    fn rows(self, origin: &str, name: &str, file: &[u8]) -> Result<(Vec<f32>, usize)> {
        let (entry, bytes) = match self {
            Self::Rows(rows) => return json_rows(origin, name, &rows),
            Self::Tensor(entry) => (entry, Cow::Borrowed(file)),
            Self::Array(archive, path) => {
                let bytes = archive.read(path, ARRAY_LIMIT).map_err(|reason| Error::bad_file(origin, reason))?;
                let entry = arrays::parse(&bytes);
                (entry.map_err(|reason| Error::bad_file(origin, format!("its {path} {reason}")))?, bytes)
            }
        };
        let (rows, width) = match *entry.shape.as_slice() {
            [rows, 1, width] | [rows, width] => (rows, width),
            _ => (0, 0),
        };
        check_shape(origin, name, rows, width).map_err(|_| shape_error(origin, name, &entry.shape))?;
        Ok((entry.floats(origin, name, bytes.as_ref().into())?, width))
    }
}

fn json_rows(origin: &str, name: &str, rows: &[Vec<f32>]) -> Result<(Vec<f32>, usize)> {
    let width = rows.first().map_or(0, Vec::len);
    if let Some(row) = rows.iter().position(|row| row.len() != width) {
        let reason = format!("voice {name}: row {row} has {} values, row 0 {width}", rows[row].len());
        return Err(Error::bad_file(origin, reason));
    }
    check_shape(origin, name, rows.len(), width)?;
    let values = rows.concat();
    check_finite(origin, name, &values)?;
    Ok((values, width))
}

fn check_shape(origin: &str, name: &str, rows: usize, width: usize) -> Result<()> {
    let fits = (1..=ROW_LIMIT).contains(&rows) && (1..=WIDTH_LIMIT).contains(&width);
    if fits { Ok(()) } else { Err(shape_error(origin, name, &[rows, width])) }
}

fn shape_error(origin: &str, name: &str, shape: &[usize]) -> Error {
    let reason = format!("voice {name} is {shape:?}, expected [rows, 1, width] as in [{ROWS}, 1, {WIDTH}]");
    Error::bad_file(origin, reason)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn open_in_folder(folder: &Path, name: &str) -> Result<Rows> {
    // A name is no path: "../x" must not leave the folder.
    let plain = Path::new(name).file_name().is_some_and(|file| file == name);
    let mut candidates = EXTENSIONS.iter().map(|extension| folder.join(format!("{name}.{extension}")));
    match candidates.find(|path| plain && path.is_file()) {
        Some(path) => open(&path, None),
        None => {
            let endings = EXTENSIONS.join(", .");
            Err(Error::bad_file(&folder.display(), format!("has no voice {name} (a file {name} with .{endings})")))
        }
    }
}

fn list_folder(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for item in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let path = item.map_err(Error::io("read", folder))?.path();
        let known = path.extension().is_some_and(|found| EXTENSIONS.iter().any(|extension| found == *extension));
        if known && path.is_file() {
            names.push(stem(&path));
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
