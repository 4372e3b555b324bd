//! Voice packs in the formats that they are published and passed around in, told apart by their contents.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::{ROWS, Voice, WIDTH};
use crate::checkpoint::archive::Archive;
use crate::checkpoint::entry::{Entry, check_finite};
use crate::checkpoint::file::{self, bad, describe};
use crate::checkpoint::safetensors::Header;
use crate::checkpoint::torch;
use crate::{Error, Result};

/// Rows and values of a row that a voice may have. Version 0.19 had 511 rows.
const ROW_LIMIT: usize = 1 << 12;
const WIDTH_LIMIT: usize = 1 << 12;
/// Bytes of a voice without a header.
const RAW_LENGTH: usize = 4 * ROWS * WIDTH;
/// Of one array of an .npz, decompressed: a voice of the limits above in float32.
const ARRAY_LIMIT: usize = 4 * ROW_LIMIT * WIDTH_LIMIT + 4096;
/// Twice the largest file that was published in this form (54 voices in digits).
const JSON_LIMIT: usize = 256 << 20;
/// What a folder's voices may be called.
const EXTENSIONS: [&str; 6] = ["pt", "bin", "safetensors", "npz", "npy", "json"];

/// A file's voices.
enum Pack<'a> {
    /// Without a name of its own.
    One(Source<'a>),
    Many(BTreeMap<String, Source<'a>>),
}

enum Source<'a> {
    Tensor(Entry),
    /// A file of an .npz.
    Array(&'a Archive<'a>, &'a str),
    Rows(Vec<Vec<f32>>),
}

/// The names of a file's voices, sorted: of a file with a single voice its stem. Those of a folder are its files', those of
/// raw voices one after the other (sherpa's voices.bin) numbers from 0 on.
///
/// # Errors
/// As for [`Voice::open`], but the voices themselves are not read.
pub fn list(path: impl AsRef<Path>) -> Result<Vec<String>> {
    let path = path.as_ref();
    if path.is_dir() {
        return list_folder(path);
    }
    let origin = path.display().to_string();
    let bytes = file::map(path)?;
    let bytes = bytes.as_ref();
    with_pack(&origin, bytes, |pack| match pack {
        Pack::One(_) => Ok(vec![stem(path)]),
        Pack::Many(voices) if voices.len() == 1 => Ok(vec![stem(path)]),
        Pack::Many(voices) => Ok(voices.into_keys().collect()),
    })
}

/// The voice `name`, or the only one.
pub(super) fn open(path: &Path, name: Option<&str>) -> Result<Voice> {
    if let Some(name) = name
        && path.is_dir()
    {
        return open_in_folder(path, name);
    }
    read(&path.display().to_string(), &stem(path), file::map(path)?.as_ref(), name)
}

/// The voice `name`, or the only one, which is called `stem`.
pub(super) fn read(origin: &str, stem: &str, bytes: &[u8], name: Option<&str>) -> Result<Voice> {
    with_pack(origin, bytes, |pack| {
        let (name, source) = choose(origin, stem, pack, name)?;
        let (rows, width) = source.rows(origin, &name, bytes)?;
        Ok(Voice { name, rows, width })
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
        (Pack::One(_), Some(name)) => Err(bad(origin, format!("holds the voice {stem}, not {name}"))),
        (Pack::Many(mut voices), Some(name)) => match voices.remove(name) {
            Some(source) => Ok((name.to_owned(), source)),
            // A single voice may be called anything in its file: "voice", say.
            None if voices.len() == 1 && name == stem => choose(origin, stem, Pack::Many(voices), None),
            None => Err(bad(origin, format!("has no voice {name}, it holds {}", list(&voices)))),
        },
        (Pack::Many(mut voices), None) => match voices.pop_first() {
            Some((_, source)) if voices.is_empty() => Ok((stem.to_owned(), source)),
            Some((first, source)) => {
                voices.insert(first, source);
                Err(bad(origin, format!("holds {}: say which", list(&voices))))
            }
            None => Err(bad(origin, "holds no voice")),
        },
    }
}

/// Tells what a file is, and hands its voices over.
fn with_pack<T>(origin: &str, bytes: &[u8], take: impl FnOnce(Pack) -> Result<T>) -> Result<T> {
    let reasoned = |reason: String| bad(origin, reason);
    if torch::is_zip(bytes) {
        let archive = Archive::parse(bytes).map_err(reasoned)?;
        let arrays: Vec<&str> = archive.names().filter(|name| name.ends_with(".npy")).collect();
        if arrays.is_empty() {
            return take(torch_pack(torch::entries(bytes).map_err(reasoned)?));
        }
        let voice = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_owned();
        return take(Pack::Many(arrays.iter().map(|name| (voice(name), Source::Array(&archive, name))).collect()));
    }
    if describe(origin, bytes) == file::PICKLE {
        return Err(bad(origin, format!("{}: {}", file::PICKLE, file::PICKLE_REMEDY)));
    }
    if bytes.starts_with(NUMPY) {
        return take(Pack::One(Source::Tensor(array(bytes).map_err(reasoned)?)));
    }
    if !bytes.is_empty() && bytes.len().is_multiple_of(RAW_LENGTH) {
        let voice = |index: usize| Source::Tensor(raw(index));
        return match bytes.len() / RAW_LENGTH {
            1 => take(Pack::One(voice(0))),
            // Sherpa's: one after the other, without their names.
            count => take(Pack::Many((0..count).map(|index| (index.to_string(), voice(index))).collect())),
        };
    }
    if bytes.get(8) == Some(&b'{') {
        let tensors = Header::parse(origin, bytes)?.tensors;
        return take(Pack::Many(tensors.into_iter().map(|(name, entry)| (name, Source::Tensor(entry))).collect()));
    }
    match bytes.trim_ascii_start().first() {
        Some(b'[' | b'{') if bytes.len() > JSON_LIMIT => {
            Err(bad(origin, format!("has {} bytes of JSON, at most {JSON_LIMIT} are read", bytes.len())))
        }
        Some(b'[' | b'{') => take(json_pack(bytes).map_err(reasoned)?),
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
    Entry::dense(safetensors::Dtype::F32, vec![ROWS, 1, WIDTH], index * RAW_LENGTH..(index + 1) * RAW_LENGTH)
}

fn not_a_voice(origin: &str, bytes: &[u8]) -> Error {
    let found = match describe(origin, bytes) {
        file::UNKNOWN => format!("has {} bytes", bytes.len()),
        what => what.to_owned(),
    };
    let raw = format!("raw little-endian float32 [{ROWS}, 1, {WIDTH}], {RAW_LENGTH} bytes, or several times that");
    bad(origin, format!("{found}; a voice is a .pt, .npz, .npy, .safetensors or .json file, or {raw}"))
}

/// JSON: one nested array, or an object of them. Rows are `[[...]]`, as tensors print, or `[...]`.
fn json_pack<'a>(bytes: &[u8]) -> Result<Pack<'a>, String> {
    fn flat(rows: Vec<Vec<Vec<f32>>>) -> Source<'static> {
        // A row of several lists is none; as one of no values it is refused with the others.
        let only = |mut row: Vec<Vec<f32>>| if row.len() == 1 { row.swap_remove(0) } else { Vec::new() };
        Source::Rows(rows.into_iter().map(only).collect())
    }
    let failed = |error: serde_json::Error| format!("is JSON, but no voice: {error}");
    // The shapes are tried in turn, because an error about the wrong one would say nothing.
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
    /// The rows one after the other, and their width.
    fn rows(self, origin: &str, name: &str, file: &[u8]) -> Result<(Vec<f32>, usize)> {
        let (entry, bytes) = match self {
            Self::Rows(rows) => return json_rows(origin, name, &rows),
            Self::Tensor(entry) => (entry, Cow::Borrowed(file)),
            Self::Array(archive, path) => {
                let bytes = archive.read(path, ARRAY_LIMIT).map_err(|reason| bad(origin, reason))?;
                (array(&bytes).map_err(|reason| bad(origin, format!("its {path} {reason}")))?, bytes)
            }
        };
        let (rows, width) = match *entry.shape.as_slice() {
            [rows, 1, width] | [rows, width] => (rows, width),
            _ => (0, 0),
        };
        check_shape(origin, name, rows, width).map_err(|_| shape_error(origin, name, &entry.shape))?;
        Ok((entry.floats(origin, name, &bytes)?, width))
    }
}

fn json_rows(origin: &str, name: &str, rows: &[Vec<f32>]) -> Result<(Vec<f32>, usize)> {
    let width = rows.first().map_or(0, Vec::len);
    if let Some(row) = rows.iter().position(|row| row.len() != width) {
        return Err(bad(origin, format!("voice {name}: row {row} has {} values, row 0 {width}", rows[row].len())));
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
    bad(origin, format!("voice {name} is {shape:?}, expected [rows, 1, width] as [{ROWS}, 1, {WIDTH}]"))
}

const NUMPY: &[u8] = b"\x93NUMPY";

/// The values of a whole .npy file.
fn array(bytes: &[u8]) -> Result<Entry, String> {
    let damaged = || "is a damaged NumPy array".to_owned();
    let version = bytes.get(6).filter(|_| bytes.starts_with(NUMPY)).ok_or_else(damaged)?;
    let word = |at: usize| bytes.get(at).copied().map(usize::from);
    let (start, length) = match version {
        1 => (10, word(8).zip(word(9)).map(|(low, high)| low | high << 8)),
        // A header of more than 64 KiB describes no voice.
        _ => {
            (12, word(8).zip(word(9)).filter(|_| bytes.get(10..12) == Some(&[0, 0])).map(|(low, high)| low | high << 8))
        }
    };
    let end = start + length.ok_or_else(damaged)?;
    let header = bytes.get(start..end).and_then(|header| std::str::from_utf8(header).ok()).ok_or_else(damaged)?;
    // A Python dict with three keys, always written in the same way.
    let field =
        |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start()).ok_or_else(damaged);
    let dtype = match field("descr")?.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).ok_or_else(damaged)?.0 {
        "<f4" => safetensors::Dtype::F32,
        "<f2" => safetensors::Dtype::F16,
        other => return Err(format!("has values of type {other:?}, expected <f4 or <f2")),
    };
    let dims = field("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(damaged)?.0;
    let dims = dims.split(',').map(str::trim).filter(|dim| !dim.is_empty());
    let shape: Vec<usize> = dims.map(|dim| dim.parse().map_err(|_| damaged())).collect::<Result<_, _>>()?;
    let mut strides = vec![0; shape.len()];
    let fortran = field("fortran_order")?.starts_with("True");
    let mut stride = 1usize;
    for at in 0..shape.len() {
        let axis = if fortran { at } else { shape.len() - 1 - at };
        strides[axis] = stride;
        stride = stride.checked_mul(shape[axis]).ok_or_else(damaged)?;
    }
    Entry::view(dtype, shape, strides, end..bytes.len(), 0)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn open_in_folder(folder: &Path, name: &str) -> Result<Voice> {
    // A name is no path: "../x" is not looked for elsewhere.
    let plain = Path::new(name).file_name().is_some_and(|file| file == name);
    let mut files = EXTENSIONS.iter().map(|extension| folder.join(format!("{name}.{extension}")));
    match files.find(|path| plain && path.is_file()) {
        Some(path) => open(&path, None),
        None => {
            let endings = EXTENSIONS.join(", .");
            Err(bad(&folder.display().to_string(), format!("has no voice {name} (a file {name}, with .{endings})")))
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
