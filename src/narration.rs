//! Text of any length, spoken chunk by chunk.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::text::{Passage, Script};
use crate::timing::Timings;
use crate::{Error, Result, Speech, Synthesizer, Utterance, Voice};

/// A chunk of a narration: what was spoken at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The text, with the white space around it and any text before it that has nothing to speak: the chunks'
    /// texts joined, and [`Narration::unspoken`] after them, are the narration's.
    pub text: String,
    /// As spoken.
    pub phonemes: String,
    /// Samples and durations.
    pub speech: Speech,
    /// The first sample's place in the joined audio.
    pub start: u64,
    /// When its phonemes and words are spoken, in the joined audio.
    pub timings: Timings,
}

/// Speaks a [`Script`] chunk by chunk: await [`Narration::next_chunk`] on any executor, or iterate and block. No more
/// is held than the chunk that is spoken and the text of the next. Dropping it stops before the next chunk.
///
/// Every chunk starts with the same noise seed, so that a sentence sounds the same wherever it stands.
#[derive(Debug)]
pub struct Narration<'a> {
    synthesizer: &'a mut Synthesizer,
    voice: &'a Voice,
    script: Script<'a>,
    speed: f32,
    noise_seed: u32,
    /// Parts of a passage that was too long for the device.
    waiting: VecDeque<Passage>,
    skipped: String,
    samples: u64,
    /// Found while the chunk before was spoken.
    failed: Option<Error>,
    ended: bool,
}

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
            waiting: VecDeque::new(),
            skipped: String::new(),
            samples: 0,
            failed: None,
            ended: false,
        }
    }
}

impl Narration<'_> {
    /// Speed, 0.25 to 4: 2 is twice as fast.
    #[must_use]
    pub fn speed(self, speed: f32) -> Self {
        Self { speed, ..self }
    }

    /// Seed of the noise.
    #[must_use]
    pub fn noise_seed(self, noise_seed: u32) -> Self {
        Self { noise_seed, ..self }
    }

    /// Samples that the joined audio already holds: the first chunk starts there.
    #[must_use]
    pub fn after(self, samples: u64) -> Self {
        Self { samples, ..self }
    }

    /// Text since the last chunk that has nothing to speak.
    pub fn unspoken(&self) -> &str {
        &self.skipped
    }

    /// The next chunk, or `None` after the last. The text of the chunk after it is read and made phonemes while the
    /// GPU works. After an error there is nothing more.
    ///
    /// # Errors
    /// What reading the text, the G2P or [`Synthesizer::synthesize`] fails with; [`Error::TooLong`] only for a single
    /// word.
    pub async fn next_chunk(&mut self) -> Option<Result<Chunk>> {
        if self.ended {
            return None;
        }
        let chunk = self.speak_next().await.transpose();
        self.ended = !matches!(chunk, Some(Ok(_)));
        chunk
    }

    /// The next chunk that has something to speak.
    async fn speak_next(&mut self) -> Result<Option<Chunk>> {
        let model = self.synthesizer.model().clone();
        loop {
            let passage = match (self.waiting.pop_front(), self.failed.take()) {
                (Some(part), failed) => {
                    self.failed = failed;
                    Some(part)
                }
                (None, Some(error)) => return Err(error),
                (None, None) => self.script.next().transpose()?,
            };
            let Some(passage) = passage else { return Ok(None) };
            let vocabulary = &model.config().vocab;
            if !passage.is_spoken(vocabulary) {
                self.skipped += &passage.text;
                continue;
            }
            let phonemes = passage.phonemes();
            let utterance = Utterance {
                speed: self.speed,
                noise_seed: self.noise_seed,
                ..Utterance::in_vocabulary(vocabulary, &phonemes, self.voice)
            };
            let speech = {
                let mut spoken = pin!(self.synthesizer.synthesize(&utterance));
                // The first poll hands the work to the GPU.
                match poll_fn(|task| Poll::Ready(spoken.as_mut().poll(task))).await {
                    Poll::Ready(speech) => speech,
                    Poll::Pending => {
                        self.failed = self.failed.take().or_else(|| self.script.look_ahead().err());
                        spoken.await
                    }
                }
            };
            match speech {
                Ok(speech) => {
                    let start = self.samples;
                    self.samples += speech.samples.len() as u64;
                    let timings = Timings::in_vocabulary(vocabulary, &passage.tokens, &speech.durations, start);
                    let text = std::mem::take(&mut self.skipped) + &passage.text;
                    return Ok(Some(Chunk { text, phonemes, speech, start, timings }));
                }
                Err(error @ Error::TooLong { .. }) => {
                    let (first, second) = passage.halves().ok_or(error)?;
                    self.waiting.push_front(second);
                    self.waiting.push_front(first);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Iterator for Narration<'_> {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Result<Chunk>> {
        pollster::block_on(self.next_chunk())
    }
}
