//! One pod that answers.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serin::clock::{Stopwatch, SystemClock};
use serin::demo::server::Server;
use serin::demo::service::{Behaviour, Dice};
use serin::driver::ports::Clock;
use tokio::net::TcpListener;

use super::identity::{Identity, STATISTICS};
use super::series::Series;
use crate::world::pod::seed;

/// It, running. Dropping it is the death of a process: connections are cut, new ones refused.
pub(super) struct Pod {
    pub(super) identity: Identity,
    pub(super) ready: bool,
    dice: Arc<Mutex<Arc<Dice>>>,
    _server: Server,
}

struct Service {
    identity: Identity,
    dice: Arc<Mutex<Arc<Dice>>>,
    series: Mutex<Series>,
    clock: SystemClock,
    all: Arc<Mutex<super::State>>,
}

impl Pod {
    /// Starts it at its address, which is this machine's inside the cluster.
    pub(super) async fn start(
        identity: Identity,
        behaviour: Behaviour,
        all: Arc<Mutex<super::State>>,
    ) -> Self {
        let listener = TcpListener::bind(identity.address).await.unwrap();
        let dice = Arc::new(Mutex::new(Arc::new(Dice::new(behaviour, seed(&identity.name)))));
        let service = Arc::new(Service {
            identity: identity.clone(),
            dice: Arc::clone(&dice),
            series: Mutex::default(),
            clock: SystemClock::start(),
            all,
        });
        let app = Router::new()
            .route(STATISTICS, get(scrape))
            .fallback(answer)
            .with_state(service);
        Self {
            _server: Server::on(listener, app).unwrap(),
            identity,
            ready: false,
            dice,
        }
    }

    /// From the next request on.
    pub(super) fn behave(&self, behaviour: Behaviour) {
        let dice = Dice::new(behaviour, seed(&self.identity.name));
        *self.dice.lock().unwrap() = Arc::new(dice);
    }
}

async fn answer(State(service): State<Arc<Service>>) -> (StatusCode, String) {
    let stopwatch = Stopwatch::start();
    let dice = Arc::clone(&service.dice.lock().unwrap());
    let (status, latency) = dice.roll();
    tokio::time::sleep(latency).await;
    service.series.lock().unwrap().count(status, stopwatch.elapsed());
    let identity = &service.identity;
    let mut all = service.all.lock().unwrap();
    let served = all.served.entry(identity.workload.clone()).or_default();
    served.requests += 1;
    served.errors += u64::from(status != StatusCode::OK);
    served.last_answer = Some(service.clock.now());
    (status, format!("{} {}\n", identity.version, identity.name))
}

async fn scrape(State(service): State<Arc<Service>>) -> String {
    service.series.lock().unwrap().text(&service.identity)
}
