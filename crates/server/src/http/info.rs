//! What the server says of itself.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use kokoro_wgpu::voice;
use serde_json::{Value, json};

use super::App;
use super::speech::{MODELS, check_model};
use crate::error::ApiError;

/// What clients may send and get, for programs and for `/docs`.
pub const OPENAPI: &str = include_str!("openapi.json");

/// Scripts and styles are those in the page, and it talks to this server only.
const POLICY: &str =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; media-src blob:";

pub async fn page() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("page.html"))).into_response()
}

pub async fn docs() -> Response {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("docs.html"))).into_response()
}

pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// Whether the process runs.
pub async fn health() -> Json<Value> {
    Json(json!({ "status": "healthy" }))
}

/// Whether it can speak: a load balancer sends requests elsewhere while the GPU is lost.
pub async fn ready(State(app): State<App>) -> Response {
    match app.speaker.metrics.is_ready() {
        true => Json(json!({ "status": "ready" })).into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the GPU device is lost" }))).into_response(),
    }
}

pub async fn metrics(State(app): State<App>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], app.speaker.metrics.text()).into_response()
}

fn describe(model: &str) -> Value {
    json!({ "id": model, "object": "model", "created": 1_686_935_002, "owned_by": "kokoro" })
}

pub async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": MODELS.map(describe) }))
}

pub async fn model(Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    check_model(&id).map_err(|error| ApiError { status: 404, ..error })?;
    Ok(Json(describe(&id)))
}

/// The voices; with `?legacy=true` their names alone, for clients of Kokoro-FastAPI before 0.3.
pub async fn voices(State(app): State<App>, RawQuery(query): RawQuery) -> Json<Value> {
    let names = app.speaker.voices.names();
    if query.is_some_and(|query| query.split('&').any(|pair| pair == "legacy=true")) {
        return Json(json!({ "voices": names }));
    }
    let describe = |name: &String| json!({ "id": name, "name": name, "language": voice::language(name) });
    Json(json!({ "voices": names.iter().map(describe).collect::<Value>() }))
}
