//! Where the voice comes from.

use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kokoro_wgpu::Voice;
use kokoro_wgpu::voice::{self, parse_blend};

use crate::failure::Failure;
use crate::fetch::{Access, Item};
use crate::model::{self, Source};

const VARIABLE: &str = "KOKORO_VOICES";

/// The voice of those who name none.
pub const DEFAULT: &str = "af_heart";

/// The voice that the user names, or the model's default.
pub fn open(wanted: Option<&OsStr>, model: &Source, access: Access) -> Result<Voice, Failure> {
    let default = match model {
        Source::Seeded(_) => "seeded:0",
        Source::File(_) => DEFAULT,
    };
    let wanted = wanted.unwrap_or(OsStr::new(default));
    if wanted.is_empty() {
        return Err(Failure::Usage("--voice: the name is empty".to_owned()));
    }
    blend_of(wanted, model.folder().map(beside).unwrap_or_default(), access)
}

/// Where voices lie beside a model: its folder, the folder `voices` there, and files of several voices, which their
/// publishers call voices.bin, voices-v1.0.bin and the like.
fn beside(folder: &Path) -> Vec<PathBuf> {
    let of_several = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let endings = [".bin", ".npz", ".safetensors", ".json"];
        name.starts_with("voices") && endings.iter().any(|ending| name.ends_with(ending)) && path.is_file()
    };
    let items = std::fs::read_dir(here(folder)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = items.map(|item| folder.join(item.file_name())).filter(of_several).collect();
    files.sort_unstable();
    [folder.to_owned(), folder.join("voices")].into_iter().chain(files).collect()
}

/// The folder of a model that is named without one.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// A voice or a blend of several, looked for in these places, then in those that the environment names, then among the
/// published ones: in the cache, or to download.
pub fn blend_of(wanted: &OsStr, mut places: Vec<PathBuf>, access: Access) -> Result<Voice, Failure> {
    let variable = std::env::var_os(VARIABLE).unwrap_or_default();
    places.extend(std::env::split_paths(&variable).filter(|folder| !folder.as_os_str().is_empty()));
    // A path may hold commas and colons, and need not be text.
    let text = match wanted.to_str() {
        Some(text) if !Path::new(wanted).exists() => text,
        _ => return one(wanted, &places, access),
    };
    let parts = parse_blend(text).map_err(|error| Failure::Usage(format!("--voice: {error}")))?;
    let voices = parts.iter().map(|(name, weight)| Ok((one(OsStr::new(name), &places, access)?, *weight)));
    let voices: Vec<(Voice, f32)> = voices.collect::<Result<_, Failure>>()?;
    let parts: Vec<(&Voice, f32)> = voices.iter().map(|(voice, weight)| (voice, *weight)).collect();
    Ok(Voice::blend(&parts)?)
}

fn one(wanted: &OsStr, places: &[PathBuf], access: Access) -> Result<Voice, Failure> {
    if let Some(seed) = model::seed(wanted)? {
        return Ok(Voice::seeded(seed));
    }
    // Names of voices have neither dots nor folders.
    let name = wanted.to_string_lossy();
    if name.contains(['.', '/', MAIN_SEPARATOR]) {
        return Ok(Voice::open(wanted)?);
    }
    for place in places.iter().map(|place| here(place)) {
        if voice::list(place).is_ok_and(|names| names.iter().any(|listed| *listed == name)) {
            return Ok(Voice::open_named(place, &name)?);
        }
    }
    match Item::voice(&name).map(|item| access.get(item)) {
        Some(Ok(path)) => Ok(Voice::open(path)?),
        Some(Err(failure)) => {
            let message = missing(&name, places, failure.message());
            Err(failure.with_more(message, HELP))
        }
        None => Err(Failure::with_help(missing(&name, places, "no published voice has this name"), HELP)),
    }
}

fn missing(name: &str, places: &[PathBuf], published: &str) -> String {
    let looked = |place: &PathBuf| match voice::list(place) {
        Ok(names) if place.is_file() => format!("\n  {}: {}", place.display(), few(&names)),
        Err(error) if place.is_file() => format!("\n  {error}"), // it names the file
        _ => format!("\n  {}", place.join(format!("{name}.pt")).display()),
    };
    let looked: String = places.iter().map(looked).collect();
    let looked = if looked.is_empty() { looked } else { format!("\nnor is it here:{looked}") };
    format!("no voice {name}: {published}{looked}")
}

const HELP: &str = "\
`kokoro fetch NAME` downloads a published voice, `kokoro voices` lists them. Or put NAME.pt, .bin, .npz, .npy,
.safetensors or .json beside the model or in `voices` there, list its folder in $KOKORO_VOICES, or give --voice FILE.

A voice made from a seed, for tests: --voice seeded:0";

/// The first of many names.
fn few(names: &[String]) -> String {
    let more = if names.len() > 8 { format!(", ... ({} voices)", names.len()) } else { String::new() };
    format!("{}{more}", names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", "))
}
