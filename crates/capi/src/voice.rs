//! Voices: loading, blending and properties.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use super::arguments::{array, borrow, create, free, optional_string, property, string};
use super::c_string;
use super::status::{Failure, KokoroStatus, Result};
use kokoro_wgpu::Voice;

/// A voice (style vectors), in host memory. Threads may share it.
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

/// Loads a voice from a .pt, .bin, .npz, .npy, .safetensors or .json file. If the file or folder has several voices,
/// `name` selects one; otherwise it is NULL. The voice is named after the file, without its extension. The name
/// determines the default language: "bf_emma" speaks British English. Free the voice with kokoro_voice_free().
///
/// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_open(
    path: *const c_char,
    name: *const c_char,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let open = || {
        // SAFETY: the header requires valid pointers. The same holds for every function in this file.
        let (path, name) = unsafe { (string(path, "path")?, optional_string(name, "name")?) };
        Ok(KokoroVoice::new(match name {
            None => Voice::open(path)?,
            Some(name) => Voice::open_named(path, name)?,
        }))
    };
    // SAFETY: as above.
    unsafe { create(out, open) }
}

/// Loads a voice called `name` from the contents of such a file, `count` bytes. They are copied and may be freed after
/// the call.
///
/// Errors: KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_from_bytes(
    name: *const c_char,
    bytes: *const u8,
    count: usize,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let read = || {
        // SAFETY: as above.
        let (name, bytes) = unsafe { (string(name, "name")?, array(bytes, count, "bytes")?) };
        Ok(KokoroVoice::new(Voice::from_bytes(name, bytes)?))
    };
    // SAFETY: as above.
    unsafe { create(out, read) }
}

/// Creates a random voice from a seed. `width` is kokoro_model_voice_width() of the model to use it with, at most 4096;
/// 0 means that of the published model.
///
/// Errors: KOKORO_STATUS_ARGUMENT.
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
    unsafe { create(out, make) }
}

/// Creates the weighted mean of `count` voices. The weights must not be negative, and need not sum to 1. The voices may
/// be freed after the call.
///
/// Errors: KOKORO_STATUS_ARGUMENT if `count` is 0, the voices differ in width, or a weight is invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_blend(
    voices: *const *const KokoroVoice,
    weights: *const f32,
    count: usize,
    out: *mut *mut KokoroVoice,
) -> KokoroStatus {
    let blend = || {
        // SAFETY: as above.
        let (voices, weights) = unsafe { (array(voices, count, "voices")?, array(weights, count, "weights")?) };
        let parts = voices.iter().zip(weights).map(|(voice, weight)| {
            // SAFETY: as above.
            let voice = unsafe { borrow(*voice, "voices") }?;
            Ok((&*voice.voice, *weight))
        });
        let parts: Vec<(&Voice, f32)> = parts.collect::<Result<_>>()?;
        Ok(KokoroVoice::new(Voice::blend(&parts)?))
    };
    // SAFETY: as above.
    unsafe { create(out, blend) }
}

/// Returns the name of the voice. The string belongs to the voice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_name(voice: *const KokoroVoice) -> *const c_char {
    // SAFETY: as above.
    unsafe { property(voice, ptr::null(), |voice| voice.name.as_ptr()) }
}

/// Returns the number of values in a row. It must equal kokoro_model_voice_width() of the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_width(voice: *const KokoroVoice) -> usize {
    // SAFETY: as above.
    unsafe { property(voice, 0, |voice| voice.voice.width()) }
}

/// Frees the voice. No running call may use it; jobs that were started with it go on. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_voice_free(voice: *mut KokoroVoice) {
    // SAFETY: as above.
    unsafe { free(voice) }
}
