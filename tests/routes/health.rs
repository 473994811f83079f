//! The listener for probes and metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use serin::api::health::{Check, Checks, Health};
use serin::telemetry::Metrics;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::eventually;

/// A listener, and what it checks.
struct Listener {
    address: std::net::SocketAddr,
    health: Health,
    database_is_well: Arc<AtomicBool>,
    outbox_is_well: Arc<AtomicBool>,
    asked: Arc<AtomicU32>,
    client: Client,
}

impl Listener {
    async fn start() -> Self {
        Self::with(None).await
    }

    async fn with(migrations: Option<Box<dyn Check>>) -> Self {
        let (database_is_well, outbox_is_well) =
            (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(true)));
        let asked = Arc::new(AtomicU32::new(0));
        let well = |flag: &Arc<AtomicBool>, asked: Arc<AtomicU32>| {
            let flag = flag.clone();
            let check: Box<dyn Check> = Box::new(move || {
                asked.fetch_add(1, Ordering::Relaxed);
                let is_well = flag.load(Ordering::Relaxed);
                async move {
                    if is_well {
                        Ok(())
                    } else {
                        Err("the disk is full".to_owned())
                    }
                }
            });
            check
        };
        let health = Health::new(Checks {
            database: well(&database_is_well, asked.clone()),
            metric_source: well(&Arc::new(AtomicBool::new(true)), Arc::default()),
            outbox: well(&outbox_is_well, Arc::default()),
            migrations: migrations.unwrap_or_else(|| well(&Arc::new(AtomicBool::new(true)), Arc::default())),
            certificate: None,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            health
                .clone()
                .serve(listener, Arc::new(Metrics::default()), CancellationToken::new()),
        );
        Self {
            address,
            health,
            database_is_well,
            outbox_is_well,
            asked,
            client: Client::builder()
                .no_proxy()
                .timeout(super::EVENTUALLY)
                .build()
                .unwrap(),
        }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self
            .client
            .get(format!("http://{}{path}", self.address))
            .send()
            .await
            .unwrap();
        let status = response.status();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap()).unwrap(),
        )
    }

    async fn statuses<const N: usize>(&self, paths: [&str; N]) -> [u16; N] {
        let mut statuses = [0; N];
        for (status, path) in statuses.iter_mut().zip(paths) {
            *status = self.get(path).await.0.as_u16();
        }
        statuses
    }
}

const LIVE: [&str; 2] = ["/livez", "/health/live"];
const READY: [&str; 3] = ["/readyz", "/health/ready", "/ready"];
const STARTUP: [&str; 2] = ["/startupz", "/health/startup"];

#[tokio::test]
async fn a_process_that_starts_is_alive_and_nothing_more() {
    let listener = Listener::start().await;
    assert_eq!(listener.statuses(LIVE).await, [200; 2]);
    assert_eq!(listener.statuses(STARTUP).await, [503; 2]);
    assert_eq!(listener.statuses(READY).await, [503; 3]);
    assert_eq!(listener.get("/readyz").await.1["detail"], "starting");
}

#[tokio::test]
async fn a_process_that_started_is_ready_until_it_stops() {
    let listener = Listener::start().await;
    listener.health.started();
    assert_eq!(listener.statuses(STARTUP).await, [200; 2]);
    assert_eq!(listener.statuses(READY).await, [200; 3]);
    listener.health.stopping();
    assert_eq!(listener.statuses(READY).await, [503; 3]);
    assert_eq!(listener.statuses(STARTUP).await, [200; 2]);
    assert_eq!(listener.statuses(LIVE).await, [200; 2]);
}

#[tokio::test]
async fn details_are_as_monitoring_asks_for_them() {
    let listener = Listener::start().await;
    let (status, body) = listener.get("/health/detailed").await;
    assert_eq!(status, 200);
    assert_eq!(body["status"], "ok");
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(body["uptime"].is_u64());
    let checks = body["checks"].as_object().unwrap();
    let names: Vec<&str> = checks.keys().map(String::as_str).collect();
    assert_eq!(names, ["database", "metric_source", "outbox", "migrations"]);
    for check in checks.values() {
        assert_eq!(check["status"], "ok");
        assert!(check["latency_ms"].is_u64());
        assert_eq!(check.as_object().unwrap().len(), 2);
    }
    assert_eq!(body.as_object().unwrap().len(), 4);
    assert_eq!(listener.get("/health").await.0, 200);
}

#[tokio::test]
async fn a_store_that_is_down_is_told_and_forgotten_once_it_is_back() {
    let listener = Listener::start().await;
    listener.health.started();
    listener.database_is_well.store(false, Ordering::Relaxed);
    let (status, body) = listener.get("/readyz").await;
    assert_eq!(status, 503);
    assert_eq!(body["detail"], "database: the disk is full");
    let (status, body) = listener.get("/health/detailed").await;
    assert_eq!(status, 503);
    assert_eq!(body["status"], "degraded");
    assert_eq!(body["checks"]["database"]["detail"], "the disk is full");
    assert_eq!(listener.get("/health").await.0, 503);
    assert_eq!(listener.statuses(LIVE).await, [200; 2]);

    listener.database_is_well.store(true, Ordering::Relaxed);
    eventually("ready again", async || listener.get("/readyz").await.0 == 200).await;
}

#[tokio::test]
async fn deliveries_that_pile_up_degrade_and_leave_the_daemon_ready() {
    let listener = Listener::start().await;
    listener.health.started();
    listener.outbox_is_well.store(false, Ordering::Relaxed);
    assert_eq!(listener.get("/health").await.0, 503);
    assert_eq!(listener.statuses(READY).await, [200; 3]);
}

#[tokio::test]
async fn a_check_that_hangs_has_failed() {
    let hangs: Box<dyn Check> = Box::new(std::future::pending::<Result<(), String>>);
    let listener = Listener::with(Some(hangs)).await;
    listener.health.started();
    let (status, body) = listener.get("/readyz").await;
    assert_eq!(status, 503);
    assert_eq!(body["detail"], "migrations: no answer within 900 ms");
}

#[tokio::test]
async fn however_many_ask_a_check_is_made_once() {
    let listener = Listener::start().await;
    listener.health.started();
    let asking = (0..50).map(|_| listener.get("/readyz"));
    let answers = futures::future::join_all(asking).await;
    assert!(answers.iter().all(|(status, _)| *status == 200));
    assert!(
        listener.asked.load(Ordering::Relaxed) < 20,
        "{:?}",
        listener.asked
    );
}
