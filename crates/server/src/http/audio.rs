//! Encoded audio as the body of an answer.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use kokoro_wgpu::timestamps::WordTimestamp;

use crate::encode::{AudioWriter, Format};
use crate::error::ApiError;
use crate::speech::{Sound, Sounds};

/// The encoded audio of a request, part by part.
pub struct EncodedAudio {
    sounds: Sounds,
    /// `None` after the end.
    writer: Option<AudioWriter>,
    volume: f32,
    /// A part that was made before the answer began.
    first: Option<Part>,
    phonemes: usize,
    samples: usize,
}

/// Encoded audio, and the words that are spoken about then.
#[derive(Default)]
pub struct Part {
    pub bytes: Vec<u8>,
    pub words: Vec<WordTimestamp>,
}

impl EncodedAudio {
    /// Waits for the first audio, so that a failure before it has a status of its own.
    pub async fn begin(sounds: Sounds, writer: AudioWriter, volume: f32) -> Result<Self, ApiError> {
        let mut audio = Self { sounds, writer: Some(writer), volume, first: None, phonemes: 0, samples: 0 };
        while audio.phonemes == 0
            && let Some(part) = audio.make_part().await?
        {
            let first = audio.first.get_or_insert_default();
            first.bytes.extend(part.bytes);
            first.words.extend(part.words);
        }
        audio.sounds.note_first_audio();
        Ok(audio)
    }

    /// The next part; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Part>, ApiError> {
        match self.first.take() {
            Some(part) => Ok(Some(part)),
            None => self.make_part().await,
        }
    }

    async fn make_part(&mut self) -> Result<Option<Part>, ApiError> {
        // Taken, so that nothing follows an error.
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let Some(Sound { mut samples, words, phonemes }) = self.sounds.next().await? else {
            return Ok(Some(Part { bytes: writer.finish().await?, words: Vec::new() }));
        };
        if self.volume != 1.0 {
            samples.iter_mut().for_each(|sample| *sample *= self.volume);
        }
        self.phonemes += phonemes;
        self.samples += samples.len();
        let (writer, bytes) = writer.push(samples).await?;
        self.writer = Some(writer);
        Ok(Some(Part { bytes, words }))
    }

    /// All that is left, at once.
    pub async fn collect(mut self) -> Result<Part, ApiError> {
        let mut all = Part::default();
        while let Some(part) = self.next().await? {
            all.bytes.extend(part.bytes);
            all.words.extend(part.words);
        }
        Ok(all)
    }

    /// Number of phonemes so far.
    pub fn phonemes(&self) -> usize {
        self.phonemes
    }

    /// Number of samples so far.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// A body that ends early if speaking fails: the client sees a broken transfer, not a shorter text.
    pub fn into_body(self) -> Body {
        let parts = stream::try_unfold(self, async |mut audio| {
            let part = audio.next().await.map_err(broken)?;
            Ok::<_, io::Error>(part.map(|part| (Bytes::from(part.bytes), audio)))
        });
        Body::from_stream(without_empty(parts))
    }
}

/// The error that breaks a transfer.
pub fn broken(error: ApiError) -> io::Error {
    log::warn!("an answer was broken off: {}", error.message);
    io::Error::other(error.message)
}

/// A chunked body ends at an empty chunk, so there must be none.
fn without_empty(parts: impl Stream<Item = io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> {
    use futures_util::StreamExt;
    parts.filter(|part| std::future::ready(!part.as_ref().is_ok_and(Bytes::is_empty)))
}

/// The answer with such a body.
pub fn answer(content_type: &'static str, format: Format, body: Body) -> Response {
    let name = format!("attachment; filename=speech.{}", format.extension());
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, name.as_str()),
        (header::CACHE_CONTROL, "no-cache"),
        // Proxies that buffer answers would delay the first sentence.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, body).into_response()
}
