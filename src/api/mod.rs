//! The API: questions and commands over HTTP, and the listener for probes and metrics.
//!
//! What it promises:
//!
//! - What comes in is checked whole before anything acts; every error is a problem (RFC 9457) that names the field and gives a hint.
//! - An abort has a lane of its own: whatever else is asked, and however slowly, an abort is heard.
//! - Everything is bounded: connections, heads, bodies, times, requests at once, streams, remembered idempotency keys.
//! - A replica that follows answers questions from the store, and says of a command who takes it.
//! - Who may ask, and for what, stands in one place ([`access`]).
//! - The document of the API is made from the routes themselves.
//!
//! [`router`](Api::router) is the table of contents. The listener for probes and metrics stands apart ([`health`]): it takes no
//! commands, and is there before the store is.

pub mod access;
mod around;
#[expect(unused_qualifications, reason = "utoipa's macro writes them")]
mod canaries;
mod catalog;
mod commands;
pub mod counters;
mod error;
mod extract;
mod fields;
mod gate;
pub mod health;
mod hub;
mod idempotency;
mod lanes;
mod limits;
mod openapi;
mod paging;
mod problem;
mod replica;
#[expect(unused_qualifications, reason = "utoipa's macro writes them")]
mod rollouts;
mod router;
mod serving;
mod settings;
#[expect(unused_qualifications, reason = "utoipa's macro writes them")]
mod stream;
mod tls;
mod verdicts;
pub mod view;

use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use access::{OpenError, TOKEN_BYTES_MIN, refuse_open};
pub use catalog::{Canaries, KnownCanary};
pub use openapi::document;
pub use problem::Problem;
pub use settings::ApiSettings;
pub use tls::{Tls, TlsFiles};

pub use crate::file::FileError;

use crate::driver::ports::Clock;
use crate::driver::{Driver, History, Leadership};
use access::Access;
use counters::Counters;
use hub::Hub;
use replica::Rollouts;
use serving::Bounds;

/// What the API needs of the daemon.
#[derive(Clone)]
pub struct Daemon {
    /// Runs the rollouts.
    pub driver: Arc<Driver>,
    /// Knows the Canaries.
    pub canaries: Arc<dyn Canaries>,
    /// Knows what was.
    pub history: Arc<dyn History>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What the API needs of a replica that follows.
#[derive(Clone)]
pub struct Follower {
    /// Knows who leads.
    pub leadership: Arc<dyn Leadership>,
    /// Knows the Canaries.
    pub canaries: Arc<dyn Canaries>,
    /// Knows what was, and what is under way elsewhere.
    pub history: Arc<dyn History>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The API of one daemon.
pub struct Api {
    shared: Shared,
}

/// What every request works with.
#[derive(Clone)]
struct Shared {
    rollouts: Rollouts,
    canaries: Arc<dyn Canaries>,
    history: Arc<dyn History>,
    clock: Arc<dyn Clock>,
    access: Arc<Access>,
    settings: Arc<ApiSettings>,
    counters: Arc<Counters>,
    stop: CancellationToken,
}

impl Api {
    /// The API of `daemon`. It follows what the driver does until `stop`, which also ends its streams. To be made inside the
    /// runtime.
    #[must_use]
    pub fn new(daemon: Daemon, settings: ApiSettings, stop: CancellationToken) -> Self {
        let Daemon {
            driver,
            canaries,
            history,
            clock,
        } = daemon;
        let hub = Hub::follow(Arc::clone(&driver), clock.now(), stop.clone());
        let rollouts = Rollouts::Here { driver, hub };
        Self::of(rollouts, canaries, history, clock, settings, stop)
    }

    /// The API of a replica that follows: it answers questions from the store, and refuses commands and streams with the name of the
    /// one that leads.
    #[must_use]
    pub fn following(follower: Follower, settings: ApiSettings, stop: CancellationToken) -> Self {
        let Follower {
            leadership,
            canaries,
            history,
            clock,
        } = follower;
        let rollouts = Rollouts::Elsewhere(leadership);
        Self::of(rollouts, canaries, history, clock, settings, stop)
    }

    fn of(
        rollouts: Rollouts,
        canaries: Arc<dyn Canaries>,
        history: Arc<dyn History>,
        clock: Arc<dyn Clock>,
        settings: ApiSettings,
        stop: CancellationToken,
    ) -> Self {
        let shared = Shared {
            rollouts,
            canaries,
            history,
            access: Arc::new(Access::new(&settings, &clock)),
            clock,
            settings: Arc::new(settings),
            counters: Arc::default(),
            stop,
        };
        Self { shared }
    }

    /// What its bounds turned away.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        router::router(self.shared.clone())
    }

    /// Answers on `listener` until the stop, and then what is under way, for 10 s at most. Whether it may listen there is
    /// for [`refuse_open`] to say.
    pub async fn serve(self, listener: TcpListener) {
        let bounds = Bounds {
            connections: self.shared.settings.max_connections,
            header_timeout: self.shared.settings.header_timeout,
        };
        let tls = self.shared.settings.tls.as_ref().map(Tls::acceptor);
        let counters = self.counters();
        let stop = self.shared.stop.clone();
        serving::serve((listener, tls), self.router(), bounds, &counters, stop).await;
    }
}
