//! How much of each kind may be under way at once. An abort has a lane of its own, so that nothing else takes its place.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::counters::{Count, Counters};
use super::error::ApiError;

/// Ordinary requests at once: more would not be answered sooner, and every other task of the listener queues behind them. Each
/// may hold a body; with the default limit of 1 MiB that is 64 MiB at the very worst.
const REQUESTS_MAX: usize = 64;

/// Streams at once: everybody on call watches with two screens.
const STREAMS_MAX: usize = 64;

/// Aborts at once: one for every canary of the largest fleet that is known of. Their bodies are short.
const ABORTS_MAX: usize = 1024;

/// Ordinary requests have at most this part of the connections, and streams as much: half is left for aborts.
const CONNECTIONS_SHARE: usize = 4;

/// Marks an answer that turned a request away.
#[derive(Clone, Copy)]
pub(super) struct TurnedAway;

/// The three lanes.
#[derive(Clone)]
pub(super) struct Lanes {
    /// Questions, and every command but abort.
    pub(super) requests: Lane,
    /// Aborts.
    pub(super) aborts: Lane,
    /// Streams.
    pub(super) streams: Lane,
}

/// One lane.
#[derive(Clone)]
pub(super) struct Lane {
    what: &'static str,
    places: Arc<Semaphore>,
    counters: Arc<Counters>,
    count: fn(&Counters) -> &Count,
}

/// A place in a lane; free again when the last clone is dropped. Whoever goes on after the answer keeps one.
#[derive(Clone)]
pub(super) struct Pass(#[expect(dead_code, reason = "held for its drop")] Arc<OwnedSemaphorePermit>);

impl Lanes {
    /// Lanes for a listener with so many connections.
    pub(super) fn new(connections: usize, counters: &Arc<Counters>) -> Self {
        let share = (connections / CONNECTIONS_SHARE).max(1);
        let lane = |what, places, count| Lane {
            what,
            places: Arc::new(Semaphore::new(places)),
            counters: Arc::clone(counters),
            count,
        };
        Self {
            requests: lane("requests", share.min(REQUESTS_MAX), |counters| &counters.requests),
            aborts: lane("aborts", ABORTS_MAX, |counters| &counters.aborts),
            streams: lane("streams", share.min(STREAMS_MAX), |counters| &counters.streams),
        }
    }
}

/// Lets a request into its lane, or turns it away at once.
pub(super) async fn enter(State(lane): State<Lane>, mut request: Request, next: Next) -> Response {
    match Arc::clone(&lane.places).try_acquire_owned() {
        Ok(place) => {
            let pass = Pass(Arc::new(place));
            request.extensions_mut().insert(pass.clone());
            let response = next.run(request).await;
            drop(pass);
            response
        }
        Err(_) => {
            (lane.count)(&lane.counters).add();
            let mut response = ApiError::Busy(lane.what).into_response();
            response.extensions_mut().insert(TurnedAway);
            response
        }
    }
}
