//! What is around every request: an id that its answer and its log lines share, headers for browsers, and a net for panics.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use super::error::ApiError;
use crate::clock::Stopwatch;

/// The header of the id, in requests and in answers.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is asked there comes by itself, at every tick of whoever asks.
const WEBHOOKS: &str = "/webhooks/";

/// Longest id that is taken from a client: a UUID with something before it.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// What browsers are told: nothing here is a page, and nothing is to be kept.
const FOR_BROWSERS: [(HeaderName, HeaderValue); 5] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Answers a request, whatever becomes of it.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", request.id = id.to_str().unwrap_or_default());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let stopwatch = Stopwatch::start();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = async {
        let response = answered
            .await
            .unwrap_or_else(|_| ApiError::Defect.into_response());
        log(&method, &path, &response, &stopwatch);
        response
    }
    .instrument(span)
    .await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.extend(FOR_BROWSERS);
    response
}

/// The client's own id, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_fine = |id: &&HeaderValue| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
    };
    let given = headers.get(REQUEST_ID).filter(is_fine).cloned();
    given.unwrap_or_else(|| {
        let id = format!("{:032x}", rand::random::<u128>());
        HeaderValue::from_str(&id)
            .expect("hexadecimal digits make a header: the line above writes nothing else")
    })
}

/// Commands and failures are worth a line; questions, and webhooks, only to somebody who looks for one.
fn log(method: &Method, path: &str, response: &Response, stopwatch: &Stopwatch) {
    let status = response.status().as_u16();
    let duration_ms = stopwatch.elapsed().as_millis() as u64;
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, duration_ms, "a request failed");
    } else if *method == Method::POST && !path.starts_with(WEBHOOKS) {
        tracing::info!(%method, path, status, duration_ms, "a command was answered");
    } else {
        tracing::debug!(%method, path, status, duration_ms, "a question was answered");
    }
}
