//! Where the voice comes from.

use std::ffi::{OsStr, OsString};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use kokoro_wgpu::{Error, Voice};

use crate::failure::Failure;
use crate::model::{self, Source};

const VARIABLE: &str = "KOKORO_VOICES";

const CONVERT: &str = "\
Convert a voice (voices/NAME.pt of hexgrad/Kokoro-82M on Hugging Face) once, with Python (pip install torch numpy):

python3 -c \"
import torch
torch.load('af_heart.pt', weights_only=True).numpy().astype('<f4').tofile('af_heart.bin')\"";

/// The voice that the user names, or the model's default.
pub fn open(wanted: Option<&OsStr>, model: &Source) -> Result<Voice, Failure> {
    let default = match model {
        Source::Seeded(_) => "seeded:0",
        Source::File(_) => "af_heart",
    };
    let wanted = wanted.unwrap_or(OsStr::new(default));
    if wanted.is_empty() {
        return Err(Failure::Usage("--voice: the name is empty".to_owned()));
    }
    if let Some(seed) = model::seed(wanted)? {
        return Ok(Voice::seeded(seed));
    }
    // Names of voices have neither dots nor folders.
    let text = wanted.to_string_lossy();
    if text.contains(['.', '/', MAIN_SEPARATOR]) {
        return read(Path::new(wanted));
    }
    let mut file = OsString::from(wanted);
    file.push(".bin");
    let places: Vec<PathBuf> = folders(model).iter().map(|folder| folder.join(&file)).collect();
    match places.iter().find(|place| place.exists()) {
        Some(place) => read(place),
        None => Err(missing(&text, &places)),
    }
}

fn folders(model: &Source) -> Vec<PathBuf> {
    let beside = model.folder().into_iter().flat_map(|folder| [folder.to_owned(), folder.join("voices")]);
    let variable = std::env::var_os(VARIABLE).unwrap_or_default();
    let listed = std::env::split_paths(&variable).filter(|folder| !folder.as_os_str().is_empty());
    beside.chain(listed).collect()
}

fn read(path: &Path) -> Result<Voice, Failure> {
    Voice::open(path).map_err(|error| match &error {
        Error::BadFile { .. } if path.extension().is_some_and(|e| e == "pt" || e == "pth") => {
            Failure::with_help(error, CONVERT)
        }
        _ => error.into(),
    })
}

fn missing(name: &str, places: &[PathBuf]) -> Failure {
    let looked: String = places.iter().map(|place| format!("\n  {}", place.display())).collect();
    let looked = if looked.is_empty() {
        format!("no voice {name}: a seeded model has no folder to look in, and ${VARIABLE} is not set")
    } else {
        format!("no voice {name}; looked for{looked}")
    };
    let help = format!(
        "Put NAME.bin beside the model or in `voices` there, list its folder in ${VARIABLE}, or give --voice FILE.bin.\n\n\
         {CONVERT}\n\nA voice made from a seed, for tests: --voice seeded:0"
    );
    Failure::with_help(looked, help)
}
