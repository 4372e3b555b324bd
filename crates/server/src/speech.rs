//! From a client's text to its audio: read sentence by sentence, spoken by the worker, returned in order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use kokoro_wgpu::Utterance;
use kokoro_wgpu::text::markup::{self, Prosody, Segment};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::{Chunking, Language, Phonemes, TextChunk, TextStream, ssml};
use kokoro_wgpu::timestamps::{SAMPLE_RATE, Timestamps, WordTimestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::readers::Readers;
use crate::schedule::Origin;
use crate::voices::{Chosen, Voices};
use crate::worker::{Failure, Job, Spoken};

/// Sentences of a request that are read ahead: waiting, being spoken, or spoken and not yet sent.
const WINDOW: usize = 16;
/// How long a driver may take to compile all kernels, beyond the time of a request.
const WARM_UP: Duration = Duration::from_secs(3_600);
/// Seconds of all pauses of a text: silence costs a client a few characters, and the server as much memory as speech.
const LONGEST_SILENCE: f32 = 600.0;

/// What all requests share.
pub struct Speaker {
    pub voices: Voices,
    pub vocabulary: Vocabulary,
    pub metrics: Arc<Metrics>,
    limits: Limits,
    jobs: std_mpsc::Sender<Job>,
    readers: Readers,
    admission: Arc<Semaphore>,
    requests: AtomicU64,
}

/// What a client wants to hear.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Who asks: clients take turns.
    pub client: u64,
    pub text: Text,
    /// A name or a blend; the default voice if `None`.
    pub voice: Option<String>,
    /// In place of the voice's language.
    pub language: Option<Language>,
    pub speed: f32,
}

#[derive(Clone, Debug)]
pub enum Text {
    /// Plain text, in which `[pause:1s]` is a pause, or SSML.
    Written(String),
    Phonemes(String),
}

impl Default for Text {
    fn default() -> Self {
        Self::Written(String::new())
    }
}

/// A part of the audio, in order.
#[derive(Debug, Default)]
pub struct Sound {
    /// 24 kHz.
    pub samples: Vec<f32>,
    /// Words with their times in the whole audio.
    pub words: Vec<WordTimestamp>,
    /// Number of phonemes.
    pub phonemes: usize,
}

/// What the reader of a text hands on.
enum Piece {
    Silence(usize),
    Speech(oneshot::Receiver<Result<Vec<Spoken>, Failure>>),
}

/// The audio of a request, part by part. Dropping it cancels what was not spoken yet.
pub struct Sounds {
    pieces: mpsc::Receiver<Result<Piece, ApiError>>,
    speaker: Arc<Speaker>,
    /// Number of samples so far.
    samples: u64,
    started: Instant,
    deadline: Instant,
    ended: bool,
    _admitted: OwnedSemaphorePermit,
}

impl Speaker {
    pub fn new(
        voices: Voices,
        vocabulary: Vocabulary,
        readers: Readers,
        metrics: Arc<Metrics>,
        limits: Limits,
        jobs: std_mpsc::Sender<Job>,
    ) -> Self {
        let admission = Arc::new(Semaphore::new(limits.requests));
        Self { voices, vocabulary, metrics, limits, jobs, readers, admission, requests: AtomicU64::new(0) }
    }

    /// Starts to speak. Text is read on a thread of its own, at most `WINDOW` sentences ahead of the client.
    ///
    /// # Errors
    /// If the request is invalid, or too many are in progress.
    pub fn start(self: &Arc<Self>, request: Request) -> Result<Sounds, ApiError> {
        self.check(&request)?;
        let admitted = self.admission.clone().try_acquire_owned().map_err(|_| {
            self.metrics.rejected.inc();
            ApiError::too_many(self.metrics.retry_after())
        })?;
        self.metrics.requests_active.inc();
        let (sender, pieces) = mpsc::channel(WINDOW);
        let speaker = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = speaker.read(&request, &sender) {
                let _ = sender.blocking_send(Err(error)); // nobody waits for it any more
            }
        });
        let started = Instant::now();
        let deadline = started + self.limits.time;
        let speaker = self.clone();
        Ok(Sounds { pieces, speaker, samples: 0, started, deadline, ended: false, _admitted: admitted })
    }

    fn check(&self, request: &Request) -> Result<(), ApiError> {
        match &request.text {
            Text::Written(text) => self.check_text(text, "input")?,
            Text::Phonemes(text) => self.check_text(text, "phonemes")?,
        }
        if !Utterance::SPEEDS.contains(&request.speed) {
            let message = format!("speed is {}, expected 0.25 to 4", request.speed);
            return Err(ApiError::invalid(message).param("speed"));
        }
        Ok(())
    }

    fn check_text(&self, text: &str, name: &'static str) -> Result<(), ApiError> {
        let (characters, limit) = (text.chars().count(), self.limits.characters);
        if characters > limit {
            let message = format!("{name} has {characters} characters, at most {limit} are allowed: send it in parts");
            return Err(ApiError::too_long(message).param(name));
        }
        if text.trim().is_empty() {
            return Err(ApiError::invalid(format!("{name} is empty")).param(name));
        }
        Ok(())
    }

    /// Reads the text and submits its sentences until the client has gone. Blocks while the client is behind.
    fn read(&self, request: &Request, out: &mpsc::Sender<Result<Piece, ApiError>>) -> Result<(), ApiError> {
        let chosen = self.voices.choose(request.voice.as_deref().unwrap_or(self.voices.default_name()))?;
        let origin = Origin { client: request.client, request: self.requests.fetch_add(1, Ordering::Relaxed) };
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
                    let samples = (seconds * SAMPLE_RATE as f32).round() as usize;
                    if out.blocking_send(Ok(Piece::Silence(samples))).is_err() {
                        return Ok(());
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

    /// The phonemes of a text. Blocks.
    ///
    /// # Errors
    /// If the text is empty, too long or cannot be spoken.
    pub fn phonemize(&self, text: &str, language: Language) -> Result<String, ApiError> {
        self.check_text(text, "input")?;
        Ok(self.readers.get(language, &self.vocabulary)?.phonemize(text)?)
    }

    /// Waits until no request is in progress.
    pub async fn idle(&self) {
        let all = u32::try_from(self.limits.requests).unwrap_or(u32::MAX);
        let _ = self.admission.acquire_many(all).await; // never closed
    }

    /// Speaks one short sentence, so that the first client need not wait for plans and readers to be made.
    pub async fn warm_up(self: &Arc<Self>) -> Result<(), ApiError> {
        let mut sounds =
            self.start(Request { text: Text::Written("Ready.".to_owned()), speed: 1.0, ..Request::default() })?;
        // The limit is for clients: compiling kernels may take longer.
        sounds.deadline += WARM_UP;
        while sounds.next().await?.is_some() {}
        Ok(())
    }
}

/// The error for a text without anything to speak.
fn nothing(param: &'static str, predicate: &str) -> ApiError {
    ApiError::invalid(format!("nothing in {param} {predicate}")).param(param)
}

impl Sounds {
    /// The next part, or `None` at the end. Waits for the worker, until the request's time is over.
    ///
    /// # Errors
    /// The first failure; after it there is nothing more.
    pub async fn next(&mut self) -> Result<Option<Sound>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let seconds = self.speaker.limits.time.as_secs();
        let next = tokio::time::timeout_at(self.deadline, self.next_part()).await;
        let next = next.unwrap_or_else(|_| Err(ApiError::timed_out(seconds)));
        if !matches!(next, Ok(Some(_))) {
            self.ended = true;
            self.pieces.close();
        }
        next
    }

    async fn next_part(&mut self) -> Result<Option<Sound>, ApiError> {
        let Some(piece) = self.pieces.recv().await else { return Ok(None) };
        let receiver = match piece? {
            Piece::Silence(samples) => {
                self.samples += samples as u64;
                return Ok(Some(Sound { samples: vec![0.0; samples], ..Sound::default() }));
            }
            Piece::Speech(receiver) => receiver,
        };
        let spoken = receiver.await.map_err(|_| ApiError::unavailable("the server is stopping"))??;
        let vocabulary = &self.speaker.vocabulary;
        let mut sound = Sound::default();
        for Spoken { text_chunk, audio } in spoken {
            let timestamps = Timestamps::of_chunk(vocabulary, &text_chunk, &audio.durations, self.samples);
            self.samples += audio.samples.len() as u64;
            sound.words.extend(timestamps.words);
            sound.phonemes += audio.durations.len().saturating_sub(2);
            sound.samples.extend(audio.samples);
        }
        Ok(Some(sound))
    }

    /// Records how long the client waited for its first audio.
    pub fn note_first_audio(&self) {
        self.speaker.metrics.first_audio_seconds.observe(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Sounds {
    fn drop(&mut self) {
        self.speaker.metrics.requests_active.dec();
        self.speaker.metrics.request_seconds.observe(self.started.elapsed().as_secs_f64());
    }
}
