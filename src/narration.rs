//! Text of any length, spoken chunk by chunk.

use std::collections::VecDeque;

use crate::shape::BATCH;
use crate::speech::Begun;
use crate::text::phonemes::Vocabulary;
use crate::text::{TextChunk, TextStream};
use crate::timestamps::Timestamps;
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
    pub timestamps: Timestamps,
}

impl Chunk {
    /// A passage that a model of this vocabulary spoke, `start` samples into the joined audio.
    pub fn new(passage: TextChunk, speech: Speech, vocabulary: &Vocabulary, start: u64) -> Self {
        let timestamps = Timestamps::in_vocabulary(vocabulary, &passage.tokens, &speech.durations, start);
        Self { phonemes: passage.phonemes(), text: passage.text, speech, start, timestamps }
    }
}

/// Speaks a [`TextStream`] chunk by chunk: await [`Narration::next_chunk`] on any executor, or iterate and block. No more
/// is held than the chunks that are spoken at once and the text of the next. Dropping it stops before the next chunk.
///
/// Every chunk starts with the same noise seed, so that a sentence sounds the same wherever it stands.
#[derive(Debug)]
pub struct Narration<'a> {
    synthesizer: &'a mut Synthesizer,
    voice: &'a Voice,
    script: TextStream<'a>,
    speed: f32,
    noise_seed: u32,
    /// Text chunks spoken at once.
    batch: usize,
    /// Read, but not begun: parts of a passage that was too long for the device, and those behind it.
    waiting: VecDeque<TextChunk>,
    /// On the GPU as far as their durations.
    begun: Option<(Vec<TextChunk>, Begun)>,
    /// Being spoken.
    speaking: Vec<TextChunk>,
    /// Spoken, but not handed out.
    spoken: VecDeque<Chunk>,
    skipped: String,
    samples: u64,
    /// Found while the chunks before were spoken.
    failed: Option<Error>,
    ended: bool,
    /// A future was dropped with passages in it.
    cut: bool,
    reopen: Option<Reopen<'a>>,
}

/// Makes a synthesizer on a new device.
struct Reopen<'a>(Box<dyn FnMut() -> Result<Synthesizer> + Send + 'a>);

impl std::fmt::Debug for Reopen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reopen")
    }
}

/// Devices that may be lost without a chunk between them.
const MOST_LOSSES: u32 = 3;

impl Synthesizer {
    /// Speaks a text of any length, chunk by chunk.
    ///
    /// ```no_run
    /// # use kokoro_wgpu::{Result, Synthesizer, Voice, text::{Chunking, G2p, TextStream}};
    /// # fn read(synthesizer: &mut Synthesizer, voice: &Voice, g2p: &dyn G2p) -> Result<()> {
    /// let book = std::io::BufReader::new(std::fs::File::open("book.txt").unwrap());
    /// let script = TextStream::from_reader(book, "book.txt", g2p, Chunking::default());
    /// for chunk in synthesizer.narrate(script, voice).speed(1.1) {
    ///     let chunk = chunk?;
    ///     println!("{} samples of {:?}", chunk.speech.samples.len(), chunk.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn narrate<'a>(&'a mut self, script: TextStream<'a>, voice: &'a Voice) -> Narration<'a> {
        Narration {
            synthesizer: self,
            voice,
            script,
            speed: 1.0,
            noise_seed: 0,
            batch: 1,
            waiting: VecDeque::new(),
            begun: None,
            speaking: Vec::new(),
            spoken: VecDeque::new(),
            skipped: String::new(),
            samples: 0,
            failed: None,
            ended: false,
            cut: false,
            reopen: None,
        }
    }
}

impl<'a> Narration<'a> {
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

    /// Speaks up to so many passages at once, at most 16: more audio a second where a GPU has room for it, but the first
    /// comes with the last of them. What is said stays the same. A [`TextStream::live`] one is spoken one by one.
    #[must_use]
    pub fn batch(self, passages: usize) -> Self {
        Self { batch: passages.clamp(1, BATCH), ..self }
    }

    /// Samples that the joined audio already holds: the first chunk starts there.
    #[must_use]
    pub fn after(self, samples: u64) -> Self {
        Self { samples, ..self }
    }

    /// When the device is lost, speaks on with the synthesizer that `reopen` makes, on a new device as a rule, from the
    /// passage that was being spoken: what is handed out is what it would have been. Otherwise the loss is an error, as it is
    /// where three such devices are lost one after the other.
    #[must_use]
    pub fn or_reopen(self, reopen: impl FnMut() -> Result<Synthesizer> + Send + 'a) -> Self {
        Self { reopen: Some(Reopen(Box::new(reopen))), ..self }
    }

    /// Text since the last chunk that has nothing to speak.
    pub fn unspoken(&self) -> &str {
        &self.skipped
    }

    /// The next chunk, or `None` after the last. While the GPU decodes it, the text behind it is read, made phonemes and
    /// sent through the text side. After an error there is nothing more.
    ///
    /// Dropping the future stops the narration: the call after it is an error, since text would be missing.
    ///
    /// # Errors
    /// What reading the text, the G2P or [`Synthesizer::synthesize`] fails with; [`Error::TooLong`] only for a single
    /// word.
    pub async fn next_chunk(&mut self) -> Option<Result<Chunk>> {
        if let Some(chunk) = self.spoken.pop_front() {
            return Some(Ok(chunk));
        }
        if self.ended {
            return None;
        }
        if self.cut {
            self.ended = true;
            let reason = "a chunk was dropped before it was spoken, and its text with it".to_owned();
            return Some(Err(Error::Argument { name: "narration", reason }));
        }
        self.cut = true; // unless what follows is awaited to its end
        let spoken = self.speak_next().await;
        self.cut = false;
        self.ended = !matches!(spoken, Ok(true));
        match spoken {
            Ok(_) => self.spoken.pop_front().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// Speaks the next passages; false after the last.
    async fn speak_next(&mut self) -> Result<bool> {
        let mut losses = 0;
        loop {
            let spoken = self.speak().await;
            let is_lost = matches!(spoken, Err(Error::DeviceLost { .. }));
            let Some(Reopen(reopen)) = self.reopen.as_mut().filter(|_| is_lost && losses < MOST_LOSSES) else {
                return spoken;
            };
            losses += 1;
            *self.synthesizer = reopen()?;
            // From the first that was not spoken.
            let behind = self.begun.take().map(|(passages, _)| passages);
            let passages = std::mem::take(&mut self.speaking).into_iter().chain(behind.unwrap_or_default());
            self.put_back(passages.collect());
        }
    }

    async fn speak(&mut self) -> Result<bool> {
        let model = self.synthesizer.model().clone();
        loop {
            if self.begun.is_none() {
                match self.begin(self.batch) {
                    // One by one there may be room.
                    Err(Error::OutOfMemory { .. }) if self.batch > 1 => {
                        self.batch = 1;
                        self.begin(1)?;
                    }
                    begun => begun?,
                }
            }
            let Some((passages, begun)) = self.begun.take() else { return Ok(false) };
            self.speaking = passages;
            let decoding = match self.synthesizer.decode(begun).await {
                Ok(decoding) => decoding,
                Err(error @ (Error::TooLong { .. } | Error::OutOfMemory { .. })) => {
                    let passages = std::mem::take(&mut self.speaking);
                    self.shorten(passages, error)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !self.script.is_live() && self.failed.is_none() {
                match self.begin(self.batch) {
                    // What could be read, but not begun, is tried once more in its turn.
                    Err(error) if self.waiting.is_empty() => self.failed = Some(error),
                    _ => {}
                }
            }
            let spoken = self.synthesizer.finish(decoding).await?;
            for (passage, speech) in std::mem::take(&mut self.speaking).into_iter().zip(spoken) {
                let start = self.samples;
                self.samples += speech.samples.len() as u64;
                self.spoken.push_back(Chunk::new(passage, speech, &model.config().vocab, start));
            }
            return Ok(true);
        }
    }

    /// Sends the next passages that have something to speak, at most `count`, through the text side.
    fn begin(&mut self, count: usize) -> Result<()> {
        let model = self.synthesizer.model().clone();
        let vocabulary = &model.config().vocab;
        let mut passages = Vec::new();
        while passages.len() < count {
            let passage = match (self.waiting.pop_front(), self.failed.take()) {
                (Some(passage), failed) => {
                    self.failed = failed;
                    passage
                }
                // What was read before the failure is spoken.
                (None, failed) if failed.is_some() && !passages.is_empty() => {
                    self.failed = failed;
                    break;
                }
                (None, Some(error)) => return Err(error),
                (None, None) => match self.script.next() {
                    Some(Ok(passage)) => passage,
                    Some(Err(error)) if passages.is_empty() => return Err(error.into()),
                    Some(Err(error)) => {
                        self.failed = Some(error.into());
                        break;
                    }
                    None => break,
                },
            };
            if !passage.is_spoken(vocabulary) {
                self.skipped += &passage.text;
                continue;
            }
            let text = std::mem::take(&mut self.skipped) + &passage.text;
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
            Ok(begun) => {
                self.begun = Some((passages, begun));
                Ok(())
            }
            Err(error) => {
                self.put_back(passages);
                Err(error)
            }
        }
    }

    /// Text chunks that are to be spoken next, before what was found silent behind them.
    fn put_back(&mut self, passages: Vec<TextChunk>) {
        let text = std::mem::take(&mut self.skipped);
        let silent = (!text.is_empty()).then(|| TextChunk { text, tokens: Vec::new() });
        for passage in passages.into_iter().chain(silent).rev() {
            self.waiting.push_front(passage);
        }
    }

    /// One of the passages was too long: they are begun again one by one, and one alone in halves.
    fn shorten(&mut self, passages: Vec<TextChunk>, error: Error) -> Result<()> {
        match <[TextChunk; 1]>::try_from(passages) {
            Ok([passage]) => {
                let (first, second) = passage.halves().ok_or(error)?;
                self.put_back(vec![first, second]);
                self.begin(1)
            }
            Err(passages) => {
                if matches!(error, Error::OutOfMemory { .. }) {
                    self.batch = 1;
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
