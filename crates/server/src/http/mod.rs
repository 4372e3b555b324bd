//! The routes.

mod audio;
mod connections;
mod dev;
mod extract;
mod info;
mod speech;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::auth::Keys;
use crate::error::ApiError;
use crate::options::Options;
use crate::patience::Patience;
use crate::speech::{Client, Speaker};

pub use connections::serve;

/// What the routes share.
#[derive(Clone)]
pub struct App {
    pub speaker: Arc<Speaker>,
    keys: Arc<Keys>,
}

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    patience: Patience,
}

/// A client without a key.
pub fn client_of(address: &SocketAddr, patience: Patience) -> Client {
    let mut hasher = DefaultHasher::new();
    let ip = address.ip().to_canonical(); // a socket for IPv6 and IPv4 has the latter within the former
    ip.hash(&mut hasher);
    // A proxy on this machine sends the requests of many.
    Client { id: hasher.finish(), is_shared: ip.is_loopback(), patience }
}

pub fn router(speaker: Arc<Speaker>, options: &Options) -> Router {
    let app = App { speaker, keys: Arc::new(Keys::new(&options.api_keys)) };
    let protected = Router::new()
        .route("/v1/audio/speech", post(speech::speech))
        .route("/v1/audio/voices", get(info::voices))
        .route("/v1/models", get(info::models))
        .route("/v1/models/{id}", get(info::model))
        .route("/dev/captioned_speech", post(dev::captioned_speech))
        .route("/dev/phonemize", post(dev::phonemize))
        .route("/dev/generate_from_phonemes", post(dev::generate_from_phonemes))
        .layer(from_fn_with_state(app.clone(), identify));
    let router = Router::new()
        .route("/", get(info::page))
        .route("/docs", get(info::docs))
        .route("/openapi.json", get(info::openapi))
        .route("/health", get(info::health))
        .route("/ready", get(info::ready))
        // Without a key: Prometheus has none, and there are only counts in it.
        .route("/metrics", get(info::metrics))
        .merge(protected)
        .fallback(async || ApiError::not_found("there is nothing here; GET /docs lists what there is"))
        .method_not_allowed_fallback(async || ApiError {
            status: 405,
            ..ApiError::invalid("the method is not allowed")
        })
        .layer(DefaultBodyLimit::max(options.limits.body_bytes()))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app);
    if options.cors.is_empty() { router } else { router.layer(cors(&options.cors)) }
}

fn cors(origins: &[String]) -> CorsLayer {
    let allowed = match origins.iter().any(|origin| origin == "*") {
        true => AllowOrigin::any(),
        false => AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    let headers = [header::AUTHORIZATION, header::CONTENT_TYPE];
    CorsLayer::new().allow_origin(allowed).allow_methods([Method::GET, Method::POST]).allow_headers(headers)
}

/// Checks the API key, and says who asks.
async fn identify(
    State(app): State<App>,
    Extension(Peer { address, patience }): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = if app.keys.is_empty() {
        client_of(&address, patience)
    } else {
        let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = sent.and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")));
        match app.keys.client(key.unwrap_or_default().trim()) {
            Some(id) => Client { id, is_shared: false, patience },
            None => return ApiError::unauthorized().into_response(),
        }
    };
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// Counts and logs the request.
async fn observe(State(app): State<App>, route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let status = response.status().as_u16();
    app.speaker.metrics.count_request(route, status);
    // Probes would fill the log.
    let level = if method == Method::POST { log::Level::Info } else { log::Level::Debug };
    log::log!(level, "{method} {route}: {status}, first byte after {:.3} s", started.elapsed().as_secs_f64());
    response
}
