//! Synthesis of text of any length, chunk by chunk: a [`TextStream`] yields text chunks ([`TextChunk`]: text with its phonemes);
//! with its audio, one is a [`Chunk`].

mod batches;

use std::collections::VecDeque;

use kokoro_text::phonemes::Vocabulary;
use kokoro_text::timestamps::Timestamps;
use kokoro_text::{TextChunk, TextStream};

use super::pipeline::PendingDurations;
use super::synthesizer::Synthesizer;
use super::utterance::Speech;
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
    /// Position of the first sample in the joined audio, in samples at 24 kHz.
    pub start: u64,
    /// Times of its phonemes and words in the joined audio.
    pub timestamps: Timestamps,
}

impl Chunk {
    /// A text chunk with its audio `speech`, which starts at sample `start`. `vocabulary` is that of the model.
    pub fn new(text_chunk: TextChunk, speech: Speech, vocabulary: &Vocabulary, start: u64) -> Self {
        let timestamps = Timestamps::of_chunk(vocabulary, &text_chunk, &speech.durations, start);
        Self { phonemes: text_chunk.phonemes(), text: text_chunk.text, speech, start, timestamps }
    }
}

/// Speaks a [`TextStream`] chunk by chunk: await [`Narration::next_chunk`] on any executor, or iterate and block. It holds only
/// the chunks that are synthesized together and the text of the next ones. Dropping it stops before the next chunk.
///
/// Every chunk starts with the same noise seed, so that a sentence sounds the same at any position.
#[derive(Debug)]
pub struct Narration<'a> {
    synthesizer: &'a mut Synthesizer,
    voice: &'a Voice,
    text_stream: TextStream<'a>,
    speed: f32,
    noise_seed: u32,
    /// Number of text chunks to synthesize at once.
    batch_size: usize,
    /// Text chunks that were read but must be submitted again: one was too long for the device and was split, or the device was
    /// lost or out of memory.
    queue: VecDeque<TextChunk>,
    /// Text chunks whose durations are being computed.
    pending: Option<(Vec<TextChunk>, PendingDurations)>,
    /// Text chunks whose samples are being computed.
    current: Vec<TextChunk>,
    /// Finished chunks that were not returned yet.
    ready: VecDeque<Chunk>,
    /// Text without anything to speak since the last text chunk with phonemes; the next chunk's text begins with it.
    unspoken: String,
    /// Number of samples in the joined audio so far: where the next chunk starts.
    samples: u64,
    /// An error of reading ahead, returned after the chunks before it.
    read_error: Option<Error>,
    ended: bool,
    /// Whether a future of [`next_chunk`](Self::next_chunk) is running, or was dropped with the text chunks it held.
    unfinished_call: bool,
    reopen: Option<Reopen<'a>>,
}

/// Creates a synthesizer on a new device.
struct Reopen<'a>(Box<dyn FnMut() -> Result<Synthesizer> + Send + 'a>);

impl std::fmt::Debug for Reopen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reopen")
    }
}

impl Synthesizer {
    /// Speaks a text of any length, chunk by chunk.
    ///
    /// ```no_run
    /// # use kokoro_wgpu::{Result, Synthesizer, Voice, text::{Chunking, G2p, TextStream}};
    /// # fn read(synthesizer: &mut Synthesizer, voice: &Voice, g2p: &dyn G2p) -> Result<()> {
    /// let book = std::io::BufReader::new(std::fs::File::open("book.txt").unwrap());
    /// let text_stream = TextStream::from_reader(book, "book.txt", g2p, Chunking::default());
    /// for chunk in synthesizer.narrate(text_stream, voice).speed(1.1) {
    ///     let chunk = chunk?;
    ///     println!("{} samples of {:?}", chunk.speech.samples.len(), chunk.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn narrate<'a>(&'a mut self, text_stream: TextStream<'a>, voice: &'a Voice) -> Narration<'a> {
        Narration {
            synthesizer: self,
            voice,
            text_stream,
            speed: 1.0,
            noise_seed: 0,
            batch_size: 1,
            queue: VecDeque::new(),
            pending: None,
            current: Vec::new(),
            ready: VecDeque::new(),
            unspoken: String::new(),
            samples: 0,
            read_error: None,
            ended: false,
            unfinished_call: false,
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

    /// Synthesizes up to this number of text chunks at once, 1 to 16 (default 1). On a large GPU this gives more audio per
    /// second, but the first chunk arrives only with the last of its batch. The samples stay the same. The text chunks of a
    /// [`TextStream::live`] stream are always synthesized one by one.
    #[must_use]
    pub fn batch(self, text_chunks: usize) -> Self {
        Self { batch_size: text_chunks.clamp(1, MAX_BATCH), ..self }
    }

    /// Sets the position at which the first chunk starts in the joined audio, in samples at 24 kHz.
    #[must_use]
    pub fn after(self, samples: u64) -> Self {
        Self { samples, ..self }
    }

    /// Continues after a lost device with the synthesizer that `reopen` returns, usually on a new device. The chunks stay the
    /// same: synthesis restarts with the interrupted text chunk. Without this, or after three losses in a row, a lost device is
    /// an error.
    #[must_use]
    pub fn on_device_lost(self, reopen: impl FnMut() -> Result<Synthesizer> + Send + 'a) -> Self {
        Self { reopen: Some(Reopen(Box::new(reopen))), ..self }
    }

    /// Text without anything to speak after the last text chunk that was read; at the end, the text after the last chunk.
    pub fn unspoken(&self) -> &str {
        &self.unspoken
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
        if self.unfinished_call {
            self.ended = true;
            let reason = "a future of next_chunk() was dropped before it finished; \
                          start a new narration with the text after the last chunk";
            return Some(Err(Error::argument("narration", reason.to_owned())));
        }
        self.unfinished_call = true; // stays true if the future is dropped in the next line
        let spoken = self.speak_next().await;
        self.unfinished_call = false;
        self.ended = !matches!(spoken, Ok(true));
        match spoken {
            Ok(_) => self.ready.pop_front().map(Ok),
            Err(error) => Some(Err(error)),
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
