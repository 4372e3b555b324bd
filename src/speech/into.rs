//! Samples that stay on the GPU.

use super::{Synthesizer, Utterance};
use crate::gpu::BufferView;
use crate::{Error, FRAME_SAMPLES, Result};

impl Synthesizer {
    /// Speaks one utterance into a buffer of the host's on the same device: float32 samples from its start, 600 a frame, of
    /// the durations in frames that it returns, one a token. Nothing is copied to the host but those. When it returns, the
    /// work is submitted, and whatever the host submits after that finds the samples there.
    ///
    /// A visualiser gives the buffer [`wgpu::BufferUsages::STORAGE`] besides the `COPY_DST` that is needed. A NaN, for which
    /// [`Synthesizer::synthesize`] looks, is not looked for.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize`], and [`Error::Argument`] if the buffer is too small, which says what it takes, or is not
    /// `COPY_DST`.
    pub async fn synthesize_into(&mut self, utterance: &Utterance, buffer: &wgpu::Buffer) -> Result<Vec<u32>> {
        let refused = |reason: String| Error::Argument { name: "buffer", reason };
        if !buffer.usage().contains(wgpu::BufferUsages::COPY_DST) {
            return Err(refused(format!("its usages are {:?}, needed COPY_DST", buffer.usage())));
        }
        let begun = self.begin(std::slice::from_ref(utterance))?;
        let (runs, mut durations) = self.durations(begun).await?;
        let (Some(run), Some(durations)) = (runs.first(), durations.pop()) else { return Err(super::nothing_spoken()) };
        let size = 4 * u64::from(run.frames * FRAME_SAMPLES);
        if buffer.size() < size {
            return Err(refused(format!("it has {} bytes, {} frames need {size}", buffer.size(), run.frames)));
        }
        let context = self.model.context().clone();
        let samples = self.frame_side(self.lengths(run))?.run(run)?;
        let Some(BufferView { buffer: from, offset, .. }) = samples else { return Err(super::no_plan()) };
        context.guarded("copying the samples", || {
            let label = Some("samples");
            let mut encoder = context.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
            encoder.copy_buffer_to_buffer(&from, offset, buffer, 0, size);
            context.queue().submit([encoder.finish()]);
        })?;
        Ok(durations)
    }

    /// Like [`Synthesizer::synthesize_into`], and waits for the durations.
    ///
    /// # Errors
    /// As [`Synthesizer::synthesize_into`].
    pub fn synthesize_into_blocking(&mut self, utterance: &Utterance, buffer: &wgpu::Buffer) -> Result<Vec<u32>> {
        pollster::block_on(self.synthesize_into(utterance, buffer))
    }
}
