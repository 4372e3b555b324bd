//! Errors as clients see them.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::worker::Failure;

/// An error of a request, in OpenAI's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    pub message: String,
    /// The argument at fault.
    pub param: Option<Cow<'static, str>>,
    pub code: Option<&'static str>,
    /// Seconds after which the request may succeed.
    pub retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: u16, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), param: None, code, retry_after: None }
    }

    /// The request is invalid.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, None, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, Some("not_found"), message)
    }

    pub fn unauthorized() -> Self {
        let message = "the API key is missing or wrong: send it as Authorization: Bearer KEY";
        Self::new(401, Some("invalid_api_key"), message)
    }

    pub fn too_long(message: impl Into<String>) -> Self {
        Self::new(413, Some("string_above_max_length"), message)
    }

    pub fn too_many(retry_after: u64) -> Self {
        let message = format!("too many requests are in progress: try again in {retry_after} s");
        Self { retry_after: Some(retry_after), ..Self::new(429, Some("rate_limit_exceeded"), message) }
    }

    pub fn too_many_of_one(limit: usize, retry_after: u64) -> Self {
        let message =
            format!("{limit} of your requests are in progress, and no more are allowed: wait until one has ended");
        Self { message, ..Self::too_many(retry_after) }
    }

    pub fn too_large() -> Self {
        Self::new(
            413,
            Some("answer_too_large"),
            "the audio is larger than an answer that is sent as a whole may be: leave out \"stream\": false, ask for mp3 or \
             opus, or send the text in parts",
        )
        .param("stream")
    }

    pub fn not_received(seconds: u64) -> Self {
        Self::new(408, Some("timeout"), format!("the body did not arrive within {seconds} s"))
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { retry_after: Some(5), ..Self::new(503, Some("unavailable"), message) }
    }

    pub fn timed_out(seconds: u64) -> Self {
        Self::new(504, Some("timeout"), format!("the request took longer than {seconds} s: send shorter text"))
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, None, message)
    }

    #[must_use]
    pub fn param(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(name.into()), ..self }
    }

    fn kind(&self) -> &'static str {
        match self.status {
            401 => "authentication_error",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        }
    }

    /// The error as OpenAI's API writes it.
    pub fn openai(&self) -> Value {
        json!({ "error": { "message": self.message, "type": self.kind(), "param": self.param, "code": self.code } })
    }

    /// The error as Kokoro-FastAPI writes it.
    fn fastapi(&self) -> Value {
        let error = if self.status < 500 { "validation_error" } else { "processing_error" };
        json!({ "detail": { "error": error, "message": self.message, "type": self.kind() } })
    }

    /// The error as a whole answer, for a connection that is not served.
    pub fn http(&self) -> Vec<u8> {
        let (status, body, seconds) = (self.status, self.openai().to_string(), self.retry_after.unwrap_or_default());
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nRetry-After: \
             {seconds}\r\nConnection: close\r\n\r\n"
        );
        (head + &body).into_bytes()
    }

    fn response(&self, body: Value) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.response(self.openai())
    }
}

/// An error of the routes that are Kokoro-FastAPI's own.
pub struct DevError(ApiError);

impl<E: Into<ApiError>> From<E> for DevError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for DevError {
    fn into_response(self) -> Response {
        self.0.response(self.0.fastapi())
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(message) => Self::unavailable(format!("the GPU device was lost: {message}")),
            Failure::Failed(message) => Self::internal(message),
        }
    }
}

impl From<kokoro_wgpu::text::Error> for ApiError {
    fn from(error: kokoro_wgpu::text::Error) -> Self {
        use kokoro_wgpu::text::Error;
        match error {
            Error::Unspeakable { .. } | Error::Ssml { .. } => Self::invalid(error.to_string()).param("input"),
            Error::Language { .. } | Error::Program { .. } => Self::invalid(error.to_string()).param("lang_code"),
            other => Self::internal(other.to_string()),
        }
    }
}
