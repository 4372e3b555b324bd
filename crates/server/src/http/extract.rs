//! Bodies of requests.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::{DeserializeOwned, Error, Unexpected};
use serde::{Deserialize, Deserializer};

use super::App;
use crate::error::ApiError;

/// A body in JSON. Content-Type must say so: then no web page of another origin can send one unasked.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let time = app.speaker.limits.receive;
        match tokio::time::timeout(time, axum::Json::from_request(request, app)).await {
            Ok(Ok(axum::Json(body))) => Ok(Self(body)),
            Ok(Err(rejection)) => Err(refused(&rejection)),
            Err(_) => Err(ApiError::not_received(time.as_secs())),
        }
    }
}

fn refused(rejection: &JsonRejection) -> ApiError {
    let text = rejection.body_text();
    // The error of a field begins with the field's path.
    let reason = text.split_once("target type: ").map_or(text.as_str(), |(_, reason)| reason);
    let error = ApiError::invalid(reason);
    let field = reason.split_once(": ").map(|(field, _)| field).filter(|field| !field.contains(char::is_whitespace));
    let error = match field {
        Some(field) => error.param(field.to_owned()),
        None => error,
    };
    match rejection.status().as_u16() {
        413 => ApiError { status: 413, ..ApiError::invalid("the body is too large: send the text in parts") },
        // FastAPI and OpenAI's service answer 422 and 400; clients look at the message.
        422 => ApiError { status: 400, ..error },
        status => ApiError { status, ..error },
    }
}

/// Reads a number, which Kokoro-FastAPI also takes as a string.
pub fn number<'de, D: Deserializer<'de>>(json: D) -> Result<f32, D::Error> {
    match Lenient::deserialize(json)? {
        Lenient::Number(number) => Ok(number),
        Lenient::Text(text) => {
            text.trim().parse().map_err(|_| Error::invalid_type(Unexpected::Str(&text), &"a number"))
        }
        Lenient::Flag(flag) => Ok(f32::from(flag)),
    }
}

/// Reads a number or `null`.
pub fn optional_number<'de, D: Deserializer<'de>>(json: D) -> Result<Option<f32>, D::Error> {
    #[derive(Deserialize)]
    struct Number(#[serde(deserialize_with = "number")] f32);
    Ok(Option::deserialize(json)?.map(|Number(number)| number))
}

/// Reads a truth value, which Kokoro-FastAPI also takes as a word or as 0 or 1.
pub fn flag<'de, D: Deserializer<'de>>(json: D) -> Result<bool, D::Error> {
    let expected = "true or false";
    match Lenient::deserialize(json)? {
        Lenient::Flag(flag) => Ok(flag),
        Lenient::Number(number) if number == 0.0 || number == 1.0 => Ok(number == 1.0),
        Lenient::Number(number) => Err(Error::invalid_value(Unexpected::Float(number.into()), &expected)),
        Lenient::Text(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
            _ => Err(Error::invalid_type(Unexpected::Str(&text), &expected)),
        },
    }
}

/// What pydantic, by which Kokoro-FastAPI reads JSON, makes a number or a truth value of.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number or a truth value")]
enum Lenient {
    Flag(bool),
    Number(f32),
    Text(String),
}
