//! A service's metrics, under the names that most services use.

use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::spec::Timestamp;

/// Upper edges of the latency buckets. They are dense where a healthy p95 (71 ms) and one that is half
/// as slow again (107 ms) lie.
const BUCKET_EDGES_SECONDS: [f64; 13] = [
    0.005, 0.010, 0.025, 0.050, 0.075, 0.100, 0.125, 0.150, 0.200, 0.300, 0.500, 1.0, 2.5,
];

/// The counters behind `/metrics`, which are also the service's own totals.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<CodeLabel, Counter>,
    duration: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: u16,
}

impl Metrics {
    /// Everything at zero, for a process that started at `started_at`.
    pub(super) fn new(started_at: Timestamp) -> Self {
        let mut registry = Registry::default();
        let requests = Family::<CodeLabel, Counter>::default();
        let duration = Histogram::new(BUCKET_EDGES_SECONDS);
        registry.register(
            "http_requests",
            "Requests answered, by status code",
            requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time from the arrival of a request to its answer",
            duration.clone(),
        );
        registry.register(
            "process_start_time_seconds",
            "Start of the process, in seconds since the Unix epoch",
            ConstGauge::new(started_at.0 as f64 / 1000.0),
        );
        // A well-behaved service shows a zero before its first request. The series of its errors appears
        // with the first of them, as it does in most services.
        drop(requests.get_or_create(&CodeLabel::of(StatusCode::OK)));
        Self {
            registry,
            requests,
            duration,
        }
    }

    /// What `/metrics` shows.
    pub(super) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts an answer that is about to leave. `duration` is what it really took: what was drawn and what
    /// the machine added.
    pub(super) fn count(&self, status: StatusCode, duration: Duration) {
        self.duration.observe(duration.as_secs_f64());
        self.requests.get_or_create(&CodeLabel::of(status)).inc();
    }

    /// Answers with this status so far.
    pub(super) fn answers(&self, status: StatusCode) -> u64 {
        self.requests
            .get(&CodeLabel::of(status))
            .map_or(0, |counter| counter.get())
    }
}

impl CodeLabel {
    fn of(status: StatusCode) -> Self {
        Self {
            code: status.as_u16(),
        }
    }
}
