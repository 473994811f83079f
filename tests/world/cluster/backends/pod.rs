//! One pod that answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::Value;
use serin::clock::{Stopwatch, SystemClock};
use serin::demo::server::Server;
use serin::demo::service::{Behaviour, Dice};
use serin::driver::ports::Clock;
use tokio::net::TcpListener;

use super::series::Series;
use crate::world::pod::seed;
use crate::world::target::Target;

/// Where Istio's sidecars show what they count.
const STATISTICS: &str = "/stats/prometheus";

/// Who a pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) namespace: String,
    /// Its Deployment.
    pub(super) workload: String,
    /// Its labels of these names.
    pub(super) app: String,
    pub(super) version: String,
    pub(super) address: SocketAddr,
}

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

/// What becomes of a pod.
pub(super) enum Fate {
    /// Its containers run.
    Runs { identity: Identity, ready: bool },
    /// It was told to end.
    Leaves,
    /// Its containers do not run.
    IsDown,
}

impl Fate {
    /// By what the API server says.
    pub(super) fn of(pod: &Value) -> Self {
        if pod["metadata"]["deletionTimestamp"].is_string() {
            return Self::Leaves;
        }
        let status = &pod["status"];
        let fails = pod["metadata"]["annotations"]["test/fail"].is_string();
        match Identity::of(pod) {
            Some(identity) if !fails && status["phase"] == "Running" => {
                let mut conditions = status["conditions"].as_array().into_iter().flatten();
                Self::Runs {
                    identity,
                    ready: conditions.any(|one| one["type"] == "Ready" && one["status"] == "True"),
                }
            }
            _ => Self::IsDown,
        }
    }
}

impl Identity {
    fn of(pod: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (metadata, labels) = (&pod["metadata"], &pod["metadata"]["labels"]);
        let port = pod["spec"]["containers"][0]["ports"][0]["containerPort"].as_u64()?;
        let address = pod["status"]["podIP"].as_str()?.parse().ok()?;
        // A ReplicaSet has its Deployment's name, and the hash of its template.
        let replica_set = text(&metadata["ownerReferences"][0]["name"]);
        let hash = format!("-{}", text(&labels["pod-template-hash"]));
        Some(Self {
            name: text(&metadata["name"]),
            namespace: text(&metadata["namespace"]),
            workload: replica_set.trim_end_matches(&hash).to_owned(),
            app: text(&labels["app"]),
            version: text(&labels["version"]),
            address: SocketAddr::new(address, port.try_into().ok()?),
        })
    }

    /// What a metrics server scrapes.
    pub(super) fn target(&self) -> Target {
        let target = Target::at(self.address).path(STATISTICS);
        target
            .label("namespace", &self.namespace)
            .label("pod", &self.name)
    }
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
