//! Models: loading and properties.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use bytemuck::Zeroable;

use super::arguments::{
    VersionedOptions, array, borrow, create, free, optional_string, property, read_options, string,
};
use super::c_string;
use super::device::KokoroContext;
use super::g2p::G2pCache;
use super::status::{Failure, KokoroStatus, Result, to_status};
#[cfg(feature = "text")]
use kokoro_wgpu::text::Lexicon;
use kokoro_wgpu::{Checkpoint, Config, Model, ModelOptions, Precision};

/// Weights as float32, as trained. The default.
pub const KOKORO_PRECISION_F32: u32 = 0;
/// Weights as float16: half the memory. With trained weights, durations are off by 4e-5 of themselves before
/// they are rounded, and the audio by 1e-3.
pub const KOKORO_PRECISION_F16: u32 = 1;

/// The network with its parameters on the GPU. Threads may share it.
pub struct KokoroModel {
    pub(crate) model: Model,
    pub(crate) g2p_cache: Arc<G2pCache>,
    origin: CString,
}

/// Options for loading a model. Set `size`; zeros in all other fields mean defaults.
#[repr(C)]
#[derive(Clone, Copy, Zeroable)]
pub struct KokoroModelOptions {
    /// sizeof(KokoroModelOptions).
    pub size: usize,
    /// Contents of the model's config.json. NULL: the one inside the model file, as in newer ONNX models, or else that
    /// of the published Kokoro-82M v1.0. Other models, such as v1.1-zh, need their own.
    pub config_json: *const c_char,
    /// KOKORO_PRECISION_F32 or KOKORO_PRECISION_F16.
    pub precision: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: `repr(C)`, begins with its size, all bit patterns are valid, and the assertion below excludes padding.
unsafe impl VersionedOptions for KokoroModelOptions {
    const MIN_SIZE: usize = size_of::<usize>() + size_of::<*const c_char>() + 8;
}
const _: () = assert!(size_of::<KokoroModelOptions>() == KokoroModelOptions::MIN_SIZE);

/// Loads a model from a .pth, .onnx or .safetensors file. `options` may be NULL. Takes about a second, during which
/// some threads compile the kernels. Free the model with kokoro_model_free(); objects created from it keep its
/// parameters.
///
/// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE,
/// KOKORO_STATUS_GPU, KOKORO_STATUS_OUT_OF_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_open(
    context: *const KokoroContext,
    path: *const c_char,
    options: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
) -> KokoroStatus {
    // SAFETY: the header requires valid pointers. The same holds for every function in this file.
    unsafe { load(context, options, out, || Ok(Checkpoint::open(string(path, "path")?)?)) }
}

/// Loads a model from the contents of such a file, `count` bytes. They are copied and may be freed after the call.
///
/// Errors: as kokoro_model_open().
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
        let bytes = unsafe { array(bytes, count, "bytes") }?;
        Ok(Checkpoint::from_bytes("the model", bytes.to_vec())?)
    };
    // SAFETY: as above.
    unsafe { load(context, options, out, read) }
}

/// Creates a model with random weights from a seed. It needs no file, but produces noise instead of speech.
///
/// Errors: KOKORO_STATUS_GPU, KOKORO_STATUS_OUT_OF_MEMORY.
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
    options: *const KokoroModelOptions,
    out: *mut *mut KokoroModel,
    checkpoint: impl FnOnce() -> Result<Checkpoint>,
) -> KokoroStatus {
    let load = || {
        // SAFETY: as above.
        let (context, options) = unsafe { (borrow(context, "context")?, read_options(options, "options")?) };
        // SAFETY: as above.
        let config = match unsafe { optional_string(options.config_json, "config_json") }? {
            None => None,
            Some(json) => Some(Config::from_json("config_json", json.as_bytes())?),
        };
        let precision = match (options.precision, options.reserved) {
            (KOKORO_PRECISION_F32, 0) => Precision::F32,
            (KOKORO_PRECISION_F16, 0) => Precision::F16,
            (_, 0) => return Err(Failure::argument("precision", format!("{} is unknown", options.precision))),
            _ => return Err(Failure::argument("reserved", "is not 0")),
        };
        let checkpoint = checkpoint()?;
        let config = match (config, checkpoint.config_json()) {
            (Some(config), _) => config,
            (None, Some(json)) => Config::from_json(checkpoint.origin(), json.as_bytes())?,
            (None, None) => Config::default(),
        };
        let options = ModelOptions::default().with_config(config).with_precision(precision);
        let model = Model::load_with(&context.context, &checkpoint, &options)?;
        let origin = c_string(model.origin());
        Ok(KokoroModel { model, g2p_cache: Arc::default(), origin })
    };
    // SAFETY: as above.
    unsafe { create(out, load) }
}

/// Returns where the model is from: a path, or "seeded:" and the seed. The string belongs to the model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_origin(model: *const KokoroModel) -> *const c_char {
    // SAFETY: as above.
    unsafe { property(model, ptr::null(), |model| model.origin.as_ptr()) }
}

/// Returns whether the weights are random (kokoro_model_seeded()).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_is_seeded(model: *const KokoroModel) -> bool {
    // SAFETY: as above.
    unsafe { property(model, false, |model| model.model.is_seeded()) }
}

/// Returns the number of parameters: 81,810,022 for the published model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_parameters(model: *const KokoroModel) -> u64 {
    // SAFETY: as above.
    unsafe { property(model, 0, |model| model.model.parameters()) }
}

/// Returns the bytes of GPU memory that the parameters use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_resident_bytes(model: *const KokoroModel) -> u64 {
    // SAFETY: as above.
    unsafe { property(model, 0, |model| model.model.resident_bytes()) }
}

/// Returns the number of values in a row of a voice for this model: 256 for the published model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_voice_width(model: *const KokoroModel) -> usize {
    // SAFETY: as above.
    unsafe { property(model, 0, |model| 2 * model.model.config().style_dim as usize) }
}

/// Sets the words that this model reads first in every language, from a file: a word and its phonemes a line, in IPA or in
/// misaki's alphabet. Upper and lower case differ; a word is what white space or punctuation divides from others, so none is
/// found inside unspaced Chinese or Japanese. NULL removes them. Objects created from the model follow with their next text, for
/// which each language is loaded again; text that consists of phonemes is not affected.
///
/// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE with the number of the line, KOKORO_STATUS_ARGUMENT if the library was built
/// without the feature `text`. The words then stay as they were.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_set_lexicon(model: *const KokoroModel, path: *const c_char) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let (model, path) = unsafe { (borrow(model, "model")?, optional_string(path, "path")?) };
        set_lexicon(model, path)
    })
}

#[cfg(feature = "text")]
fn set_lexicon(model: &KokoroModel, path: Option<&str>) -> Result<()> {
    model.g2p_cache.set_lexicon(path.map(Lexicon::open).transpose()?);
    Ok(())
}

#[cfg(not(feature = "text"))]
fn set_lexicon(_: &KokoroModel, path: Option<&str>) -> Result<()> {
    path.map_or(Ok(()), |_| Err(super::g2p::without_text("path")))
}

/// Frees the model. Objects created from it stay valid. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_model_free(model: *mut KokoroModel) {
    // SAFETY: as above.
    unsafe { free(model) }
}
