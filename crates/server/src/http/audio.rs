//! Encoded audio as the body of an answer.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};

use crate::captions::Caption;
use crate::encode::{AudioWriter, Format};
use crate::error::ApiError;
use crate::speech::{Sound, Sounds};

/// Bytes of a whole file that are handed over at once.
const PIECE: usize = 64 << 10;

/// The encoded audio of a request, part by part.
pub struct EncodedAudio {
    sounds: Sounds,
    format: Format,
    /// `None` after the end.
    writer: Option<AudioWriter>,
    volume: f32,
    /// A part that was made before the answer began.
    first: Option<Part>,
    phonemes: usize,
    samples: usize,
}

/// Encoded audio, and the captions of about then.
#[derive(Default)]
pub struct Part {
    pub bytes: Vec<u8>,
    pub captions: Vec<Caption>,
}

impl EncodedAudio {
    /// Waits for the first audio, so that a failure before it has a status of its own.
    pub async fn begin(sounds: Sounds, format: Format, writer: AudioWriter, volume: f32) -> Result<Self, ApiError> {
        let mut audio = Self { sounds, format, writer: Some(writer), volume, first: None, phonemes: 0, samples: 0 };
        while audio.phonemes == 0
            && let Some(part) = audio.make_part().await?
        {
            let first = audio.first.get_or_insert_default();
            first.bytes.extend(part.bytes);
            first.captions.extend(part.captions);
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
        let Some(Sound { mut samples, captions, phonemes }) = self.sounds.next().await? else {
            return Ok(Some(Part { bytes: writer.finish().await?, captions: Vec::new() }));
        };
        if self.volume != 1.0 {
            samples.iter_mut().for_each(|sample| *sample *= self.volume);
        }
        self.phonemes += phonemes;
        self.samples += samples.len();
        let (writer, bytes) = writer.push(samples).await?;
        self.writer = Some(writer);
        Ok(Some(Part { bytes, captions }))
    }

    /// All that is left, at once, and the sounds, whose place is taken until the client has it.
    ///
    /// # Errors
    /// If there is more than `limit` bytes.
    pub async fn collect(mut self, limit: usize) -> Result<(Part, Sounds), ApiError> {
        let mut all = Part::default();
        while let Some(part) = self.next().await? {
            all.bytes.extend(part.bytes);
            all.captions.extend(part.captions);
            // Most encoders of whole files keep their bytes to the end.
            if all.bytes.len().max(self.format.bytes(self.samples)) > limit {
                return Err(ApiError::too_large());
            }
        }
        Ok((all, self.sounds))
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

/// The answer with a whole file. It is handed over piece by piece, so that the request is in progress until the client has
/// nearly all of it.
pub fn whole(content_type: &'static str, format: Format, bytes: Vec<u8>, sounds: Sounds) -> Response {
    let length = HeaderValue::from(bytes.len());
    let pieces = stream::unfold((Bytes::from(bytes), sounds), async |(mut rest, sounds)| {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok::<_, io::Error>(piece), (rest, sounds)))
    });
    let mut response = answer(content_type, format, Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_LENGTH, length);
    response
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
