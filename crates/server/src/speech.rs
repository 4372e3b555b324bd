//! From a client's text to its audio: read sentence by sentence, spoken by the worker, returned in order.

mod reading;
mod sounds;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as std_mpsc};
use std::time::Duration;

use kokoro_wgpu::Utterance;
use kokoro_wgpu::text::Language;
use kokoro_wgpu::text::phonemes::Vocabulary;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

pub use self::sounds::Sounds;
use crate::captions::Caption;
use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::options::Limits;
use crate::patience::Patience;
use crate::readers::Readers;
use crate::voices::Voices;
use crate::worker::{Failure, Job, Spoken};

/// Sentences of a request that are read ahead: waiting, being spoken, or spoken and not yet sent.
const WINDOW: usize = 16;
/// How long a driver may take to compile all kernels, beyond the time of a request.
const WARM_UP: Duration = Duration::from_secs(3_600);

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
        Ok(Sounds::new(pieces, place, self.limits.time, patience))
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
        sounds.add_time(WARM_UP);
        while sounds.next().await?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests;
