//! The audio of a request, and how long each side waits for the other.

use std::time::Duration;

use kokoro_wgpu::timestamps::{SAMPLE_RATE, Timestamps};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Piece, Place, Sound};
use crate::captions::captions;
use crate::error::ApiError;
use crate::patience::Patience;
use crate::worker::Spoken;

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

impl Sounds {
    /// What the reader of a text hands on, which may make the client wait for this long in all.
    pub(super) fn new(
        pieces: mpsc::Receiver<Result<Piece, ApiError>>,
        place: Place,
        time: Duration,
        patience: Patience,
    ) -> Self {
        let (started, handed_over, waited) = (Instant::now(), None, Duration::ZERO);
        Self { pieces, samples: 0, started, time, patience, handed_over, waited, ended: false, place }
    }

    /// Allows more time.
    pub(super) fn add_time(&mut self, time: Duration) {
        self.time += time;
    }

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
