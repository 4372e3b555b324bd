//! Synthesis into a GPU buffer of the app's.

use kokoro_text::timestamps::FRAME_SAMPLES;

use super::synthesizer::{Synthesizer, no_plan, no_speech};
use super::utterance::Utterance;
use crate::error::{Error, Result};
use crate::gpu::BufferView;

impl Synthesizer {
    /// Speaks one utterance into a buffer of the app's on the same device: float32 samples from offset 0, 600 per frame.
    /// Returns the durations of the tokens in frames; only those are copied to the host. When this returns, the work is
    /// submitted, and the app's later submissions see the samples.
    ///
    /// The buffer needs [`wgpu::BufferUsages::COPY_DST`]; add `STORAGE`, for example, to read it in a shader. Unlike
    /// [`Synthesizer::synthesize`], this does not check the samples for NaNs.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], and [`Error::Argument`] if the buffer is too small, with the needed size, or lacks
    /// `COPY_DST`.
    pub async fn synthesize_into(&mut self, utterance: &Utterance, buffer: &wgpu::Buffer) -> Result<Vec<u32>> {
        let refused = |reason: String| Error::argument("buffer", reason);
        if !buffer.usage().contains(wgpu::BufferUsages::COPY_DST) {
            return Err(refused(format!("its usages are {:?}, needed COPY_DST", buffer.usage())));
        }
        let pending = self.begin(std::slice::from_ref(utterance))?;
        let (entries, mut durations) = self.durations(pending).await?;
        let (Some(entry), Some(durations)) = (entries.first(), durations.pop()) else { return Err(no_speech()) };
        let size = 4 * u64::from(entry.frames * FRAME_SAMPLES);
        if buffer.size() < size {
            return Err(refused(format!("it has {} bytes, {} frames need {size}", buffer.size(), entry.frames)));
        }
        let context = self.model.context().clone();
        let samples = self.decoder_plan(self.decoder_extents(entry))?.run(entry)?;
        let Some(BufferView { buffer: source, offset, .. }) = samples else { return Err(no_plan()) };
        context.guarded("copying the samples", || {
            let label = Some("samples");
            let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            encoder.copy_buffer_to_buffer(&source, offset, buffer, 0, size);
            context.queue().submit([encoder.finish()]);
        })?;
        Ok(durations)
    }
}
