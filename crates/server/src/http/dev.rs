//! The routes of Kokoro-FastAPI, so that its clients need only another address.

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use kokoro_wgpu::text::Language;
use serde::Deserialize;
use serde_json::{Value, json};

use super::audio::{EncodedAudio, Part, answer, broken};
use super::extract::Json;
use super::speech::SpeechRequest;
use super::{App, ClientId};
use crate::encode::Format;
use crate::error::{ApiError, DevError};
use crate::speech::{Request, Text};

/// Audio with the times of its words, at once or as one JSON object a line.
pub async fn captioned_speech(
    State(app): State<App>,
    Extension(client): Extension<ClientId>,
    request: Result<Json<SpeechRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(request) = request?;
    let (format, timestamps) = (request.response_format, request.return_timestamps);
    let audio = request.begin(&app, client).await?;
    let body = if request.stream {
        lines(audio, format, timestamps)
    } else {
        caption(&audio.collect().await?, format, timestamps).to_string().into()
    };
    Ok(answer("application/json", format, body))
}

fn caption(part: &Part, format: Format, timestamps: bool) -> Value {
    let words = part.words.iter().filter(|_| timestamps).map(|word| {
        json!({ "word": word.text, "start_time": word.span.start_seconds(), "end_time": word.span.end_seconds() })
    });
    json!({
        "audio": BASE64_STANDARD.encode(&part.bytes),
        "audio_format": format.content_type(),
        "timestamps": words.collect::<Value>(),
    })
}

/// One object a line. Words without audio yet wait for the next line.
fn lines(audio: EncodedAudio, format: Format, timestamps: bool) -> Body {
    let lines = stream::try_unfold((audio, Vec::new()), move |(mut audio, mut words)| async move {
        while let Some(mut part) = audio.next().await.map_err(broken)? {
            words.append(&mut part.words);
            if !part.bytes.is_empty() {
                let part = Part { words: std::mem::take(&mut words), ..part };
                let line = format!("{}\n", caption(&part, format, timestamps));
                return Ok::<_, std::io::Error>(Some((Bytes::from(line), (audio, words))));
            }
        }
        Ok(None)
    });
    Body::from_stream(lines)
}

#[derive(Deserialize)]
pub struct PhonemizeRequest {
    text: String,
    /// The first letter of a voice, or a code.
    #[serde(default)]
    language: Option<String>,
}

pub async fn phonemize(
    State(app): State<App>,
    request: Result<Json<PhonemizeRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(PhonemizeRequest { text, language }) = request?;
    let language: Language = language.as_deref().unwrap_or("a").parse().map_err(ApiError::from)?;
    let read = tokio::task::spawn_blocking(move || app.speaker.phonemize(&text, language)).await;
    let phonemes = read.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())))?;
    Ok(axum::Json(json!({ "phonemes": phonemes, "tokens": [] })).into_response())
}

#[derive(Deserialize)]
pub struct PhonemesRequest {
    phonemes: String,
    #[serde(default)]
    voice: Option<String>,
    #[serde(default)]
    speed: Option<f32>,
}

pub async fn generate_from_phonemes(
    State(app): State<App>,
    Extension(ClientId(client)): Extension<ClientId>,
    request: Result<Json<PhonemesRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(PhonemesRequest { phonemes, voice, speed }) = request?;
    let (text, speed) = (Text::Phonemes(phonemes), speed.unwrap_or(1.0));
    let sounds = app.speaker.start(Request { client, text, voice, language: None, speed })?;
    let format = Format::Wav;
    let audio = EncodedAudio::begin(sounds, format.streaming()?, 1.0).await?;
    Ok(answer(format.content_type(), format, audio.into_body()))
}
