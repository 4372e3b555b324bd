//! The batches of a narration: text chunks are read, submitted, and retried when they do not fit or the device is lost.

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
            let pending = self.pending.take().map(|(text_chunks, _)| text_chunks);
            let text_chunks = std::mem::take(&mut self.current).into_iter().chain(pending.unwrap_or_default());
            self.put_back(text_chunks.collect());
        }
    }

    async fn speak_batch(&mut self) -> Result<bool> {
        let model = self.synthesizer.model().clone();
        loop {
            if self.pending.is_none() {
                match self.begin(self.batch_size) {
                    // One text chunk at a time may fit.
                    Err(Error::OutOfMemory { .. }) if self.batch_size > 1 => {
                        self.batch_size = 1;
                        self.begin(1)?;
                    }
                    submitted => submitted?,
                }
            }
            let Some((text_chunks, durations)) = self.pending.take() else { return Ok(false) };
            self.current = text_chunks;
            let samples = match self.synthesizer.decode(durations).await {
                Ok(samples) => samples,
                Err(error) if error.is_too_long() => {
                    let text_chunks = std::mem::take(&mut self.current);
                    self.shorten(text_chunks, error)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !self.text_stream.is_live() && self.read_error.is_none() {
                match self.begin(self.batch_size) {
                    // Text chunks that were read but could not be submitted are retried by the next call.
                    Err(error) if self.queue.is_empty() => self.read_error = Some(error),
                    _ => {}
                }
            }
            let spoken = self.synthesizer.finish(samples).await?;
            for (text_chunk, speech) in std::mem::take(&mut self.current).into_iter().zip(spoken) {
                let start = self.samples;
                self.samples += speech.samples.len() as u64;
                self.ready.push_back(Chunk::new(text_chunk, speech, &model.config().vocab, start));
            }
            return Ok(true);
        }
    }

    /// Submits the durations of the next text chunks with something to speak, at most `count`.
    fn begin(&mut self, count: usize) -> Result<()> {
        let model = self.synthesizer.model().clone();
        let vocabulary = &model.config().vocab;
        let mut text_chunks = Vec::new();
        while text_chunks.len() < count {
            let text_chunk = match (self.queue.pop_front(), self.read_error.take()) {
                (Some(text_chunk), error) => {
                    self.read_error = error;
                    text_chunk
                }
                // Text chunks before the error are spoken first.
                (None, Some(error)) if !text_chunks.is_empty() => {
                    self.read_error = Some(error);
                    break;
                }
                (None, Some(error)) => return Err(error),
                (None, None) => match self.text_stream.next() {
                    Some(Ok(text_chunk)) => text_chunk,
                    Some(Err(error)) if text_chunks.is_empty() => return Err(error.into()),
                    Some(Err(error)) => {
                        self.read_error = Some(error.into());
                        break;
                    }
                    None => break,
                },
            };
            if !text_chunk.is_spoken(vocabulary) {
                self.unspoken += &text_chunk.text;
                continue;
            }
            let text = std::mem::take(&mut self.unspoken) + &text_chunk.text;
            text_chunks.push(TextChunk { text, ..text_chunk });
            if self.text_stream.is_live() {
                break;
            }
        }
        if text_chunks.is_empty() {
            return Ok(());
        }
        let (speed, noise_seed) = (self.speed, self.noise_seed);
        let utterance = |text_chunk: &TextChunk| {
            let spoken = Utterance::in_vocabulary(vocabulary, &text_chunk.phonemes(), self.voice);
            Utterance { speed, noise_seed, ..spoken }
        };
        let utterances: Vec<Utterance> = text_chunks.iter().map(utterance).collect();
        match self.synthesizer.begin(&utterances) {
            Ok(durations) => {
                self.pending = Some((text_chunks, durations));
                Ok(())
            }
            Err(error) => {
                self.put_back(text_chunks);
                Err(error)
            }
        }
    }

    /// Puts text chunks at the front of the queue, followed by the silent text after them.
    fn put_back(&mut self, text_chunks: Vec<TextChunk>) {
        let text = std::mem::take(&mut self.unspoken);
        let silent = (!text.is_empty()).then(|| TextChunk { text, tokens: Vec::new() });
        for text_chunk in text_chunks.into_iter().chain(silent).rev() {
            self.queue.push_front(text_chunk);
        }
    }

    /// Retries text chunks of which one was too long: one at a time, or a single one in two halves.
    fn shorten(&mut self, text_chunks: Vec<TextChunk>, error: Error) -> Result<()> {
        match <[TextChunk; 1]>::try_from(text_chunks) {
            Ok([text_chunk]) => {
                let halves = text_chunk.halves(&self.synthesizer.model().config().vocab).ok_or(error)?;
                self.put_back(halves);
                self.begin(1)
            }
            Err(text_chunks) => {
                if matches!(error, Error::OutOfMemory { .. }) {
                    self.batch_size = 1;
                }
                self.put_back(text_chunks);
                self.begin(1)
            }
        }
    }
}
