//! The reader of a request's text: it submits sentences to the worker, or returns their phonemes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kokoro_wgpu::Utterance;
use kokoro_wgpu::text::markup::{self, Prosody, Segment};
use kokoro_wgpu::text::sentences::{Limits as SentenceLimits, SentenceSplitter};
use kokoro_wgpu::text::{Chunking, Language, Phonemes, TextChunk, TextStream, ssml};
use kokoro_wgpu::timestamps::SAMPLE_RATE;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Client, Piece, Request, Speaker, Text};
use crate::error::ApiError;
use crate::schedule::Origin;
use crate::voices::Chosen;
use crate::worker::Job;

/// Seconds of all pauses of a text: silence costs a client a few characters, and the server as much memory as speech.
const LONGEST_SILENCE: f32 = 600.0;
/// Characters of text that are turned into phonemes at once.
const BLOCK: usize = 2_000;
/// Samples of silence that are made at once.
const SILENCE: usize = 10 * SAMPLE_RATE as usize;

impl Speaker {
    /// Reads the text and submits its sentences until the client has gone. Blocks while the client is behind.
    pub(super) fn read(&self, request: &Request, out: &mpsc::Sender<Result<Piece, ApiError>>) -> Result<(), ApiError> {
        let chosen = self.voices.choose(request.voice.as_deref().unwrap_or(self.voices.default_name()))?;
        let origin = Origin { client: request.client.id, request: self.requests.fetch_add(1, Ordering::Relaxed) };
        let submit = |text_chunk: TextChunk, chosen: &Chosen, speed: f32| {
            let (reply, spoken) = oneshot::channel();
            if out.blocking_send(Ok(Piece::Speech(spoken))).is_err() {
                return Ok(false);
            }
            let speed = speed.clamp(*Utterance::SPEEDS.start(), *Utterance::SPEEDS.end());
            let job = Job { origin, text_chunk, voice: chosen.voice.clone(), speed, noise_seed: 0, reply };
            self.jobs.send(job).map(|()| true).map_err(|_| ApiError::unavailable("the server is stopping"))
        };
        let text = match &request.text {
            Text::Written(text) => text,
            Text::Phonemes(phonemes) => {
                let stream = TextStream::new([phonemes.trim()], &Phonemes, Chunking::Published);
                let spoken = self.submit_all(stream, |text_chunk| submit(text_chunk, &chosen, request.speed))?;
                return if spoken { Ok(()) } else { Err(nothing("phonemes", "is in the model's alphabet")) };
            }
        };
        let language = self.language(request, &chosen)?;
        let segments = if ssml::is_ssml(text) { ssml::parse(text, language)? } else { markup::parse(text) };
        let pauses: f32 = segments
            .iter()
            .map(|segment| if let Segment::Silence { seconds } = segment { *seconds } else { 0.0 })
            .sum();
        if pauses > LONGEST_SILENCE {
            let message = format!("the pauses add up to {pauses:.0} s, at most {LONGEST_SILENCE} are allowed");
            return Err(ApiError::invalid(message).param("input"));
        }
        let mut any_spoken = false;
        for segment in segments {
            match segment {
                Segment::Silence { seconds } => {
                    let mut rest = (seconds * SAMPLE_RATE as f32).round() as usize;
                    while rest > 0 {
                        let samples = rest.min(SILENCE);
                        rest -= samples;
                        if out.blocking_send(Ok(Piece::Silence(samples))).is_err() {
                            return Ok(());
                        }
                    }
                }
                Segment::Text { text, prosody: Prosody { rate, voice, .. }, .. } => {
                    let own = voice.map(|name| self.voices.choose(&name)).transpose()?;
                    let chosen = own.as_ref().unwrap_or(&chosen);
                    let reader = self.readers.get(self.language(request, chosen)?, &self.vocabulary)?;
                    let stream = TextStream::new([text], &*reader, Chunking::default());
                    any_spoken |=
                        self.submit_all(stream, |text_chunk| submit(text_chunk, chosen, request.speed * rate))?;
                }
                _ => {}
            }
        }
        if any_spoken || out.is_closed() { Ok(()) } else { Err(nothing("input", "can be spoken")) }
    }

    /// Submits the text chunks that have something to speak; returns whether there are any. `submit` returns `false` once the
    /// client has gone.
    fn submit_all(
        &self,
        stream: TextStream<'_>,
        mut submit: impl FnMut(TextChunk) -> Result<bool, ApiError>,
    ) -> Result<bool, ApiError> {
        let mut any = false;
        for text_chunk in stream {
            let text_chunk = text_chunk?;
            if text_chunk.is_spoken(&self.vocabulary) {
                any = true;
                if !submit(text_chunk)? {
                    break;
                }
            }
        }
        Ok(any)
    }

    fn language(&self, request: &Request, chosen: &Chosen) -> Result<Language, ApiError> {
        Ok(request.language.map_or_else(|| Language::of_voice(&chosen.name), Ok)?)
    }

    /// The phonemes of a text.
    ///
    /// # Errors
    /// If the text is empty, too long or cannot be spoken, too many requests are in progress, or it takes too long.
    pub async fn phonemize(
        self: &Arc<Self>,
        client: &Client,
        text: String,
        language: Language,
    ) -> Result<String, ApiError> {
        self.check_text(&text, "text")?;
        let place = self.admit(client)?;
        let (speaker, deadline) = (self.clone(), Instant::now() + self.limits.time);
        let (sender, phonemes) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let read = speaker.read_phonemes(&text, language, deadline, || sender.is_closed());
            let _ = sender.send(read); // nobody waits for it any more
            drop(place);
        });
        phonemes.await.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())))
    }

    /// Reads sentence by sentence, until it is cancelled. Blocks.
    fn read_phonemes(
        &self,
        text: &str,
        language: Language,
        deadline: Instant,
        is_cancelled: impl Fn() -> bool,
    ) -> Result<String, ApiError> {
        let reader = self.readers.get(language, &self.vocabulary)?;
        let mut splitter = SentenceSplitter::new(limits());
        splitter.push(text);
        let mut phonemes: Vec<String> = Vec::new();
        while let Some(sentences) = splitter.next(true)
            && !is_cancelled()
        {
            if Instant::now() > deadline {
                return Err(ApiError::timed_out(self.limits.time.as_secs()));
            }
            phonemes.push(reader.phonemize(&sentences)?.trim().to_owned());
        }
        Ok(phonemes.join(" "))
    }
}

/// Blocks of which none takes long to read, and hardly any ends within a sentence.
fn limits() -> SentenceLimits {
    let mut limits = SentenceLimits::default();
    (limits.first, limits.merged, limits.max) = (BLOCK, BLOCK, BLOCK);
    limits
}

/// The error for a text without anything to speak.
fn nothing(param: &'static str, predicate: &str) -> ApiError {
    ApiError::invalid(format!("nothing in {param} {predicate}")).param(param)
}
