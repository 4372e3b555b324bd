//! Speaks parts.

use std::sync::atomic::{AtomicBool, Ordering};

use kokoro_wgpu::audio::{Format, SampleFormat};
use kokoro_wgpu::text::TextStream;
use kokoro_wgpu::timestamps::Timestamps;
use kokoro_wgpu::{Config, Error, Narration, Result, Synthesizer, Voice};

use super::plan::Part;
use crate::adapter::{self, AdapterArg};
use crate::failure::Failure;
use crate::model::{ModelArg, ModelSource};

/// A synthesizer, opened again when its device is lost.
pub struct Engine<'a> {
    synthesizer: Synthesizer,
    open: Box<dyn Fn() -> Result<Synthesizer> + Send + Sync + 'a>,
    /// Chunks to speak at once.
    batch: usize,
    pub adapter: String,
}

/// A part that was spoken.
pub struct Spoken {
    /// 16 bits, little-endian.
    pub samples: Vec<u8>,
    /// The timestamps of each chunk from the start of the part, as JSON.
    pub timings: Vec<u8>,
}

/// Why a part was not spoken.
#[derive(Debug)]
pub struct Unspoken {
    /// Names the text of the chunk that failed, unless it was not the part's fault.
    failure: Failure,
    /// Whether it was not: the device is lost and no other can be opened.
    pub without_device: bool,
}

impl Unspoken {
    fn new(error: Error, text: &str, without_device: bool) -> Self {
        let failure = match Failure::from(error) {
            Failure::Failed { message, help } if !without_device => {
                Failure::Failed { message: format!("cannot speak {text:?}: {message}"), help }
            }
            failure => failure,
        };
        Self { failure, without_device }
    }
}

impl From<Unspoken> for Failure {
    fn from(unspoken: Unspoken) -> Self {
        unspoken.failure
    }
}

impl<'a> Engine<'a> {
    pub fn open(
        model: &'a ModelArg,
        source: &'a ModelSource,
        config: &'a Config,
        adapter: &'a AdapterArg,
        batch: usize,
    ) -> Result<Self> {
        let open = move || {
            let model = model.precision.load(&adapter.open()?, &source.open()?, config)?;
            Synthesizer::new(&model)
        };
        let synthesizer = open()?;
        let adapter = adapter::name(synthesizer.model().context().info());
        Ok(Self { synthesizer, open: Box::new(open), batch, adapter })
    }

    /// Speaks a part as a text is spoken: chunks that are too long for the device are halved, and a lost device is opened again.
    pub fn speak(&mut self, part: &Part, voice: &Voice) -> Result<Spoken, Unspoken> {
        match self.narrate(part, voice, self.batch) {
            // One chunk at a time, to find the one that fails.
            Err(unspoken) if self.batch > 1 && !unspoken.without_device => self.narrate(part, voice, 1),
            spoken => spoken,
        }
    }

    fn narrate(&mut self, part: &Part, voice: &Voice, batch: usize) -> Result<Spoken, Unspoken> {
        let without_device = AtomicBool::new(false);
        let reopen = || {
            log::warn!("the GPU device was lost: continuing on a new one");
            (self.open)().inspect_err(|_| without_device.store(true, Ordering::Relaxed))
        };
        let stream = TextStream::of_chunks(part.chunks.clone());
        let narration = self.synthesizer.narrate(stream, voice).batch(batch).on_device_lost(reopen);
        let narration = narration.speed(part.speed()).noise_seed(part.noise_seed);
        let (mut timings, mut bytes) = (Vec::new(), 0);
        match record(narration, &mut timings, &mut bytes) {
            // Maps with string keys and numbers can always be written.
            Ok(samples) => Ok(Spoken { samples, timings: serde_json::to_vec(&timings).unwrap_or_default() }),
            Err(error) => {
                let without_device = without_device.load(Ordering::Relaxed);
                Err(Unspoken::new(error, part.text_at(bytes).trim(), without_device))
            }
        }
    }
}

/// The samples of a narration. Also tells the timestamps and the bytes of text so far, even if it fails.
fn record(narration: Narration<'_>, timings: &mut Vec<Timestamps>, bytes: &mut usize) -> Result<Vec<u8>> {
    let mut encoder = Format::Raw(SampleFormat::Pcm16).into_pipe(Vec::new())?;
    for chunk in narration {
        let chunk = chunk?;
        encoder.encode(&chunk.speech.samples)?;
        timings.push(chunk.timestamps);
        *bytes += chunk.text.len();
    }
    encoder.finish()
}
