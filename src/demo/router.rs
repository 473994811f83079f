//! A weighted HTTP router that follows a VirtualService file, as Envoy follows Istio.
//!
//! - Each request takes the first route that matches it, and one of that route's destinations at random
//!   by weight.
//! - New weights are in force within milliseconds of the file's rename. A file that cannot be read or
//!   understood changes nothing; it is counted.
//! - Every request is counted once, by destination, status and the epoch of the routes that it was routed
//!   by.
//!
//! It never retries: one request is one attempt, so that its counts and the services' agree.

mod config;
mod follow;
mod forward;
mod matching;
mod routes;
mod tally;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;

pub use config::RoutesError;
pub use follow::Reloads;
pub use routes::{Destination, RouteTable};
pub use tally::RoutedTo;

use self::follow::Follower;
use self::forward::{Forwarder, own_answer};
use self::routes::Route;
use self::tally::Tally;
use super::exposition::exposition;
use super::server::Server;

/// A running router. Dropping it stops it.
#[derive(Debug)]
pub struct Router {
    traffic: Server,
    admin: Server,
    shared: Arc<Shared>,
}

/// Why a router did not start.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// The routes are not usable, and there are no earlier ones to keep.
    #[error(transparent)]
    Routes(#[from] RoutesError),
    /// The file's folder cannot be watched.
    #[error("cannot watch the folder of the VirtualService: {0}")]
    Watch(#[from] notify::Error),
    /// No port can be bound.
    #[error("the router cannot listen on loopback: {0}")]
    Listen(#[from] io::Error),
    /// The HTTP client cannot be built.
    #[error("cannot build the router's HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}

impl Router {
    /// Routes by the only VirtualService in `file`, to `backends`. `seed` draws the destinations.
    ///
    /// # Errors
    /// See [`RouterError`]. Later trouble with the file is not an error: see [`Router::reloads`].
    pub async fn start(
        file: &Path,
        backends: BTreeMap<Destination, SocketAddr>,
        seed: u64,
    ) -> Result<Self, RouterError> {
        let backends = backends.into_iter();
        let shared = Arc::new(Shared {
            follower: Follower::start(file)?,
            forwarder: Forwarder::new()?,
            backends: backends
                .map(|(destination, address)| (destination, Backend::new(address)))
                .collect(),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            tally: Tally::default(),
        });
        let traffic = axum::Router::new()
            .fallback(route)
            .with_state(Arc::clone(&shared));
        let admin = axum::Router::new()
            .route("/metrics", get(scrape))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            traffic: Server::start(traffic).await?,
            admin: Server::start(admin).await?,
            shared,
        })
    }

    /// Where it takes traffic.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.traffic.address()
    }

    /// Where it serves its own `/metrics`.
    #[must_use]
    pub const fn admin_address(&self) -> SocketAddr {
        self.admin.address()
    }

    /// The routes in force.
    #[must_use]
    pub fn routes(&self) -> Arc<RouteTable> {
        self.shared.follower.routes()
    }

    /// How often the file brought new routes, and how often it was turned away.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.shared.follower.reloads()
    }

    /// Requests so far, each counted once. A request that is still under way is not in it yet.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<RoutedTo, u64> {
        self.shared.tally.counts()
    }

    /// Turns true when the first request is routed to `destination`; `None` if it has no backend.
    #[must_use]
    pub fn reached(&self, destination: &Destination) -> Option<watch::Receiver<bool>> {
        let backend = self.shared.backends.get(destination)?;
        Some(backend.reached.subscribe())
    }
}

/// What the handlers share.
#[derive(Debug)]
struct Shared {
    follower: Follower,
    forwarder: Forwarder,
    backends: BTreeMap<Destination, Backend>,
    random: Mutex<StdRng>,
    tally: Tally,
}

/// A process behind a destination.
#[derive(Debug)]
struct Backend {
    address: SocketAddr,
    reached: watch::Sender<bool>,
}

impl Backend {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            reached: watch::Sender::new(false),
        }
    }

    fn mark_reached(&self) {
        self.reached
            .send_if_modified(|reached| !std::mem::replace(reached, true));
    }
}

/// Routes one request: as Envoy does, 404 without a route and 503 without a backend.
async fn route(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let table = shared.follower.routes();
    let (head, body) = request.into_parts();
    let Some(route) = table.route_for(&head) else {
        let response = own_answer(StatusCode::NOT_FOUND);
        shared.tally.open(None, table.epoch()).close(response.status());
        return response;
    };
    let destination = shared.pick(route);
    let counted = shared.tally.open(Some(destination), table.epoch());
    let response = if let Some(backend) = shared.backends.get(destination) {
        backend.mark_reached();
        let forwarding = shared
            .forwarder
            .forward(backend.address, route.timeout(), head, body);
        forwarding.await
    } else {
        own_answer(StatusCode::SERVICE_UNAVAILABLE)
    };
    counted.close(response.status());
    response
}

async fn scrape(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    exposition(&shared.tally.registry(shared.follower.reloads()))
}

impl Shared {
    /// One of the route's destinations, at random by weight.
    fn pick<'a>(&self, route: &'a Route) -> &'a Destination {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        route.destination_at(random.random_range(0..route.total_weight()))
    }
}
