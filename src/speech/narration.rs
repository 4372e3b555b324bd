//! Synthesis of text of any length, chunk by chunk.

use std::collections::VecDeque;

use kokoro_text::phonemes::Vocabulary;
use kokoro_text::timing::Timings;
use kokoro_text::{Passage, Script};

use super::pipeline::PendingDurations;
use super::synthesizer::Synthesizer;
use super::utterance::{Speech, Utterance};
use crate::batch::MAX_BATCH;
use crate::error::{Error, Result};
use crate::voice::Voice;

/// A chunk of a narration, synthesized as one utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The text, including the white space around it and preceding text without anything to speak. The texts of all chunks,
    /// followed by [`Narration::unspoken`], add up to the whole text.
    pub text: String,
    /// The spoken phonemes.
    pub phonemes: String,
    /// Samples and durations.
    pub speech: Speech,
    /// Position of the first sample in the joined audio.
    pub start: u64,
    /// Times of its phonemes and words in the joined audio.
    pub timings: Timings,
}

impl Chunk {
    /// The chunk of a passage, spoken by a model with this vocabulary, that starts at sample `start`.
    pub(crate) fn new(passage: Passage, speech: Speech, vocabulary: &Vocabulary, start: u64) -> Self {
        let timings = Timings::in_vocabulary(vocabulary, &passage.tokens, &speech.durations, start);
        Self { phonemes: passage.phonemes(), text: passage.text, speech, start, timings }
    }
}

/// Speaks a [`Script`] chunk by chunk: await [`Narration::next_chunk`] on any executor, or iterate and block. It holds only
/// the chunks that are synthesized together and the text of the next ones. Dropping it stops before the next chunk.
///
/// Every chunk starts with the same noise seed, so that a sentence sounds the same at any position.
#[derive(Debug)]
pub struct Narration<'a> {
    synthesizer: &'a mut Synthesizer,
    voice: &'a Voice,
    script: Script<'a>,
    speed: f32,
    noise_seed: u32,
    /// Number of passages to synthesize at once.
    batch_size: usize,
    /// Passages that were read but not submitted: those after, and the parts of, one that was too long for the device.
    queue: VecDeque<Passage>,
    /// Passages whose durations are being computed.
    pending: Option<(Vec<Passage>, PendingDurations)>,
    /// Passages whose samples are being computed.
    current: Vec<Passage>,
    /// Finished chunks that were not returned yet.
    ready: VecDeque<Chunk>,
    /// Text since the last chunk that has nothing to speak.
    silent_text: String,
    samples: u64,
    /// An error of reading ahead, returned after the chunks before it.
    read_error: Option<Error>,
    ended: bool,
    /// A future was dropped while it held passages.
    interrupted: bool,
    reopen: Option<Reopen<'a>>,
}

/// Creates a synthesizer on a new device.
struct Reopen<'a>(Box<dyn FnMut() -> Result<Synthesizer> + Send + 'a>);

impl std::fmt::Debug for Reopen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reopen")
    }
}

/// Maximum number of devices lost one after another without a chunk in between.
const MAX_LOSSES: u32 = 3;

impl Synthesizer {
    /// Speaks a text of any length, chunk by chunk.
    ///
    /// ```no_run
    /// # use kokoro_wgpu::{Result, Synthesizer, Voice, text::{Chunking, G2p, Script}};
    /// # fn read(synthesizer: &mut Synthesizer, voice: &Voice, g2p: &dyn G2p) -> Result<()> {
    /// let book = std::io::BufReader::new(std::fs::File::open("book.txt").unwrap());
    /// let script = Script::read(book, "book.txt", g2p, Chunking::default());
    /// for chunk in synthesizer.narrate(script, voice).speed(1.1) {
    ///     let chunk = chunk?;
    ///     println!("{} samples of {:?}", chunk.speech.samples.len(), chunk.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn narrate<'a>(&'a mut self, script: Script<'a>, voice: &'a Voice) -> Narration<'a> {
        Narration {
            synthesizer: self,
            voice,
            script,
            speed: 1.0,
            noise_seed: 0,
            batch_size: 1,
            queue: VecDeque::new(),
            pending: None,
            current: Vec::new(),
            ready: VecDeque::new(),
            silent_text: String::new(),
            samples: 0,
            read_error: None,
            ended: false,
            interrupted: false,
            reopen: None,
        }
    }
}

impl<'a> Narration<'a> {
    /// Sets the speed, 0.25 to 4: 2 is twice as fast.
    #[must_use]
    pub fn speed(self, speed: f32) -> Self {
        Self { speed, ..self }
    }

    /// Sets the seed of the harmonic source's noise.
    #[must_use]
    pub fn noise_seed(self, noise_seed: u32) -> Self {
        Self { noise_seed, ..self }
    }

    /// Synthesizes up to so many passages at once, at most 16. On a large GPU this gives more audio per second, but the first
    /// chunk arrives only with the last of its batch. The samples stay the same. A [`Script::live`] script is always
    /// synthesized one by one.
    #[must_use]
    pub fn batch(self, passages: usize) -> Self {
        Self { batch_size: passages.clamp(1, MAX_BATCH), ..self }
    }

    /// Sets the number of samples already in the joined audio, where the first chunk starts.
    #[must_use]
    pub fn after(self, samples: u64) -> Self {
        Self { samples, ..self }
    }

    /// Continues after a lost device with the synthesizer that `reopen` returns, usually on a new device. The chunks stay the
    /// same: synthesis restarts with the interrupted passage. Without this, or after three losses in a row, a lost device is
    /// an error.
    #[must_use]
    pub fn on_device_lost(self, reopen: impl FnMut() -> Result<Synthesizer> + Send + 'a) -> Self {
        Self { reopen: Some(Reopen(Box::new(reopen))), ..self }
    }

    /// Text since the last chunk that has nothing to speak.
    pub fn unspoken(&self) -> &str {
        &self.silent_text
    }

    /// The next chunk, or `None` after the last one or after an error. While the GPU computes its samples, the next text is
    /// read and its durations are submitted.
    ///
    /// Dropping the future ends the narration: the next call is an error, because text would be missing.
    ///
    /// # Errors
    /// Errors of reading the text, of the G2P, and of [`Synthesizer::synthesize`]; [`Error::TooLong`] only for a single
    /// word.
    pub async fn next_chunk(&mut self) -> Option<Result<Chunk>> {
        if let Some(chunk) = self.ready.pop_front() {
            return Some(Ok(chunk));
        }
        if self.ended {
            return None;
        }
        if self.interrupted {
            self.ended = true;
            let reason = "the future of a chunk was dropped, and its text with it".to_owned();
            return Some(Err(Error::Argument { name: "narration", reason }));
        }
        self.interrupted = true; // stays set if the future is dropped in the next line
        let spoken = self.speak_next().await;
        self.interrupted = false;
        self.ended = !matches!(spoken, Ok(true));
        match spoken {
            Ok(_) => self.ready.pop_front().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// Synthesizes the next batch, on a new device if necessary. Returns `false` after the last.
    async fn speak_next(&mut self) -> Result<bool> {
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
                Err(error @ (Error::TooLong { .. } | Error::OutOfMemory { .. })) => {
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
                self.silent_text += &passage.text;
                continue;
            }
            let text = std::mem::take(&mut self.silent_text) + &passage.text;
            passages.push(Passage { text, ..passage });
            if self.script.is_live() {
                break;
            }
        }
        if passages.is_empty() {
            return Ok(());
        }
        let (speed, noise_seed) = (self.speed, self.noise_seed);
        let utterance = |passage: &Passage| {
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
    fn put_back(&mut self, passages: Vec<Passage>) {
        let text = std::mem::take(&mut self.silent_text);
        let silent = (!text.is_empty()).then(|| Passage { text, tokens: Vec::new() });
        for passage in passages.into_iter().chain(silent).rev() {
            self.queue.push_front(passage);
        }
    }

    /// Retries passages of which one was too long: one at a time, or a single one in two halves.
    fn shorten(&mut self, passages: Vec<Passage>, error: Error) -> Result<()> {
        match <[Passage; 1]>::try_from(passages) {
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

#[cfg(feature = "stream")]
impl<'a> Narration<'a> {
    /// The chunks as a `Stream`. Dropping it stops before the next chunk.
    pub fn into_stream(self) -> impl futures_util::Stream<Item = Result<Chunk>> + 'a {
        futures_util::stream::unfold(self, async |mut narration| {
            let chunk = narration.next_chunk().await?;
            Some((chunk, narration))
        })
    }
}

impl Iterator for Narration<'_> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Result<Chunk>> {
        pollster::block_on(self.next_chunk())
    }
}
