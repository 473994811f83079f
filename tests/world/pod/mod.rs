//! A pod of a service: a real HTTP server on a port of its own that fares as the test says, exposes its metrics, and
//! knows what it really did.
//!
//! An answered request is counted once, in all its series at the same moment, before the answer leaves. What was shown
//! at each scrape is remembered beside what was true then, so that a test can say what a reader of the metrics can know
//! and what it cannot. Whatever is not `/metrics` is a request.

mod counters;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serin::clock::{Stopwatch, SystemClock};
use serin::demo::server::Server;
use serin::demo::service::{Behaviour, Dice};
use serin::driver::ports::Clock;
use serin::spec::Timestamp;

use self::counters::Counters;
pub(crate) use self::counters::{BUCKET_EDGES_SECONDS, Totals};
use super::target::Target;

/// What a healthy pod is like: no errors, half of the answers within 10 ms, 95 of a hundred within 18.
pub(crate) const HEALTHY: Behaviour = Behaviour {
    error_rate: 0.0,
    latency_factor: 0.25,
};

/// A running pod. Dropping it is the death of a process: connections are cut, new ones refused.
pub(crate) struct Pod {
    pub(crate) name: String,
    server: Server,
    backend: Arc<Backend>,
}

/// A scrape that was answered with metrics.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scrape {
    pub(crate) at: Timestamp,
    /// When the process said that it had started.
    pub(crate) started_at: Timestamp,
    /// What its series add up to: what this process counted, but for a child that has vanished.
    pub(crate) shown: Totals,
    /// All requests that the pod had answered by then, all its processes together.
    pub(crate) served: Totals,
}

struct Backend {
    clock: SystemClock,
    state: Mutex<Inside>,
}

struct Inside {
    dice: Arc<Dice>,
    /// The running process's.
    counters: Counters,
    served: Totals,
    last_answer: Option<Timestamp>,
    hides_metrics: bool,
    scrapes: Vec<Scrape>,
}

impl Pod {
    /// A healthy one. Its name draws its latencies and errors: the same name, the same sequence.
    pub(crate) async fn start(name: &str) -> Self {
        let clock = SystemClock::start();
        let backend = Arc::new(Backend {
            state: Mutex::new(Inside {
                dice: Arc::new(Dice::new(HEALTHY, seed(name))),
                counters: Counters::new(clock.now()),
                served: Totals::default(),
                last_answer: None,
                hides_metrics: false,
                scrapes: Vec::new(),
            }),
            clock,
        });
        let app = Router::new()
            .route("/metrics", get(scrape))
            .fallback(answer)
            .with_state(Arc::clone(&backend));
        Self {
            name: name.to_owned(),
            server: Server::start(app).await.unwrap(),
            backend,
        }
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What a metrics server scrapes, with the label `pod`.
    pub(crate) fn target(&self) -> Target {
        Target::at(self.address()).label("pod", &self.name)
    }

    /// From the next request on it fares like this.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.inside().dice = Arc::new(Dice::new(behaviour, seed(&self.name)));
    }

    /// From now on requests that are answered well count in a child of their own, `handler="extra"`, from zero.
    pub(crate) fn extra_child_appears(&self) {
        self.inside().counters.extra_ok = Some(0);
    }

    /// The child is forgotten, with what it counted; its requests count where they did before it came.
    pub(crate) fn extra_child_vanishes(&self) {
        self.inside().counters.extra_ok = None;
    }

    /// Whether `/metrics` answers with 500 from now on.
    pub(crate) fn hide_metrics(&self, hides: bool) {
        self.inside().hides_metrics = hides;
    }

    /// Another process takes over under the same name and address: it started now, and its counters are at zero.
    pub(crate) fn restart(&self) {
        self.inside().counters = Counters::new(self.backend.clock.now());
    }

    /// What it has answered, all its processes together.
    pub(crate) fn served(&self) -> Totals {
        self.inside().served
    }

    /// When the last request was answered.
    pub(crate) fn last_answer(&self) -> Option<Timestamp> {
        self.inside().last_answer
    }

    /// The scrapes that were answered with metrics, in their order.
    pub(crate) fn scrapes(&self) -> Vec<Scrape> {
        self.inside().scrapes.clone()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.backend.state.lock().unwrap()
    }
}

async fn answer(State(backend): State<Arc<Backend>>) -> StatusCode {
    let stopwatch = Stopwatch::start();
    let dice = Arc::clone(&backend.state.lock().unwrap().dice);
    let (status, latency) = dice.roll();
    tokio::time::sleep(latency).await;
    let seconds = stopwatch.elapsed().as_secs_f64();
    let mut inside = backend.state.lock().unwrap();
    inside.counters.count(status, seconds);
    inside.served.count(status, seconds);
    inside.last_answer = Some(backend.clock.now());
    status
}

async fn scrape(State(backend): State<Arc<Backend>>) -> (StatusCode, String) {
    let mut inside = backend.state.lock().unwrap();
    if inside.hides_metrics {
        return (StatusCode::INTERNAL_SERVER_ERROR, String::new());
    }
    let scrape = Scrape {
        at: backend.clock.now(),
        started_at: inside.counters.started_at,
        shown: inside.counters.shown(),
        served: inside.served,
    };
    inside.scrapes.push(scrape);
    (StatusCode::OK, inside.counters.text())
}

/// What a name draws.
pub(crate) fn seed(name: &str) -> u64 {
    name.bytes().fold(0, |seed: u64, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    })
}
