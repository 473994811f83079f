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
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header of whoever traces a request through several servers (W3C Trace Context).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The id of a request, which its answer, its log lines and the journal share.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

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
pub(super) async fn answer(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let span = tracing::info_span!("request", request.id = id.to_str().unwrap_or_default());
    let text = id.to_str().unwrap_or_default().to_owned();
    request.extensions_mut().insert(RequestId(text));
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

/// The client's own id, that of the trace which the request belongs to, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_fine = |id: &&HeaderValue| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(is_plain)
    };
    let given = headers.get(REQUEST_ID).filter(is_fine).cloned();
    given.or_else(|| trace_id(headers)).unwrap_or_else(|| {
        let id = format!("{:032x}", rand::random::<u128>());
        HeaderValue::from_str(&id)
            .expect("hexadecimal digits make a header: the line above writes nothing else")
    })
}

/// The trace that a request belongs to. (Trace Context, section 3.2: version, trace, parent, flags; later versions may add to that.)
fn trace_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut given = headers.get_all(TRACEPARENT).iter();
    let (Some(given), None) = (given.next(), given.next()) else {
        return None;
    };
    let mut parts = given.to_str().ok()?.split('-');
    let hexadecimal = |text: &str, digits: usize| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == digits && text.bytes().all(is_digit)
    };
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_one =
        hexadecimal(version, 2) && version != "ff" && hexadecimal(trace, 32) && hexadecimal(parent, 16);
    let is_there = trace.bytes().any(|byte| byte != b'0');
    (is_one && is_there)
        .then(|| HeaderValue::from_str(trace).ok())
        .flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_one_by_the_standard_and_nothing_else_is() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let taken = |text: &str| {
            let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_str(text).unwrap())]);
            trace_id(&headers)
        };
        for good in [
            format!("00-{trace}-00f067aa0ba902b7-01"),
            format!("01-{trace}-00f067aa0ba902b7-01-more"),
        ] {
            assert_eq!(taken(&good).unwrap(), trace, "{good}");
        }
        for bad in [
            format!("ff-{trace}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{trace}-00f067aa0ba902b-01"),
            format!("00-{trace}"),
            trace.to_owned(),
            String::new(),
        ] {
            assert_eq!(taken(&bad), None, "{bad}");
        }
    }
}
