//! Synthesizers: creation, warm-up and properties.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::arguments::{borrow, create, free, property};
use super::g2p::G2pCache;
use super::model::KokoroModel;
use super::status::{KokoroStatus, Result, to_status, try_lock};
use kokoro_wgpu::{Model, Synthesizer, block_on};

/// Synthesizes speech, one call at a time: a second call while one runs fails with KOKORO_STATUS_BUSY. To synthesize on
/// several threads, create one for each; they share the model's parameters.
pub struct KokoroSynthesizer {
    synthesizer: Mutex<Synthesizer>,
    pub(crate) model: Model,
    pub(crate) g2p_cache: Arc<G2pCache>,
    max_frames: u32,
    peak_bytes: AtomicU64,
}

impl KokoroSynthesizer {
    /// Runs `work` with the synthesizer; KOKORO_STATUS_BUSY if another call uses it.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Synthesizer) -> Result<T>) -> Result<T> {
        let mut synthesizer = try_lock(&self.synthesizer, "the synthesizer")?;
        let result = work(&mut synthesizer);
        self.peak_bytes.store(synthesizer.peak_bytes(), Ordering::Relaxed);
        result
    }
}

/// Creates a synthesizer. Its buffers grow with the length of the utterances: see kokoro_synthesizer_warm_up(). Free it
/// with kokoro_synthesizer_free().
///
/// Errors: KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_new(
    model: *const KokoroModel,
    out: *mut *mut KokoroSynthesizer,
) -> KokoroStatus {
    let make = || {
        // SAFETY: the header requires valid pointers. The same holds for every function in this file.
        let KokoroModel { model, g2p_cache, .. } = unsafe { borrow(model, "model") }?;
        let synthesizer = Synthesizer::new(model)?;
        Ok(KokoroSynthesizer {
            max_frames: synthesizer.max_frames(),
            peak_bytes: AtomicU64::new(synthesizer.peak_bytes()),
            synthesizer: Mutex::new(synthesizer),
            model: model.clone(),
            g2p_cache: Arc::clone(g2p_cache),
        })
    };
    // SAFETY: as above.
    unsafe { create(out, make) }
}

/// Allocates the buffers for utterances of up to `frames` frames of 25 ms and runs every kernel once, so that the first
/// utterance is as fast as later ones.
///
/// Errors: KOKORO_STATUS_ARGUMENT for 0 frames, KOKORO_STATUS_TOO_LONG beyond kokoro_synthesizer_max_frames(), KOKORO_STATUS_BUSY,
/// KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_warm_up(
    synthesizer: *const KokoroSynthesizer,
    frames: u32,
) -> KokoroStatus {
    to_status(|| {
        // SAFETY: as above.
        let synthesizer = unsafe { borrow(synthesizer, "synthesizer") }?;
        synthesizer.with(|synthesizer| Ok(block_on(synthesizer.warm_up(frames))?))
    })
}

/// Returns the length of the longest utterance that the device can synthesize in one piece, in frames of 25 ms. Longer
/// text is split automatically.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_max_frames(synthesizer: *const KokoroSynthesizer) -> u32 {
    // SAFETY: as above.
    unsafe { property(synthesizer, 0, |synthesizer| synthesizer.max_frames) }
}

/// Returns the highest number of bytes of GPU memory that activations have used so far, without the model's parameters.
/// Does not wait for a running call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_peak_bytes(synthesizer: *const KokoroSynthesizer) -> u64 {
    // SAFETY: as above.
    unsafe { property(synthesizer, 0, |synthesizer| synthesizer.peak_bytes.load(Ordering::Relaxed)) }
}

/// Frees the synthesizer. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_free(synthesizer: *mut KokoroSynthesizer) {
    // SAFETY: as above.
    unsafe { free(synthesizer) }
}
