//! The option `--voice`: names, files, seeds and blends.

use std::ffi::OsStr;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kokoro_wgpu::Voice;
use kokoro_wgpu::voice::{self, parse_blend};

use crate::failure::Failure;
use crate::model::{ModelSource, parse_seed};
use crate::published::{Access, DEFAULT_VOICE, PublishedFile};

const VARIABLE: &str = "KOKORO_VOICES";

/// The voice given by the user, or the model's default.
pub fn open(voice: Option<&OsStr>, model: &ModelSource, access: Access) -> Result<Voice, Failure> {
    let default = match model {
        ModelSource::Seeded(_) => "seeded:0",
        ModelSource::File(_) => DEFAULT_VOICE,
    };
    let voice = voice.unwrap_or(OsStr::new(default));
    if voice.is_empty() {
        return Err(Failure::Usage("--voice: the name is empty".to_owned()));
    }
    open_blend(voice, model.folder().map(places_beside).unwrap_or_default(), access)
}

/// Names of the voices that a client of the server may ask for: those beside the model and in $KOKORO_VOICES, then the
/// published ones, without those that would have to be downloaded if that is forbidden.
#[cfg(feature = "serve")]
pub fn listed(model: &ModelSource, access: Access) -> Vec<String> {
    let folder = model.folder();
    // The model's own folder has other files too.
    let is_voice = |place: &Path, name: &str| Some(place) != folder || voice::language(name).is_some();
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) && !name.contains(['.', '/', MAIN_SEPARATOR]) {
            names.push(name);
        }
    };
    for place in searched(folder.map(places_beside).unwrap_or_default()) {
        let found = voice::list(or_current(&place)).unwrap_or_default();
        found.into_iter().filter(|name| is_voice(&place, name)).for_each(&mut add);
    }
    let published = kokoro_wgpu::hub::voices();
    let can_be_opened =
        |name: &&str| !access.offline || PublishedFile::voice(name).is_some_and(|file| access.get(file).is_ok());
    published.filter(can_be_opened).map(str::to_owned).for_each(add);
    names
}

/// Opens a voice by one of the names of [`listed`].
#[cfg(feature = "serve")]
pub fn open_listed(name: &str, model: &ModelSource, access: Access) -> Result<Voice, Failure> {
    open_one(OsStr::new(name), &searched(model.folder().map(places_beside).unwrap_or_default()), access)
}

/// Places of voices beside a model: its folder, the folder `voices` in it, and files of several voices, which are
/// published as voices.bin, voices-v1.0.bin and the like.
fn places_beside(folder: &Path) -> Vec<PathBuf> {
    let has_several = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let endings = [".bin", ".npz", ".safetensors", ".json"];
        name.starts_with("voices") && endings.iter().any(|ending| name.ends_with(ending)) && path.is_file()
    };
    let items = std::fs::read_dir(or_current(folder)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = items.map(|item| folder.join(item.file_name())).filter(has_several).collect();
    files.sort_unstable();
    [folder.to_owned(), folder.join("voices")].into_iter().chain(files).collect()
}

/// The current folder in place of an empty path.
fn or_current(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// A voice or a blend of several. Names are searched in `places`, then in $KOKORO_VOICES, then among the published voices
/// in the cache or to download.
pub fn open_blend(voice: &OsStr, places: Vec<PathBuf>, access: Access) -> Result<Voice, Failure> {
    let places = searched(places);
    // A path may contain commas and colons, and need not be Unicode.
    let text = match voice.to_str() {
        Some(text) if !Path::new(voice).exists() && named_in_file(text).is_none() => text,
        _ => return open_one(voice, &places, access),
    };
    let parts = parse_blend(text).map_err(|error| Failure::Usage(format!("--voice: {error}")))?;
    let voices = parts.iter().map(|(name, weight)| Ok((open_one(OsStr::new(name), &places, access)?, *weight)));
    let voices: Vec<(Voice, f32)> = voices.collect::<Result<_, Failure>>()?;
    let parts: Vec<(&Voice, f32)> = voices.iter().map(|(voice, weight)| (voice, *weight)).collect();
    Ok(Voice::blend(&parts)?)
}

/// The places, and after them those of $KOKORO_VOICES.
fn searched(mut places: Vec<PathBuf>) -> Vec<PathBuf> {
    let variable = std::env::var_os(VARIABLE).unwrap_or_default();
    places.extend(std::env::split_paths(&variable).filter(|folder| !folder.as_os_str().is_empty()));
    places
}

/// File and name of `FILE:NAME`, where FILE has several voices or a voice of that name.
fn named_in_file(text: &str) -> Option<(&Path, &str)> {
    let (file, name) = text.rsplit_once(':')?;
    let file = Path::new(file);
    let names = if file.is_file() { voice::list(file).ok()? } else { return None };
    (names.len() > 1 || names.iter().any(|listed| listed == name)).then_some((file, name))
}

fn open_one(voice: &OsStr, places: &[PathBuf], access: Access) -> Result<Voice, Failure> {
    if let Some(seed) = parse_seed(voice)? {
        return Ok(Voice::seeded(seed));
    }
    let name = voice.to_string_lossy();
    if let Some((file, name)) = named_in_file(&name) {
        return Ok(Voice::open_named(file, name)?);
    }
    // Names of voices contain no dots and no separators.
    if name.contains(['.', '/', MAIN_SEPARATOR]) {
        return Voice::open(voice).map_err(|error| match voice::list(voice) {
            Ok(names) if names.len() > 1 => Failure::from(error).with_help_added(WHICH),
            _ => error.into(),
        });
    }
    for place in places.iter().map(|place| or_current(place)) {
        if voice::list(place).is_ok_and(|names| names.iter().any(|listed| *listed == name)) {
            return Ok(Voice::open_named(place, &name)?);
        }
    }
    match PublishedFile::voice(&name).map(|file| access.get(file)) {
        Some(Ok(path)) => Ok(Voice::open(path)?),
        Some(Err(failure)) => {
            let message = not_found(&name, places, failure.message());
            Err(failure.with_more_help(message, HELP))
        }
        None => Err(Failure::with_help(not_found(&name, places, "no published voice has this name"), HELP)),
    }
}

fn not_found(name: &str, places: &[PathBuf], published: &str) -> String {
    let searched = |place: &PathBuf| match voice::list(place) {
        Ok(names) if place.is_file() => format!("\n  {}: {}", place.display(), first_names(&names)),
        Err(error) if place.is_file() => format!("\n  {error}"), // begins with the file's path
        _ => format!("\n  {}", place.join(format!("{name}.pt")).display()),
    };
    let searched: String = places.iter().map(searched).collect();
    let searched = if searched.is_empty() { searched } else { format!("\nalso not found in:{searched}") };
    format!("no voice {name}: {published}{searched}")
}

const WHICH: &str = "Select one of them: --voice FILE:NAME, or in a blend FILE:NAME:WEIGHT.";

const HELP: &str = "\
`kokoro voices` lists the published voices, `kokoro fetch NAME` downloads one. Other voices are found by name as NAME.pt,
.bin, .npz, .npy, .safetensors or .json beside the model, in `voices` there, or in the folders of $KOKORO_VOICES; or pass
a file: --voice FILE.

A voice made from a seed, for tests: --voice seeded:0";

/// The first eight names.
fn first_names(names: &[String]) -> String {
    let more = if names.len() > 8 { format!(", ... ({} voices)", names.len()) } else { String::new() };
    format!("{}{more}", names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_of_a_file_with_several_is_selected_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("several.json");
        std::fs::write(&path, r#"{"a": [[1, 2]], "b": [[3, 4]], "7": [[5, 6]]}"#).unwrap();
        let access = Access::new(true, true);
        let open = |suffix: &str| open_blend(format!("{}{suffix}", path.display()).as_ref(), Vec::new(), access);
        for (suffix, name, first) in [(":a", "a", 1.0), (":b", "b", 3.0), (":7", "7", 5.0)] {
            let voice = open(suffix).unwrap();
            assert_eq!((voice.name(), voice.row(1)[0]), (name, first));
        }
        let blend = open(&format!(":a:1,{}:b:3", path.display())).unwrap();
        assert_eq!(blend.row(1)[0], 2.5);
        assert!(open(":c").unwrap_err().message().contains("voice c"));
        let Failure::Failed { help: Some(help), .. } = open("").unwrap_err() else { panic!("no help") };
        assert!(help.contains("FILE:NAME"), "{help}");
    }

    #[test]
    fn a_weight_after_a_file_of_one_voice_is_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.json");
        std::fs::write(&path, "[[1, 2]]").unwrap();
        let voice = open_blend(format!("{}:1", path.display()).as_ref(), Vec::new(), Access::new(true, true)).unwrap();
        assert_eq!(voice.row(1), [1.0, 2.0]);
    }
}
