//! Whole runs on a VirtualService in a cluster's API server, which Flagger moves and Serin reads, with the judgements in a database.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use serin::api::{Api, Daemon};
use serin::driver::Driver;
use serin::driver::ports::{Clock, NoHooks, Ports};
use serin::engine::{Arm, Outcome, Status};
use serin::spec::Timestamp;
use serin::store::{Database, Limits, Location, Store};
use serin::traffic::istio::VirtualServices;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::flagger::{Flagger, Phase};
use super::mesh::Mesh;
use crate::routes::history::FakeCanaries;
use crate::routes::usual_settings;
use crate::world::World;
use crate::world::api_server::ApiServer;
use crate::world::patience::until;
use crate::world::people::People;
use crate::world::route::FakeRoute;
use crate::world::services::FakeServices;
use crate::world::skipping::SkippingClock;
use crate::world::workloads::FakeWorkloads;

/// What the server calls the objects.
const PLURAL: &str = "virtualservices";

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(10);

/// A cluster, and a daemon that only judges.
struct Cluster {
    server: ApiServer,
    clock: SkippingClock,
    /// The weights as the proxies follow them.
    proxies: FakeRoute,
    services: FakeServices,
    store: Arc<Store>,
    driver: Arc<Driver>,
    router: Router,
    _folder: TempDir,
}

impl Cluster {
    async fn start() -> Self {
        let clock = SkippingClock::start();
        let proxies = FakeRoute::new(Arc::new(clock.clone()));
        let services = FakeServices::new(Arc::new(clock.clone()), proxies.clone());
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("serin.db"));
        let database = Database::open(&location, Limits::default()).await.unwrap();
        database.migrate().await.unwrap();
        let store = Arc::new(database.lead("serin-0").await.unwrap());
        let server = ApiServer::start().await;
        server.put(virtual_service());
        let (driver, router) = daemon(&server, &clock, &services, &store).await;
        Self {
            server,
            clock,
            proxies,
            services,
            store,
            driver,
            router,
            _folder: folder,
        }
    }

    /// Ends the daemon, and starts another.
    async fn restart(&mut self) {
        self.driver.shutdown().await;
        (self.driver, self.router) = daemon(&self.server, &self.clock, &self.services, &self.store).await;
    }

    fn judged(&self) -> Option<Status> {
        self.driver.status_of("shop", "checkout")
    }

    fn object(&self) -> Value {
        self.server.object(PLURAL, "shop", "checkout")
    }
}

impl Mesh for Cluster {
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> u16 {
        let mut request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        answer.status().as_u16()
    }

    fn set_weight(&self, weight: u8) {
        self.server.edit(PLURAL, "shop", "checkout", |object| {
            let route = &mut object["spec"]["http"][0]["route"];
            route[0]["weight"] = json!(100 - weight);
            route[1]["weight"] = json!(weight);
        });
        self.proxies.somebody_edits(|route| route.canary_weight = weight);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Look by look.
    async fn pass(&self, time: Duration) {
        for _ in 0..time.as_secs() / LOOK.as_secs() {
            let before = self.judged().and_then(|status| status.looked_at);
            self.clock.skip(LOOK);
            until("a look", async || {
                let status = self.judged();
                let is_new =
                    status.is_none_or(|status| status.phase.is_final() || status.looked_at != before);
                is_new.then_some(())
            })
            .await;
        }
    }
}

async fn daemon(
    server: &ApiServer,
    clock: &SkippingClock,
    services: &FakeServices,
    store: &Arc<Store>,
) -> (Arc<Driver>, Router) {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let driver = Arc::new(Driver::new(Ports {
        metric_source: Arc::new(services.clone()),
        traffic: Arc::new(VirtualServices::new(&server.cluster())),
        workloads: Arc::new(FakeWorkloads::default()),
        hooks: Arc::new(NoHooks),
        journal: Arc::clone(store) as Arc<_>,
        notifier: Arc::new(People::default()),
        clock: Arc::clone(&clock),
    }));
    driver.recover().await.unwrap();
    let canaries = FakeCanaries::of(World::new().canary.clone());
    canaries.delete();
    let daemon = Daemon {
        driver: Arc::clone(&driver),
        canaries: Arc::new(canaries),
        history: Arc::new(store.database().clone()),
        clock,
    };
    let router = Api::new(daemon, usual_settings(), CancellationToken::new()).router();
    (driver, router)
}

/// As Flagger makes it of a Canary `checkout`.
fn virtual_service() -> Value {
    let destination = |host: &str, weight: u8| json!({"destination": {"host": host}, "weight": weight});
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "checkout", "namespace": "shop"},
        "spec": {
            "hosts": ["checkout"],
            "http": [{"route": [destination("checkout-primary", 100), destination("checkout-canary", 0)]}],
        },
    })
}

/// That Serin wrote nothing: neither a request nor a mark.
fn only_read(cluster: &Cluster) {
    let asked = cluster.server.requests();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|asked| asked.method == "GET"), "{asked:#?}");
    assert!(cluster.object()["metadata"]["annotations"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted() {
    let cluster = Cluster::start().await;
    let mut flagger = Flagger::at(&cluster);
    flagger.new_revision("5d4f8c7b6");
    assert_eq!(flagger.run(&cluster).await, Phase::Succeeded);
    assert_eq!(flagger.failed_checks, 0);
    until("ended", async || cluster.judged().unwrap().ending).await;
    let ending = cluster.judged().unwrap().ending.unwrap();
    assert_eq!(ending.outcome, Outcome::Promoted);
    only_read(&cluster);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_rolled_back_also_by_a_daemon_that_was_restarted() {
    let mut cluster = Cluster::start().await;
    let mut flagger = Flagger::at(&cluster);
    flagger.new_revision("bad");
    flagger.until(&cluster, |flagger| flagger.weight > 0).await;
    let before = cluster.judged().unwrap();
    cluster.restart().await;
    cluster.services.fail(Arm::Canary, 0.1);
    assert_eq!(flagger.run(&cluster).await, Phase::Failed);
    let judged = cluster.judged().unwrap();
    assert_eq!(judged.id, before.id);
    assert_eq!(judged.ending.unwrap().outcome, Outcome::Aborted);
    assert_eq!(cluster.object()["spec"]["http"][0]["route"][1]["weight"], 0);
    // The store knows after yet another restart.
    cluster.driver.journalled(&judged.id).await.unwrap();
    cluster.restart().await;
    assert_eq!(cluster.judged(), None);
    let body = super::body("bad").to_string();
    assert_eq!(cluster.post("/webhooks/flagger/rollback", &[], body).await, 200);
    only_read(&cluster);
}
