//! Somebody's server that is told the news, and remembers each key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serin::demo::server::Server;

type Heard = Arc<Mutex<BTreeMap<String, usize>>>;

/// A webhook's other end.
pub(crate) struct Receiver {
    server: Server,
    heard: Heard,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let heard = Heard::default();
        let app = Router::new()
            .route("/", post(hear))
            .with_state(Arc::clone(&heard));
        Self {
            server: Server::start(app).await.unwrap(),
            heard,
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How often each key came.
    pub(crate) fn heard(&self) -> BTreeMap<String, usize> {
        self.heard.lock().unwrap().clone()
    }
}

async fn hear(State(heard): State<Heard>, headers: HeaderMap) {
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    *heard.lock().unwrap().entry(key).or_default() += 1;
}
