//! The batches of a narration: passages are read, submitted, and retried when they do not fit or the device is lost.

use kokoro_text::TextChunk;

use super::super::utterance::Utterance;
use super::{Chunk, Narration, Reopen};
use crate::error::{Error, Result};

/// Maximum number of devices lost one after another without a chunk in between.
const MAX_LOSSES: u32 = 3;

impl Narration<'_> {
    /// Synthesizes the next batch, on a new device if necessary. Returns `false` after the last.
    pub(super) async fn speak_next(&mut self) -> Result<bool> {
        let mut losses = 0;
        loop {
            let spoken = self.speak_batch().await;
            let is_lost = matches!(spoken, Err(Error::DeviceLost { .. }));
            let Some(Reopen(reopen)) = self.reopen.as_mut().filter(|_| is_lost && losses < MAX_LOSSES) else {
                return spoken;
            };
            losses += 1;
            *self.synthesizer = reopen()?;
            let pending = self.pending.take().map(|(passages, _)| passages);
            let passages = std::mem::take(&mut self.current).into_iter().chain(pending.unwrap_or_default());
            self.put_back(passages.collect());
        }
    }

    async fn speak_batch(&mut self) -> Result<bool> {
        let model = self.synthesizer.model().clone();
        loop {
            if self.pending.is_none() {
                match self.begin(self.batch_size) {
                    // One passage at a time may fit.
                    Err(Error::OutOfMemory { .. }) if self.batch_size > 1 => {
                        self.batch_size = 1;
                        self.begin(1)?;
                    }
                    submitted => submitted?,
                }
            }
            let Some((passages, durations)) = self.pending.take() else { return Ok(false) };
            self.current = passages;
            let samples = match self.synthesizer.decode(durations).await {
                Ok(samples) => samples,
                Err(error) if error.is_too_long() => {
                    let passages = std::mem::take(&mut self.current);
                    self.shorten(passages, error)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !self.script.is_live() && self.read_error.is_none() {
                match self.begin(self.batch_size) {
                    // Passages that were read but could not be submitted are retried by the next call.
                    Err(error) if self.queue.is_empty() => self.read_error = Some(error),
                    _ => {}
                }
            }
            let spoken = self.synthesizer.finish(samples).await?;
            for (passage, speech) in std::mem::take(&mut self.current).into_iter().zip(spoken) {
                let start = self.samples;
                self.samples += speech.samples.len() as u64;
                self.ready.push_back(Chunk::new(passage, speech, &model.config().vocab, start));
            }
            return Ok(true);
        }
    }

    /// Submits the durations of the next passages with something to speak, at most `count`.
    fn begin(&mut self, count: usize) -> Result<()> {
        let model = self.synthesizer.model().clone();
        let vocabulary = &model.config().vocab;
        let mut passages = Vec::new();
        while passages.len() < count {
            let passage = match (self.queue.pop_front(), self.read_error.take()) {
                (Some(passage), error) => {
                    self.read_error = error;
                    passage
                }
                // Passages before the error are spoken first.
                (None, Some(error)) if !passages.is_empty() => {
                    self.read_error = Some(error);
                    break;
                }
                (None, Some(error)) => return Err(error),
                (None, None) => match self.script.next() {
                    Some(Ok(passage)) => passage,
                    Some(Err(error)) if passages.is_empty() => return Err(error.into()),
                    Some(Err(error)) => {
                        self.read_error = Some(error.into());
                        break;
                    }
                    None => break,
                },
            };
            if !passage.is_spoken(vocabulary) {
                self.unspoken += &passage.text;
                continue;
            }
            let text = std::mem::take(&mut self.unspoken) + &passage.text;
            passages.push(TextChunk { text, ..passage });
            if self.script.is_live() {
                break;
            }
        }
        if passages.is_empty() {
            return Ok(());
        }
        let (speed, noise_seed) = (self.speed, self.noise_seed);
        let utterance = |passage: &TextChunk| {
            let spoken = Utterance::in_vocabulary(vocabulary, &passage.phonemes(), self.voice);
            Utterance { speed, noise_seed, ..spoken }
        };
        let utterances: Vec<Utterance> = passages.iter().map(utterance).collect();
        match self.synthesizer.begin(&utterances) {
            Ok(durations) => {
                self.pending = Some((passages, durations));
                Ok(())
            }
            Err(error) => {
                self.put_back(passages);
                Err(error)
            }
        }
    }

    /// Puts passages at the front of the queue, followed by the silent text after them.
    fn put_back(&mut self, passages: Vec<TextChunk>) {
        let text = std::mem::take(&mut self.unspoken);
        let silent = (!text.is_empty()).then(|| TextChunk { text, tokens: Vec::new() });
        for passage in passages.into_iter().chain(silent).rev() {
            self.queue.push_front(passage);
        }
    }

    /// Retries passages of which one was too long: one at a time, or a single one in two halves.
    fn shorten(&mut self, passages: Vec<TextChunk>, error: Error) -> Result<()> {
        match <[TextChunk; 1]>::try_from(passages) {
            Ok([passage]) => {
                let (first, second) = passage.halves().ok_or(error)?;
                self.put_back(vec![first, second]);
                self.begin(1)
            }
            Err(passages) => {
                if matches!(error, Error::OutOfMemory { .. }) {
                    self.batch_size = 1;
                }
                self.put_back(passages);
                self.begin(1)
            }
        }
    }
}
