//! Everything that a first utterance would wait for, done before it.

use super::{Synthesizer, Utterance};
use crate::Result;
use crate::checkpoint::seeded;
use crate::voice::Style;

impl Synthesizer {
    /// Makes the plans for utterances of up to `frames` frames of 25 ms and speaks a short one, since some drivers
    /// compile a kernel when it first runs: the next utterance of such a length takes no longer than the one after it.
    /// Any executor can await it.
    ///
    /// # Errors
    /// As [`Synthesizer::reserve`] and [`Synthesizer::synthesize`].
    pub async fn warm_up(&mut self, frames: u32) -> Result<()> {
        self.reserve(frames)?;
        // As few frames as can be: one id, fast, in a style like a voice's.
        let style = Style::from_row(&seeded::style(0, 2 * self.model.config().style_dim as usize));
        let shortest = Utterance { ids: vec![1], style, speed: 4.0, noise_seed: 0 };
        self.synthesize(&shortest).await.map(drop)
    }

    /// Like [`Synthesizer::warm_up`], and waits for it.
    ///
    /// # Errors
    /// As [`Synthesizer::warm_up`].
    pub fn warm_up_blocking(&mut self, frames: u32) -> Result<()> {
        pollster::block_on(self.warm_up(frames))
    }
}

#[cfg(test)]
impl Synthesizer {
    /// The kernels that its plans run, sorted.
    pub(crate) fn kernels(&self) -> Vec<&'static str> {
        let plans = [Some(&self.text.plan), self.frames.as_ref().map(|f| &f.plan)];
        let names = plans.into_iter().flatten().flat_map(|plan| plan.written().map(|(kernel, ..)| kernel));
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }
}
