//! How long a request may be, and how long it may take.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::counters::Counters;
use super::error::ApiError;

/// Bytes of a head, names and values and the path together: the longest is a cursor, a token and what proxies add.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Bytes of an abort's body: a reason and a name.
pub(super) const ABORT_BODY_BYTES_MAX: usize = 16 << 10;

/// The limits of one lane.
#[derive(Clone)]
pub(super) struct Limits {
    /// Bytes of a body.
    pub(super) body_bytes: usize,
    /// Time from the head to the answer.
    pub(super) time: Duration,
    /// What the limits cut off.
    pub(super) counters: Arc<Counters>,
}

/// Reads the whole body, and waits for the answer, each within its limit.
pub(super) async fn keep(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let mut is_reading = true;
    let answered = timeout(limits.time, async {
        let (parts, body) = request.into_parts();
        let length = parts
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        let announced = length.and_then(|length| length.parse().ok()).unwrap_or(0_usize);
        if announced > limits.body_bytes {
            return Err(ApiError::TooLong(limits.body_bytes));
        }
        // A body that breaks off belongs to nobody who could read the answer.
        let body = to_bytes(body, limits.body_bytes).await;
        let body = body.map_err(|_| ApiError::TooLong(limits.body_bytes))?;
        is_reading = false;
        Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
    });
    let error = match answered.await {
        Ok(Ok(response)) => return response,
        Ok(Err(error)) => {
            limits.counters.bodies.add();
            error
        }
        Err(_) => {
            limits.counters.times.add();
            if is_reading {
                ApiError::TooSlow(limits.time)
            } else {
                ApiError::NoAnswer(limits.time)
            }
        }
    };
    error.into_response()
}

/// Refuses a head that is too long.
pub(super) async fn keep_heads(
    State(counters): State<Arc<Counters>>,
    request: Request,
    next: Next,
) -> Response {
    let fields = request.headers().iter();
    let fields: usize = fields
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let path = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if fields + path > HEAD_BYTES_MAX {
        counters.heads.add();
        return ApiError::HeadTooLong(HEAD_BYTES_MAX).into_response();
    }
    next.run(request).await
}
