//! The listener for probes and metrics. It takes no commands and tells nothing secret, so it asks for no token.
//!
//! | path | also at | 200 means |
//! |---|---|---|
//! | `/livez` | `/health/live` | the process answers |
//! | `/readyz` | `/health/ready`, `/ready` | started, not stopping; the store takes writes and its schema is this version's. Where replicas elect a leader, one that follows: it saw the Lease, and the store can be read |
//! | `/startupz` | `/health/startup` | started, or follows |
//! | `/health` | | nothing is degraded |
//! | `/health/detailed` | | the same, with each check and how long it took |
//! | `/metrics` | | the page of metrics |
//!
//! A replica that follows is ready, because it does all that it is there for: it answers questions, and takes over. Were it not, a
//! Deployment of two would never be available, and a rolling update would wait for ever for the second one.
//!
//! What a user's Canary cannot do (an endpoint that is gone, a file that is broken) is told in the Canary's own place and
//! degrades nothing here.

mod answer;
mod check;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use answer::{CheckAnswer, CheckStatus, Checked, HealthAnswer, HealthStatus, LeadershipAnswer};
pub use check::Check;

use super::counters::Counters;
use super::serving::{self, Bounds};
use crate::clock::Stopwatch;
use crate::driver::Leadership;
use crate::telemetry::{Checkup, Metrics};
use check::Watched;

/// Connections at a time: a few probes and two Prometheus servers. One that sends nothing makes room.
const CONNECTIONS_MAX: usize = 64;

/// Time for the head of a request: a probe sends it at once.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// What is checked.
pub struct Checks {
    /// The store takes a write.
    pub database: Box<dyn Check>,
    /// What is needed to read metrics at all; not whether a Canary's endpoints answer.
    pub metric_source: Box<dyn Check>,
    /// Deliveries do not pile up.
    pub outbox: Box<dyn Check>,
    /// The schema is the one that this version works with.
    pub migrations: Box<dyn Check>,
    /// The API's certificate is the one of its files; where it has one.
    pub certificate: Option<Box<dyn Check>>,
}

/// How far the process is. Clones are the same process.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    stage: AtomicU8,
    running: Stopwatch,
    database: Watched,
    metric_source: Watched,
    outbox: Watched,
    migrations: Watched,
    certificate: Option<Watched>,
    lease: Option<(Watched, Arc<dyn Leadership>)>,
}

/// Before [`Health::started`].
const STARTING: u8 = 0;
/// After it.
const SERVING: u8 = 1;
/// After [`Health::stopping`].
const STOPPING: u8 = 2;

impl Health {
    /// A process that is starting.
    #[must_use]
    pub fn new(checks: Checks) -> Self {
        Self::of_replica(checks, None)
    }

    /// The same, of a process that may be one of several, of which one leads.
    #[must_use]
    pub fn of_replica(checks: Checks, leadership: Option<Arc<dyn Leadership>>) -> Self {
        let lease = leadership.map(|leadership| {
            let asked = Arc::clone(&leadership);
            let check = move || {
                let fault = asked.leader().fault;
                async move { fault.map_or(Ok(()), Err) }
            };
            (Watched::new(Box::new(check)), leadership)
        });
        Self(Arc::new(Inner {
            stage: AtomicU8::new(STARTING),
            running: Stopwatch::start(),
            database: Watched::new(checks.database),
            metric_source: Watched::new(checks.metric_source),
            outbox: Watched::new(checks.outbox),
            migrations: Watched::new(checks.migrations),
            certificate: checks.certificate.map(Watched::new),
            lease,
        }))
    }

    /// The API answers; and every rollout of the journal is gone on with, where this replica leads.
    pub fn started(&self) {
        self.0.stage.store(SERVING, Ordering::Relaxed);
    }

    /// The process drains: whoever balances load is to look elsewhere.
    pub fn stopping(&self) {
        self.0.stage.store(STOPPING, Ordering::Relaxed);
    }

    /// Its routes.
    pub fn router(&self, metrics: Arc<Metrics>) -> Router {
        let live = get(|| async { Json(HealthAnswer::ok()) });
        let (ready, startup) = (get(ready), get(startup));
        Router::new()
            .route("/livez", live.clone())
            .route("/health/live", live)
            .route("/readyz", ready.clone())
            .route("/health/ready", ready.clone())
            .route("/ready", ready)
            .route("/startupz", startup.clone())
            .route("/health/startup", startup)
            .route("/health", get(whole))
            .route("/health/detailed", get(detailed))
            .with_state(self.clone())
            .route("/metrics", get(page).with_state(metrics))
    }

    /// Answers on `listener` until the stop.
    pub async fn serve(self, listener: TcpListener, metrics: Arc<Metrics>, stop: CancellationToken) {
        let bounds = Bounds {
            connections: CONNECTIONS_MAX,
            header_timeout: HEADER_TIMEOUT,
        };
        let router = self.router(metrics);
        serving::serve((listener, None), router, bounds, &Counters::default(), stop).await;
    }

    async fn look(&self) -> HealthAnswer {
        let lease = self.0.lease.as_ref();
        let leadership = lease.map(|(_, leadership)| leadership.leader().into());
        HealthAnswer::of(self.checked().await, leadership, self.0.running.elapsed())
    }

    async fn checked(&self) -> Checked {
        let Inner {
            database,
            metric_source,
            outbox,
            migrations,
            certificate,
            lease,
            ..
        } = &*self.0;
        let certificate = async {
            match certificate {
                Some(certificate) => Some(certificate.look().await),
                None => None,
            }
        };
        let lease = async {
            match lease {
                Some((lease, _)) => Some(lease.look().await),
                None => None,
            }
        };
        let (database, metric_source, outbox, migrations, certificate, lease) = tokio::join!(
            database.look(),
            metric_source.look(),
            outbox.look(),
            migrations.look(),
            certificate,
            lease
        );
        Checked {
            database,
            metric_source,
            outbox,
            migrations,
            certificate,
            lease,
        }
    }
}

impl Inner {
    /// Why this replica has never seen the Lease. One that saw it stays ready while the API server is away: it still knows who led,
    /// and what it answers comes from the store.
    fn not_known(&self) -> Option<String> {
        let (_, leadership) = self.lease.as_ref()?;
        let leader = leadership.leader();
        let not_yet = || "not looked at yet".to_owned();
        (!leader.is_known).then(|| leader.fault.unwrap_or_else(not_yet))
    }
}

#[async_trait]
impl Checkup for Health {
    async fn checkup(&self) -> Vec<(&'static str, bool)> {
        self.checked().await.each()
    }
}

async fn startup(State(Health(process)): State<Health>) -> Response {
    match process.stage.load(Ordering::Relaxed) {
        STARTING => unavailable("starting"),
        _ => Json(HealthAnswer::ok()).into_response(),
    }
}

async fn ready(State(Health(process)): State<Health>) -> Response {
    let stage = process.stage.load(Ordering::Relaxed);
    if stage == STOPPING {
        return unavailable("stopping");
    }
    let (database, migrations) = tokio::join!(process.database.look(), process.migrations.look());
    let faults = [
        ("database", database.detail),
        ("migrations", migrations.detail),
        ("lease", process.not_known()),
    ];
    let faults: Vec<String> = faults
        .iter()
        .filter_map(|(name, fault)| Some(format!("{name}: {}", fault.as_deref()?)))
        .collect();
    match (stage, faults.is_empty()) {
        (STARTING, true) => unavailable("starting"),
        // What the start waits for.
        (STARTING, false) => unavailable(&format!("starting; {}", faults.join("; "))),
        (_, true) => Json(HealthAnswer::ok()).into_response(),
        (_, false) => unavailable(&faults.join("; ")),
    }
}

async fn whole(State(health): State<Health>) -> Response {
    let answer = health.look().await;
    (answer.http_status(), Json(answer.without_checks())).into_response()
}

async fn detailed(State(health): State<Health>) -> Response {
    let answer = health.look().await;
    (answer.http_status(), Json(answer)).into_response()
}

async fn page(State(metrics): State<Arc<Metrics>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics.page().await).into_response()
}

fn unavailable(detail: &str) -> Response {
    let answer = HealthAnswer::unavailable(detail);
    (StatusCode::SERVICE_UNAVAILABLE, Json(answer)).into_response()
}
