//! Models.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use bytemuck::Zeroable;

use super::arguments::{Options, created, fact, freed, object, optional_text, options, text, values};
use super::c_string;
use super::device::KokoroContext;
use super::reader::Readers;
use super::status::{Failure, KokoroStatus, Result};
use kokoro_wgpu::{Checkpoint, Config, Model, Precision};

/// The decoder's weights as float32, as the network was trained. The default.
pub const KOKORO_PRECISION_F32: u32 = 0;
/// The decoder's weights as float16: less memory, durations unchanged, audio 2e-3 off.
pub const KOKORO_PRECISION_F16: u32 = 1;

/// The network's parameters on a device. Any threads may use one at once.
pub struct KokoroModel {
    pub(crate) model: Model,
    pub(crate) readers: Arc<Readers>,
    origin: CString,
}

/// How a model is loaded. Set `size` and leave the rest zero for the defaults.
#[repr(C)]
#[derive(Clone, Copy, Zeroable)]
pub struct KokoroModelOptions {
    /// sizeof(KokoroModelOptions).
    pub size: usize,
    /// What the model's config.json says; NULL for the one in the model's file, as newer ONNX models have it, else that of
    /// the published Kokoro-82M v1.0. Others, such as v1.1-zh, need theirs.
    pub config_json: *const c_char,
    /// KOKORO_PRECISION_F32 or KOKORO_PRECISION_F16.
    pub precision: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, begins with its size, takes any bits, and its fields' sizes sum to its own.
unsafe impl Options for KokoroModelOptions {
    const LEAST: usize = size_of::<usize>() + size_of::<*const c_char>() + 8;
}
const _: () = assert!(size_of::<KokoroModelOptions>() == KokoroModelOptions::LEAST);

/// Loads a model from a file, .pth, .onnx or .safetensors. `options` may be NULL. Takes a second or so, in which a few threads
/// compile the kernels. What is made of the model keeps it: it may be freed before that.
///
/// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_open(
    context: *const KokoroContext,
    path: *const c_char,
    options: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
) -> KokoroStatus {
    // SAFETY: the caller's word, as the header asks for it. So in every function here.
    unsafe { load(context, options, out, || Ok(Checkpoint::open(text(path, "path")?)?)) }
}

/// Loads a model from such a file's contents, which are copied: free them when the call returns.
///
/// As kokoro_model_open().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_from_bytes(
    context: *const KokoroContext,
    bytes: *const u8,
    count: usize,
    options: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
) -> KokoroStatus {
    let read = || {
        // SAFETY: as above.
        let bytes = unsafe { values(bytes, count, "bytes") }?;
        Ok(Checkpoint::from_bytes("the model", bytes.to_vec())?)
    };
    // SAFETY: as above.
    unsafe { load(context, options, out, read) }
}

/// Makes a model of untrained weights from a seed: it makes noise, not speech, but needs no file.
///
/// KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_seeded(
    context: *const KokoroContext,
    seed: u64,
    options: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
) -> KokoroStatus {
    // SAFETY: as above.
    unsafe { load(context, options, out, || Ok(Checkpoint::seeded(seed))) }
}

unsafe fn load(
    context: *const KokoroContext,
    wanted: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
    checkpoint: impl FnOnce() -> Result<Checkpoint>,
) -> KokoroStatus {
    let load = || {
        // SAFETY: as above.
        let (context, wanted) = unsafe { (object(context, "context")?, options(wanted, "options")?) };
        // SAFETY: as above.
        let config = match unsafe { optional_text(wanted.config_json, "config_json") }? {
            None => None,
            Some(json) => Some(Config::from_json("config_json", json.as_bytes())?),
        };
        let precision = match (wanted.precision, wanted.reserved) {
            (KOKORO_PRECISION_F32, 0) => Precision::F32,
            (KOKORO_PRECISION_F16, 0) => Precision::F16,
            (_, 0) => return Err(Failure::argument("precision", format!("{} is unknown", wanted.precision))),
            _ => return Err(Failure::argument("reserved", "is not 0")),
        };
        let checkpoint = checkpoint()?;
        let config = match (config, checkpoint.config_json()) {
            (Some(config), _) => config,
            (None, Some(json)) => Config::from_json(checkpoint.origin(), json.as_bytes())?,
            (None, None) => Config::default(),
        };
        let model = Model::load_with(&context.context, &checkpoint, &config, precision)?;
        let origin = c_string(model.origin());
        Ok(KokoroModel { model, readers: Arc::default(), origin })
    };
    // SAFETY: as above.
    unsafe { created(out, load) }
}

/// Where it came from: a path, or "seeded:" and a number. It lives as long as the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_origin(model: *const KokoroModel) -> *const c_char {
    // SAFETY: as above.
    unsafe { fact(model, ptr::null(), |model| model.origin.as_ptr()) }
}

/// Whether its weights are untrained.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_is_seeded(model: *const KokoroModel) -> bool {
    // SAFETY: as above.
    unsafe { fact(model, false, |model| model.model.is_seeded()) }
}

/// Parameters that were loaded: 81,810,022 of the published model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_parameters(model: *const KokoroModel) -> u64 {
    // SAFETY: as above.
    unsafe { fact(model, 0, |model| model.model.parameters()) }
}

/// Bytes of GPU memory that hold them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_resident_bytes(model: *const KokoroModel) -> u64 {
    // SAFETY: as above.
    unsafe { fact(model, 0, |model| model.model.resident_bytes()) }
}

/// Values in a row of a voice for this model: 256 for the published one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_voice_width(model: *const KokoroModel) -> usize {
    // SAFETY: as above.
    unsafe { fact(model, 0, |model| 2 * model.model.config().style_dim as usize) }
}

/// Frees the model. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_free(model: *mut KokoroModel) {
    // SAFETY: as above.
    unsafe { freed(model) }
}
