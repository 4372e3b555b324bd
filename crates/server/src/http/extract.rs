//! Bodies of requests.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A body in JSON. Content-Type must say so: then no web page of another origin can send one unasked.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused(&rejection)),
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
