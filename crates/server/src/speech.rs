//! From a client's text to its audio: read sentence by sentence, spoken by the worker, returned in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as std_mpsc};
use std::time::Duration;

use kokoro_wgpu::Utterance;
use kokoro_wgpu::text::markup::{self, Prosody, Segment};
use kokoro_wgpu::text::phonemes::Vocabulary;
use kokoro_wgpu::text::sentences::{Limits as SentenceLimits, SentenceSplitter};
use kokoro_wgpu::text::{Chunking, Language, Phonemes, TextChunk, TextStream, ssml};
use kokoro_wgpu::timestamps::{SAMPLE_RATE, Timestamps};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use crate::captions::{Caption, captions};
use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::patience::Patience;
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
/// Characters of text that are turned into phonemes at once.
const BLOCK: usize = 2_000;
/// Samples of silence that are made at once.
const SILENCE: usize = 10 * SAMPLE_RATE as usize;

/// What all requests share.
pub struct Speaker {
    pub voices: Voices,
    pub vocabulary: Vocabulary,
    pub metrics: Arc<Metrics>,
    pub limits: Limits,
    jobs: std_mpsc::Sender<Job>,
    readers: Readers,
    admission: Arc<Semaphore>,
    /// How many requests each client has in progress.
    clients: Mutex<HashMap<u64, usize>>,
    requests: AtomicU64,
}

/// Who asks: clients take turns, and none may hold all places.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub id: u64,
    /// Whether there may be many behind it.
    pub is_shared: bool,
    /// What ends its connection if it reads too slowly.
    pub patience: Patience,
}

/// A place among the requests in progress, until it is dropped.
pub struct Place {
    speaker: Arc<Speaker>,
    client: u64,
    _admitted: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut clients = self.speaker.clients();
        if let Some(requests) = clients.get_mut(&self.client) {
            *requests -= 1;
            if *requests == 0 {
                clients.remove(&self.client);
            }
        }
        self.speaker.metrics.requests_active.dec();
    }
}

/// What a client wants to hear.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub client: Client,
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
    /// Words and punctuation with their times in the whole audio.
    pub captions: Vec<Caption>,
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
    /// Number of samples so far.
    samples: u64,
    started: Instant,
    /// For how much longer the server may make the client wait.
    time: Duration,
    patience: Patience,
    /// Since when the server waits for the client.
    handed_over: Option<Instant>,
    /// For how long the client has made the server wait.
    waited: Duration,
    ended: bool,
    place: Place,
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
        let clients = Mutex::default();
        Self { voices, vocabulary, metrics, limits, jobs, readers, admission, clients, requests: AtomicU64::new(0) }
    }

    /// Starts to speak. Text is read on a thread of its own, at most `WINDOW` sentences ahead of the client.
    ///
    /// # Errors
    /// If the request is invalid, or too many are in progress.
    pub fn start(self: &Arc<Self>, request: Request) -> Result<Sounds, ApiError> {
        self.check(&request)?;
        let place = self.admit(&request.client)?;
        // Slow speech has more samples.
        let window = (WINDOW as f32 * request.speed.min(1.0)).ceil() as usize;
        let (sender, pieces) = mpsc::channel(window);
        let (speaker, patience) = (self.clone(), request.client.patience.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = speaker.read(&request, &sender) {
                let _ = sender.blocking_send(Err(error)); // nobody waits for it any more
            }
        });
        Ok(Sounds {
            pieces,
            samples: 0,
            started: Instant::now(),
            time: self.limits.time,
            patience,
            handed_over: None,
            waited: Duration::ZERO,
            ended: false,
            place,
        })
    }

    /// Takes a place among the requests in progress.
    ///
    /// # Errors
    /// If there is none, or the client has its share.
    pub fn admit(self: &Arc<Self>, client: &Client) -> Result<Place, ApiError> {
        let refused = |error: fn(&Limits, u64) -> ApiError| {
            self.metrics.rejected.inc();
            error(&self.limits, self.metrics.retry_after())
        };
        let mut clients = self.clients();
        let requests = clients.get(&client.id).copied().unwrap_or_default();
        if !client.is_shared && requests >= self.limits.client_requests {
            return Err(refused(|limits, seconds| ApiError::too_many_of_one(limits.client_requests, seconds)));
        }
        let admitted = self.admission.clone().try_acquire_owned();
        let admitted = admitted.map_err(|_| refused(|_, seconds| ApiError::too_many(seconds)))?;
        clients.insert(client.id, requests + 1);
        self.metrics.requests_active.inc();
        Ok(Place { speaker: self.clone(), client: client.id, _admitted: admitted })
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<u64, usize>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
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
        sounds.time += WARM_UP;
        while sounds.next().await?.is_some() {}
        Ok(())
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

impl Sounds {
    /// The next part, or `None` at the end. Waits for the worker, until the request's time is over. From then to the next call
    /// the server waits for the client.
    ///
    /// # Errors
    /// The first failure; after it there is nothing more.
    pub async fn next(&mut self) -> Result<Option<Sound>, ApiError> {
        self.stop_waiting();
        if self.ended {
            return Ok(None);
        }
        let seconds = self.place.speaker.limits.time.as_secs();
        let asked = Instant::now();
        let next = tokio::time::timeout(self.time, self.next_part()).await;
        self.time = self.time.saturating_sub(asked.elapsed());
        let next = next.unwrap_or_else(|_| Err(ApiError::timed_out(seconds)));
        if !matches!(next, Ok(Some(_))) {
            self.ended = true;
            self.pieces.close();
        }
        self.wait_for_client();
        next
    }

    /// Waits for a client that reads: at half the pace of playback it is fast enough, and a player may pause for a while.
    fn wait_for_client(&mut self) {
        let now = Instant::now();
        self.handed_over = Some(now);
        let audio = Duration::from_secs_f64(self.samples as f64 / f64::from(SAMPLE_RATE));
        let allowed = 2 * audio + self.place.speaker.limits.stall;
        self.patience.until(now + allowed.saturating_sub(self.waited));
    }

    fn stop_waiting(&mut self) {
        if let Some(since) = self.handed_over.take() {
            self.waited += since.elapsed();
            self.patience.end();
        }
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
        let vocabulary = &self.place.speaker.vocabulary;
        let mut sound = Sound::default();
        for Spoken { text_chunk, audio } in spoken {
            let timestamps = Timestamps::of_chunk(vocabulary, &text_chunk, &audio.durations, self.samples);
            self.samples += audio.samples.len() as u64;
            sound.captions.extend(captions(&text_chunk, &timestamps, &audio.durations));
            sound.phonemes += audio.durations.len().saturating_sub(2);
            sound.samples.extend(audio.samples);
        }
        Ok(Some(sound))
    }

    /// Records how long the client waited for its first audio.
    pub fn note_first_audio(&self) {
        self.place.speaker.metrics.first_audio_seconds.observe(self.started.elapsed().as_secs_f64());
    }
}

impl Drop for Sounds {
    fn drop(&mut self) {
        self.patience.end();
        self.place.speaker.metrics.request_seconds.observe(self.started.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
