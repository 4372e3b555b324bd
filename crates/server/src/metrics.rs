//! Counters for Prometheus, and what the server itself asks of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

type Labels = Vec<(&'static str, String)>;
type Seconds = Counter<f64, AtomicU64>;

/// Bounds of durations, in seconds.
const SECONDS: [f64; 12] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    pub requests_active: Gauge,
    pub rejected: Counter,
    pub waiting_sentences: Gauge,
    pub sentences: Counter,
    pub batch_sentences: Histogram,
    pub batch_seconds: Histogram,
    pub first_audio_seconds: Histogram,
    pub request_seconds: Histogram,
    pub audio_seconds: Seconds,
    pub device_losses: Counter,
    pub gpu_bytes: Gauge,
    /// Whether the device works.
    ready: AtomicBool,
    /// How long all waiting sentences will take, in milliseconds.
    backlog: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        let durations = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::with_prefix("kokoro"),
            requests: Family::default(),
            requests_active: Gauge::default(),
            rejected: Counter::default(),
            waiting_sentences: Gauge::default(),
            sentences: Counter::default(),
            batch_sentences: Histogram::new([1.0, 2.0, 4.0, 8.0, 12.0, 16.0]),
            batch_seconds: durations(),
            first_audio_seconds: durations(),
            request_seconds: durations(),
            audio_seconds: Seconds::default(),
            device_losses: Counter::default(),
            gpu_bytes: Gauge::default(),
            ready: AtomicBool::new(true),
            backlog: AtomicU64::new(0),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests by route and status", metrics.requests.clone());
        registry.register("requests_active", "Requests for speech in progress", metrics.requests_active.clone());
        registry.register(
            "requests_rejected",
            "Requests refused because too many were in progress",
            metrics.rejected.clone(),
        );
        registry.register("waiting_sentences", "Sentences that wait for the GPU", metrics.waiting_sentences.clone());
        registry.register("sentences", "Sentences spoken", metrics.sentences.clone());
        registry.register("batch_sentences", "Sentences spoken at once", metrics.batch_sentences.clone());
        let seconds = Unit::Seconds;
        registry.register_with_unit("batch", "Time to speak a batch", seconds.clone(), metrics.batch_seconds.clone());
        registry.register_with_unit(
            "first_audio",
            "Time from a request for speech to its first audio",
            seconds.clone(),
            metrics.first_audio_seconds.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time from a request for speech to the end of its answer",
            seconds.clone(),
            metrics.request_seconds.clone(),
        );
        registry.register_with_unit("audio", "Audio made", seconds, metrics.audio_seconds.clone());
        registry.register("device_losses", "Losses of the GPU device", metrics.device_losses.clone());
        registry.register_with_unit("gpu_memory", "GPU memory in use", Unit::Bytes, metrics.gpu_bytes.clone());
        metrics
    }
}

impl Metrics {
    /// All of them, in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Counts an answered request. `route` is the pattern that matched, never a path from a client.
    pub fn count_request(&self, route: &str, status: u16) {
        let labels = vec![("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    pub fn set_backlog(&self, backlog: Option<Duration>) {
        let milliseconds = backlog.unwrap_or_default().as_millis();
        self.backlog.store(milliseconds.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// After how many seconds a refused client may try again: 1 to 60.
    pub fn retry_after(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed).div_ceil(1_000).clamp(1, 60)
    }
}
