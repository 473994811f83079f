//! Metrics as text, the same way on every listener of the demo.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// The content type of the OpenMetrics text format 1.0, which `prometheus-client` writes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The answer to `GET /metrics`.
type Exposition = (StatusCode, [(HeaderName, &'static str); 1], String);

/// Everything in `registry`, now.
pub(super) fn exposition(registry: &Registry) -> Exposition {
    let mut text = String::new();
    let status = match encode(&mut text, registry) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, [(CONTENT_TYPE, OPEN_METRICS)], text)
}
