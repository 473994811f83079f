//! A service as a team would run it: it answers after a while, sometimes badly, and exposes its metrics.
//!
//! It promises that a request is counted once or not at all, and before its answer leaves: when the load
//! has stopped, one scrape equals [`Service::totals`]. A request that was cut off, by its caller or by a
//! crash, is not counted.

mod behaviour;
mod metrics;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;

pub use behaviour::{Behaviour, Dice};

use self::metrics::Metrics;
use super::exposition::exposition;
use super::server::Server;
use crate::clock::Stopwatch;
use crate::spec::Timestamp;

/// What a service has answered since it started, by its own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Served {
    /// All requests, `/metrics` apart.
    pub requests: u64,
    /// Those that were answered with 500.
    pub errors: u64,
}

/// A running service. Dropping it stops it.
#[derive(Debug)]
pub struct Service {
    server: Server,
    backend: Arc<Backend>,
}

impl Service {
    /// Starts a service that answers every path but `/metrics`. Answers carry `name`, so that a person
    /// with curl sees who spoke. The same `seed` draws the same sequence of latencies and errors.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(
        name: &'static str,
        behaviour: Behaviour,
        seed: u64,
        started_at: Timestamp,
    ) -> io::Result<Self> {
        let backend = Arc::new(Backend {
            name,
            dice: Dice::new(behaviour, seed),
            metrics: Metrics::new(started_at),
        });
        let app = Router::new()
            .route("/metrics", get(scrape))
            .fallback(answer)
            .with_state(Arc::clone(&backend));
        Ok(Self {
            server: Server::start(app).await?,
            backend,
        })
    }

    /// Where it listens, or listened before a crash.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it has served. Readable after a crash too, which its `/metrics` is not.
    #[must_use]
    pub fn totals(&self) -> Served {
        let answers = |status| self.backend.metrics.answers(status);
        let errors = answers(StatusCode::INTERNAL_SERVER_ERROR);
        Served {
            requests: answers(StatusCode::OK) + errors,
            errors,
        }
    }

    /// Stops answering as a killed process does: requests under way are cut off, and once this returns
    /// connecting is refused, to `/metrics` as well.
    pub async fn crash(&self) {
        self.server.vanish().await;
    }
}

/// What the handlers share.
#[derive(Debug)]
struct Backend {
    name: &'static str,
    dice: Dice,
    metrics: Metrics,
}

async fn answer(State(backend): State<Arc<Backend>>) -> (StatusCode, String) {
    let stopwatch = Stopwatch::start();
    let (status, latency) = backend.dice.roll();
    tokio::time::sleep(latency).await;
    backend.metrics.count(status, stopwatch.elapsed());
    (status, format!("{}: {status}\n", backend.name))
}

async fn scrape(State(backend): State<Arc<Backend>>) -> impl IntoResponse {
    exposition(backend.metrics.registry())
}
