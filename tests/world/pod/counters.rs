//! What a pod counts, and how it exposes it.

use std::fmt::{Display, Write};

use axum::http::StatusCode;
use serin::spec::Timestamp;

/// Upper edges of the latency buckets: dense where a healthy p95 (18 ms) and one that is half as slow again (27 ms) lie.
pub(crate) const BUCKET_EDGES_SECONDS: [f64; 10] =
    [0.005, 0.010, 0.015, 0.020, 0.025, 0.030, 0.050, 0.100, 0.250, 1.0];

/// Requests and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    /// Those that were answered with 500.
    pub(crate) errors: u64,
    /// Those that took at most so long, by bucket.
    pub(crate) within: [u64; BUCKET_EDGES_SECONDS.len()],
}

/// The series of one process.
pub(super) struct Counters {
    pub(super) started_at: Timestamp,
    /// By their code; each appears with its first request, but for the good ones, which are there from the start.
    ok: u64,
    failed: u64,
    /// Good ones that are counted apart, while that child is there.
    pub(super) extra_ok: Option<u64>,
    /// What the histogram counts is never forgotten.
    all: u64,
    within: [u64; BUCKET_EDGES_SECONDS.len()],
    seconds: f64,
}

impl Totals {
    pub(super) fn count(&mut self, status: StatusCode, seconds: f64) {
        self.requests += 1;
        self.errors += u64::from(status != StatusCode::OK);
        count_within(&mut self.within, seconds);
    }
}

impl Counters {
    pub(super) const fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            ok: 0,
            failed: 0,
            extra_ok: None,
            all: 0,
            within: [0; BUCKET_EDGES_SECONDS.len()],
            seconds: 0.0,
        }
    }

    pub(super) fn count(&mut self, status: StatusCode, seconds: f64) {
        match (status, &mut self.extra_ok) {
            (StatusCode::OK, Some(extra)) => *extra += 1,
            (StatusCode::OK, None) => self.ok += 1,
            _ => self.failed += 1,
        }
        self.all += 1;
        count_within(&mut self.within, seconds);
        self.seconds += seconds;
    }

    /// What the series add up to.
    pub(super) fn shown(&self) -> Totals {
        Totals {
            requests: self.ok + self.failed + self.extra_ok.unwrap_or(0),
            errors: self.failed,
            within: self.within,
        }
    }

    /// In Prometheus' text format.
    pub(super) fn text(&self) -> String {
        let mut text = "# TYPE http_requests_total counter\n".to_owned();
        let mut child = |labels: &str, count: u64| {
            writeln!(text, "http_requests_total{{{labels}}} {count}").unwrap();
        };
        child(r#"code="200""#, self.ok);
        if let Some(extra) = self.extra_ok {
            child(r#"code="200",handler="extra""#, extra);
        }
        if self.failed > 0 {
            child(r#"code="500""#, self.failed);
        }
        text += "# TYPE http_request_duration_seconds histogram\n";
        let mut part = |suffix: &str, value: &dyn Display| {
            writeln!(text, "http_request_duration_seconds_{suffix} {value}").unwrap();
        };
        for (edge, count) in BUCKET_EDGES_SECONDS.iter().zip(&self.within) {
            part(&format!("bucket{{le=\"{edge}\"}}"), count);
        }
        part("bucket{le=\"+Inf\"}", &self.all);
        part("count", &self.all);
        part("sum", &self.seconds);
        text += "# TYPE process_start_time_seconds gauge\n";
        let start_seconds = self.started_at.0 as f64 / 1000.0;
        writeln!(text, "process_start_time_seconds {start_seconds}").unwrap();
        text
    }
}

fn count_within(within: &mut [u64], seconds: f64) {
    for (count, edge) in within.iter_mut().zip(BUCKET_EDGES_SECONDS) {
        *count += u64::from(seconds <= edge);
    }
}
