//! Work that the first utterance would otherwise wait for.

use super::synthesizer::Synthesizer;
use super::utterance::Utterance;
use crate::checkpoint::seeded;
use crate::error::Result;
use crate::voice::Style;

impl Synthesizer {
    /// Creates the plans for utterances of up to `frames` frames of 25 ms and speaks a short one, because some drivers
    /// compile a kernel when it first runs. The next utterance of such a length is then no slower than later ones.
    ///
    /// # Errors
    /// As [`Synthesizer::reserve`] and [`Synthesizer::synthesize`].
    pub async fn warm_up(&mut self, frames: u32) -> Result<()> {
        self.reserve(frames)?;
        // As few frames as possible: one id at the highest speed, in a style similar to a voice's.
        let style = Style::from_row(&seeded::style(0, 2 * self.model.config().style_dim as usize));
        let shortest = Utterance { ids: vec![1], style, speed: 4.0, noise_seed: 0 };
        self.synthesize(&shortest).await.map(drop)
    }
}

#[cfg(test)]
impl Synthesizer {
    /// Names of the kernels in its plans, sorted.
    pub(crate) fn kernels(&self) -> Vec<&'static str> {
        let plans = [Some(&self.prosody.plan), self.decoder.as_ref().map(|decoder| &decoder.plan)];
        let names = plans.into_iter().flatten().flat_map(|plan| plan.written().map(|(kernel, ..)| kernel));
        names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }
}
