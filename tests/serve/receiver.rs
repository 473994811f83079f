//! Somebody's server that is told the news, and remembers each key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serin::demo::server::Server;

use crate::world::marked::Ears;

/// Long enough for a kill now and then to fall into it.
const DAWDLING: Duration = Duration::from_millis(700);

/// How it treats who tells it something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes everything.
    Takes,
    /// Takes everything, and is a while about saying so: who is killed meanwhile does not know.
    Dawdles,
    /// Never answers.
    Hangs,
    /// Refuses for good.
    Refuses,
}

#[derive(Clone)]
struct Ear {
    heard: Arc<Mutex<BTreeMap<String, usize>>>,
    manner: Arc<Mutex<Manner>>,
}

/// A webhook's other end.
pub(crate) struct Receiver {
    server: Server,
    ear: Ear,
    /// They hear what is secret.
    _ears: Ears,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let ear = Ear {
            heard: Arc::default(),
            manner: Arc::new(Mutex::new(Manner::Takes)),
        };
        let ears = Ears::default();
        let app = ears.on(Router::new().fallback(hear).with_state(ear.clone()));
        Self {
            server: Server::start(app).await.unwrap(),
            ear,
            _ears: ears,
        }
    }

    /// Whoever comes from now on is treated so.
    pub(crate) fn be(&self, manner: Manner) {
        *self.ear.manner.lock().unwrap() = manner;
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// How often each key was taken.
    pub(crate) fn heard(&self) -> BTreeMap<String, usize> {
        self.ear.heard.lock().unwrap().clone()
    }
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap) -> StatusCode {
    let manner = *ear.manner.lock().unwrap();
    match manner {
        Manner::Takes | Manner::Dawdles => {}
        Manner::Hangs => std::future::pending().await,
        Manner::Refuses => return StatusCode::GONE,
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    *ear.heard.lock().unwrap().entry(key).or_default() += 1;
    if manner == Manner::Dawdles {
        tokio::time::sleep(DAWDLING).await;
    }
    StatusCode::OK
}
