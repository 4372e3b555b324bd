//! Synthesizers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::arguments::{created, fact, freed, object};
use super::model::KokoroModel;
use super::reader::Readers;
use super::status::{KokoroStatus, Result, guarded, tried};
use kokoro_wgpu::{Model, Synthesizer};

/// Speaks, one call at a time: a second call while one runs is refused with KOKORO_STATUS_BUSY. For speech on several
/// threads make one each; those of a model share its parameters.
pub struct KokoroSynthesizer {
    synthesizer: Mutex<Synthesizer>,
    pub(crate) model: Model,
    pub(crate) readers: Arc<Readers>,
    max_frames: u32,
    peak_bytes: AtomicU64,
}

impl KokoroSynthesizer {
    /// Works with the synthesizer, if nobody else does.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Synthesizer) -> Result<T>) -> Result<T> {
        let mut synthesizer = tried(&self.synthesizer, "the synthesizer")?;
        let worked = work(&mut synthesizer);
        self.peak_bytes.store(synthesizer.peak_bytes(), Ordering::Relaxed);
        worked
    }
}

/// Makes a synthesizer. Its buffers grow with what is spoken: see kokoro_synthesizer_warm_up().
///
/// KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_new(
    model: *const KokoroModel,
    out: *mut *mut KokoroSynthesizer,
) -> KokoroStatus {
    let make = || {
        // SAFETY: the caller's word, as the header asks for it. So in every function here.
        let KokoroModel { model, readers, .. } = unsafe { object(model, "model") }?;
        let synthesizer = Synthesizer::new(model)?;
        Ok(KokoroSynthesizer {
            max_frames: synthesizer.max_frames(),
            peak_bytes: AtomicU64::new(synthesizer.peak_bytes()),
            synthesizer: Mutex::new(synthesizer),
            model: model.clone(),
            readers: Arc::clone(readers),
        })
    };
    // SAFETY: as above.
    unsafe { created(out, make) }
}

/// Does what the first utterance would wait for: makes the buffers for utterances of up to `frames` frames of 25 ms, and
/// runs every kernel once.
///
/// KOKORO_STATUS_TOO_LONG beyond kokoro_synthesizer_max_frames(), KOKORO_STATUS_BUSY, KOKORO_STATUS_GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_warm_up(
    synthesizer: *const KokoroSynthesizer,
    frames: u32,
) -> KokoroStatus {
    guarded(|| {
        // SAFETY: as above.
        let synthesizer = unsafe { object(synthesizer, "synthesizer") }?;
        synthesizer.with(|synthesizer| Ok(synthesizer.warm_up_blocking(frames)?))
    })
}

/// Frames of 25 ms of the longest utterance that the device speaks in one piece. Narrated text is divided by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_max_frames(synthesizer: *const KokoroSynthesizer) -> u32 {
    // SAFETY: as above.
    unsafe { fact(synthesizer, 0, |synthesizer| synthesizer.max_frames) }
}

/// The most bytes of GPU memory that its activations have taken so far, beside the model's parameters. Any thread may
/// ask at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_peak_bytes(synthesizer: *const KokoroSynthesizer) -> u64 {
    // SAFETY: as above.
    unsafe { fact(synthesizer, 0, |synthesizer| synthesizer.peak_bytes.load(Ordering::Relaxed)) }
}

/// Frees the synthesizer. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kokoro_synthesizer_free(synthesizer: *mut KokoroSynthesizer) {
    // SAFETY: as above.
    unsafe { freed(synthesizer) }
}
