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

use super::App;
use super::audio::{EncodedAudio, Part, answer, broken, whole};
use super::extract::{Json, optional_number};
use super::speech::SpeechRequest;
use crate::encode::Format;
use crate::error::{ApiError, DevError};
use crate::speech::{Client, Request, Text};

/// Audio with the times of its words, at once or as one JSON object a line.
pub async fn captioned_speech(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    request: Result<Json<SpeechRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(request) = request?;
    let (format, timestamps) = (request.response_format, request.return_timestamps);
    let audio = request.begin(&app, client).await?;
    if request.stream {
        return Ok(answer("application/json", format, lines(audio, format, timestamps)));
    }
    let (part, sounds) = audio.collect(app.speaker.limits.answer_bytes / 4 * 3).await?; // base64 is longer
    let caption = caption(&part, format, timestamps).to_string();
    Ok(whole("application/json", format, caption.into_bytes(), sounds))
}

fn caption(part: &Part, format: Format, timestamps: bool) -> Value {
    let captions = if timestamps { &part.captions[..] } else { &[] };
    json!({
        "audio": BASE64_STANDARD.encode(&part.bytes),
        "audio_format": format.content_type(),
        "timestamps": captions,
    })
}

/// One object a line. Captions without audio yet wait for the next line.
fn lines(audio: EncodedAudio, format: Format, timestamps: bool) -> Body {
    let lines = stream::try_unfold((audio, Vec::new()), move |(mut audio, mut captions)| async move {
        while let Some(mut part) = audio.next().await.map_err(broken)? {
            captions.append(&mut part.captions);
            if !part.bytes.is_empty() {
                let part = Part { captions: std::mem::take(&mut captions), ..part };
                let line = format!("{}\n", caption(&part, format, timestamps));
                return Ok::<_, std::io::Error>(Some((Bytes::from(line), (audio, captions))));
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
    Extension(client): Extension<Client>,
    request: Result<Json<PhonemizeRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(PhonemizeRequest { text, language }) = request?;
    let language: Language = language.as_deref().unwrap_or("a").parse().map_err(ApiError::from)?;
    let phonemes = app.speaker.phonemize(&client, text, language).await?;
    Ok(axum::Json(json!({ "phonemes": phonemes, "tokens": [] })).into_response())
}

#[derive(Deserialize)]
pub struct PhonemesRequest {
    phonemes: String,
    #[serde(default)]
    voice: Option<String>,
    #[serde(default, deserialize_with = "optional_number")]
    speed: Option<f32>,
}

pub async fn generate_from_phonemes(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    request: Result<Json<PhonemesRequest>, ApiError>,
) -> Result<Response, DevError> {
    let Json(PhonemesRequest { phonemes, voice, speed }) = request?;
    let (text, speed) = (Text::Phonemes(phonemes), speed.unwrap_or(1.0));
    let sounds = app.speaker.start(Request { client, text, voice, language: None, speed })?;
    let format = Format::Wav;
    let audio = EncodedAudio::begin(sounds, format, format.streaming()?, 1.0).await?;
    Ok(answer(format.content_type(), format, audio.into_body()))
}
