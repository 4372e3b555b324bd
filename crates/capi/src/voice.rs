//! Voices.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::arguments::{created, fact, freed, object, optional_text, text, values};
use super::c_string;
use super::status::{Failure, KokoroStatus, Result};
use kokoro_wgpu::Voice;

/// A voice, in the host's memory. Any threads may use one at once.
pub struct KokoroVoice {
    pub(crate) voice: Arc<Voice>,
    name: CString,
}

impl KokoroVoice {
    fn new(voice: Voice) -> Self {
        let name = c_string(voice.name());
        Self { voice: Arc::new(voice), name }
    }
}

/// Reads a voice from a file: .pt, .bin, .npz, .npy, .safetensors or .json. Of a file or folder with several, `name`
/// says which; else it is NULL. The voice's name is the file's without its ending, and says the language: "bf_emma"
/// speaks British English.
///
/// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_open(
    path: *const c_char,
    name: *const c_char,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let open = || {
        // SAFETY: the caller's word, as the header asks for it. So in every function here.
        let (path, name) = unsafe { (text(path, "path")?, optional_text(name, "name")?) };
        Ok(KokoroVoice::new(match name {
            None => Voice::open(path)?,
            Some(name) => Voice::open_named(path, name)?,
        }))
    };
    // SAFETY: as above.
    unsafe { created(out, open) }
}

/// Reads a voice from such a file's contents, which are copied, and calls it `name`.
///
/// KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_from_bytes(
    name: *const c_char,
    bytes: *const u8,
    count: usize,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let read = || {
        // SAFETY: as above.
        let (name, bytes) = unsafe { (text(name, "name")?, values(bytes, count, "bytes")?) };
        Ok(KokoroVoice::new(Voice::from_bytes(name, bytes)?))
    };
    // SAFETY: as above.
    unsafe { created(out, read) }
}

/// Makes a voice from a seed. `width` is kokoro_model_voice_width() of the model that will speak with it, at most
/// 4096; 0 is that of the published model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_seeded(seed: u64, width: usize, out: *mut *mut KokoroVoice) -> KokoroStatus {
    let make = || {
        Ok(KokoroVoice::new(match width {
            0 => Voice::seeded(seed),
            1..=4096 => Voice::seeded_width(seed, width),
            _ => return Err(Failure::argument("width", format!("{width}, expected at most 4096"))),
        }))
    };
    // SAFETY: as above.
    unsafe { created(out, make) }
}

/// Mixes `count` voices by `weights` of at least 0, which need not sum to 1. The voices stay the caller's, and may be
/// freed.
///
/// KOKORO_STATUS_ARGUMENT if there are none, if they do not fit each other, or for their weights.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_blend(
    voices: *const *const KokoroVoice,
    weights: *const f32,
    count: usize,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let blend = || {
        // SAFETY: as above.
        let (voices, weights) = unsafe { (values(voices, count, "voices")?, values(weights, count, "weights")?) };
        let parts = voices.iter().zip(weights).map(|(voice, weight)| {
            // SAFETY: as above.
            let voice = unsafe { object(*voice, "voices") }?;
            Ok((&*voice.voice, *weight))
        });
        let parts: Vec<(&Voice, f32)> = parts.collect::<Result<_>>()?;
        Ok(KokoroVoice::new(Voice::blend(&parts)?))
    };
    // SAFETY: as above.
    unsafe { created(out, blend) }
}

/// The voice's name. It lives as long as the voice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_name(voice: *const KokoroVoice) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(voice, ptr::null(), |voice| voice.name.as_ptr()) }
}

/// Values in a row, which must be kokoro_model_voice_width() of the model that speaks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_width(voice: *const KokoroVoice) -> usize {
    // SAFETY: as above.
    unsafe { fact(voice, 0, |voice| voice.voice.width()) }
}

/// Frees the voice. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_free(voice: *mut KokoroVoice) {
    // SAFETY: as above.
    unsafe { freed(voice) }
}
