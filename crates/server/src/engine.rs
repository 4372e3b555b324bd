//! What speaks: the GPU, or in tests something simpler.

use kokoro_wgpu::{GpuMemory, Result, Synthesizer, Utterance, block_on};

/// What an engine makes of an utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// 24 kHz mono.
    pub samples: Vec<f32>,
    /// Frames of 25 ms of every token: the start boundary, each id, the end boundary.
    pub durations: Vec<u32>,
}

/// Speaks batches of utterances. It lives on one thread, which owns it.
pub trait Engine: Send + 'static {
    /// Speaks at most [`Synthesizer::MAX_BATCH`] utterances.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize_batch`].
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>>;

    /// Opens a new device after the loss of the old one.
    ///
    /// # Errors
    /// If that fails.
    fn reopen(&mut self) -> Result<()>;

    /// The GPU memory in use, if there is a GPU.
    fn memory(&self) -> Option<GpuMemory> {
        None
    }
}

/// A synthesizer, and how to make another on a new device.
pub struct GpuEngine<F> {
    synthesizer: Synthesizer,
    open: F,
}

impl<F: FnMut() -> Result<Synthesizer> + Send + 'static> GpuEngine<F> {
    /// Makes a synthesizer by `open`, which is called again whenever the device is lost.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn new(mut open: F) -> Result<Self> {
        Ok(Self { synthesizer: open()?, open })
    }
}

impl<F: FnMut() -> Result<Synthesizer> + Send + 'static> Engine for GpuEngine<F> {
    fn speak(&mut self, utterances: &[Utterance]) -> Result<Vec<Audio>> {
        let speech = block_on(self.synthesizer.synthesize_batch(utterances))?;
        Ok(speech.into_iter().map(|speech| Audio { samples: speech.samples, durations: speech.durations }).collect())
    }

    fn reopen(&mut self) -> Result<()> {
        self.synthesizer = (self.open)()?;
        Ok(())
    }

    fn memory(&self) -> Option<GpuMemory> {
        Some(self.synthesizer.model().context().memory())
    }
}
