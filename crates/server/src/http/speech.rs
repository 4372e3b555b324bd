//! `POST /v1/audio/speech`.

use std::io;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use kokoro_wgpu::FRAME_SAMPLES;
use kokoro_wgpu::text::Language;
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::audio::{EncodedAudio, answer, whole};
use super::extract::{Json, flag, number, optional_number};
use crate::encode::Format;
use crate::error::ApiError;
use crate::speech::{Client, Request, Sounds, Text};

/// Models that clients may name. All are this one; other fields of OpenAI's and Kokoro-FastAPI's are ignored.
pub const MODELS: [&str; 4] = ["kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"];

#[derive(Deserialize)]
pub struct SpeechRequest {
    #[serde(default)]
    model: Option<String>,
    input: String,
    #[serde(default)]
    voice: Option<VoiceField>,
    #[serde(default)]
    pub response_format: Format,
    #[serde(default)]
    stream_format: StreamFormat,
    #[serde(default = "one", deserialize_with = "number")]
    speed: f32,
    /// Whether the audio is sent while it is made.
    #[serde(default = "yes", deserialize_with = "flag")]
    pub stream: bool,
    #[serde(default)]
    lang_code: Option<String>,
    #[serde(default, deserialize_with = "optional_number")]
    volume_multiplier: Option<f32>,
    #[serde(default = "yes", deserialize_with = "flag")]
    pub return_timestamps: bool,
}

/// A voice, as OpenAI's API has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum VoiceField {
    Name(String),
    Custom { id: String },
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StreamFormat {
    #[default]
    Audio,
    Sse,
}

fn one() -> f32 {
    1.0
}

fn yes() -> bool {
    true
}

impl SpeechRequest {
    /// Starts to speak.
    fn start(&self, app: &App, client: Client) -> Result<Sounds, ApiError> {
        if let Some(model) = &self.model {
            check_model(model)?;
        }
        let language = self.lang_code.as_deref().filter(|code| !code.is_empty());
        app.speaker.start(Request {
            client,
            text: Text::Written(self.input.clone()),
            voice: self.voice.as_ref().map(|(VoiceField::Name(name) | VoiceField::Custom { id: name })| name.clone()),
            language: language.map(str::parse::<Language>).transpose()?,
            speed: self.speed,
        })
    }

    fn volume(&self) -> Result<f32, ApiError> {
        let volume = self.volume_multiplier.unwrap_or(1.0);
        if (0.0..=10.0).contains(&volume) {
            return Ok(volume);
        }
        Err(ApiError::invalid(format!("volume_multiplier is {volume}, expected 0 to 10")).param("volume_multiplier"))
    }

    /// Begins the audio: the first of it is ready.
    pub async fn begin(&self, app: &App, client: Client) -> Result<EncodedAudio, ApiError> {
        let volume = self.volume()?;
        let format = self.response_format;
        // A request for a format that cannot be made does not begin.
        let writer = if self.stream { format.streaming()? } else { format.whole()? };
        EncodedAudio::begin(self.start(app, client)?, format, writer, volume).await
    }
}

/// Checks a model's name.
pub fn check_model(name: &str) -> Result<(), ApiError> {
    let lower = name.to_ascii_lowercase();
    if MODELS.iter().any(|known| lower.starts_with(known)) || lower.contains("kokoro") {
        return Ok(());
    }
    let shown: String = name.chars().take(60).collect();
    let message = format!("model {shown:?} is not known, expected one of {}", MODELS.join(", "));
    Err(ApiError { code: Some("model_not_found"), ..ApiError::invalid(message).param("model") })
}

pub async fn speech(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    Json(request): Json<SpeechRequest>,
) -> Result<Response, ApiError> {
    let format = request.response_format;
    let audio = request.begin(&app, client).await?;
    let limit = app.speaker.limits.answer_bytes;
    Ok(match (request.stream_format, request.stream) {
        (StreamFormat::Sse, _) => answer("text/event-stream", format, events(audio)),
        (StreamFormat::Audio, true) => answer(format.content_type(), format, audio.into_body()),
        (StreamFormat::Audio, false) => {
            let (part, sounds) = audio.collect(limit).await?;
            whole(format.content_type(), format, part.bytes, sounds)
        }
    })
}

/// The audio as server-sent events, ended by one with the usage or the error.
fn events(audio: EncodedAudio) -> Body {
    let events = stream::unfold(Some(audio), async |audio| {
        let mut audio = audio?;
        loop {
            let (event, rest) = match audio.next().await {
                Ok(Some(part)) if part.bytes.is_empty() => continue,
                Ok(Some(part)) => {
                    let encoded = BASE64_STANDARD.encode(part.bytes);
                    (json!({ "type": "speech.audio.delta", "audio": encoded }), Some(audio))
                }
                Ok(None) => (done(&audio), None),
                Err(error) => {
                    let mut event = error.openai();
                    event["type"] = "error".into();
                    (event, None)
                }
            };
            return Some((Ok::<_, io::Error>(Bytes::from(format!("data: {event}\n\n"))), rest));
        }
    });
    Body::from_stream(events)
}

/// The last event. Tokens are phonemes and frames of 25 ms.
fn done(audio: &EncodedAudio) -> serde_json::Value {
    let (input, output) = (audio.phonemes(), audio.samples() / FRAME_SAMPLES as usize);
    let usage = json!({ "input_tokens": input, "output_tokens": output, "total_tokens": input + output });
    json!({ "type": "speech.audio.done", "usage": usage })
}
