//! One version of one service: only its `/metrics`, with counters that rise as they are told to.
//!
//! Nothing in it is drawn by lot: the same advances give the same text, so that two runs can be compared.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serin::demo::server::Server;

/// Upper bounds of the buckets, in seconds, each with the share of requests that are no slower: around 40 ms, as demos are.
const BUCKETS: [(&str, f64); 10] = [
    ("0.005", 0.0),
    ("0.01", 0.0),
    ("0.025", 0.09),
    ("0.05", 0.738),
    ("0.075", 0.964),
    ("0.1", 0.9956),
    ("0.2", 0.9999),
    ("0.5", 1.0),
    ("1", 1.0),
    ("+Inf", 1.0),
];

/// The mean that goes with them.
const MEAN_SECONDS: f64 = 0.0425;

/// A running endpoint. Dropping it stops it.
pub(crate) struct Endpoint {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    served: Mutex<Served>,
    hangs: AtomicBool,
}

/// Requests served so far; a part of one has been begun.
#[derive(Default, Clone, Copy)]
struct Served {
    requests: f64,
    errors: f64,
}

impl Endpoint {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let shared = Arc::<Shared>::default();
        let app = Router::new()
            .route("/metrics", get(scrape))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: Server::start(app).await?,
            shared,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Serves so many more requests, this share of them badly.
    pub(crate) fn serve(&self, requests: f64, error_share: f64) {
        let mut served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.requests += requests;
        served.errors += requests * error_share;
    }

    /// From now on it accepts, and never answers.
    pub(crate) fn hang(&self) {
        self.shared.hangs.store(true, Ordering::Relaxed);
    }
}

async fn scrape(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    if shared.hangs.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    let served = *shared.served.lock().unwrap_or_else(PoisonError::into_inner);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], exposition(served))
}

fn exposition(served: Served) -> String {
    let (requests, errors) = (served.requests.floor(), served.errors.floor());
    let mut text = format!(
        "# TYPE http_requests_total counter\n\
         http_requests_total{{code=\"200\"}} {}\n\
         http_requests_total{{code=\"500\"}} {errors}\n\
         # TYPE http_request_duration_seconds histogram\n",
        requests - errors
    );
    for (edge, share) in BUCKETS {
        let faster = (requests * share).floor();
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "http_request_duration_seconds_bucket{{le=\"{edge}\"}} {faster}"
        );
    }
    let _ = writeln!(
        text,
        "http_request_duration_seconds_sum {}\nhttp_request_duration_seconds_count {requests}",
        requests * MEAN_SECONDS
    );
    text
}
