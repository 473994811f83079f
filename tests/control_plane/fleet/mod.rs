//! So many applications with a Canary each, in a cluster of their own in which Serin is installed. Nobody calls them: one page
//! says what their proxies would count.

mod objects;
mod page;

use std::time::Duration;

use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use self::objects::objects;
use super::configured::configure;
use super::installed::install;
use crate::world::cluster::Cluster;
use crate::world::daemon::{Daemon, answered};
use crate::world::endpoint::Endpoint;
use crate::world::home::Home;
use crate::world::prometheus::Prometheus;
use crate::world::target::Target;

pub(super) const NAMESPACE: &str = "fleet";

/// The API server has so many of a test's requests at a time.
const AT_ONCE: usize = 8;

/// Five hundred pairs of pods take a while to be there.
const SETTLED_WITHIN: Duration = Duration::from_secs(600);

/// What all of them have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) size: usize,
    /// Between two looks of a rollout, and between two scrapes; whole seconds.
    pub(super) interval: Duration,
    /// Calls of each application, which its route divides between both arms.
    pub(super) calls_per_second: f64,
    /// Of the Canary.
    pub(super) steps: fn() -> Value,
}

pub(super) struct Fleet {
    pub(super) plan: Plan,
    pub(super) cluster: Cluster,
    pub(super) prometheus: Prometheus,
    _page: Endpoint,
}

impl Fleet {
    /// All of it: the pods are ready, and there is no daemon.
    pub(super) async fn deploy(plan: Plan) -> Self {
        let cluster = Cluster::start().await;
        install(&cluster).await;
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        cluster.api.create("/api/v1/namespaces", &namespace).await;
        let page = page::start(plan, cluster.api.clone()).await;
        let prometheus = Prometheus::set_up()
            .scraping_every(plan.interval)
            .scraping([Target::at(&page.address)])
            .start()
            .await;
        let fleet = Self {
            plan,
            cluster,
            prometheus,
            _page: page,
        };
        let all = (0..plan.size).flat_map(|index| objects(index, &plan));
        stream::iter(all)
            .for_each_concurrent(AT_ONCE, async |(folder, object)| {
                fleet.cluster.api.create(&folder, &object).await;
            })
            .await;
        let ready = |deployment: &Value| deployment["status"]["availableReplicas"] == 1;
        fleet
            .until_all("apps/v1", "deployments", 2 * plan.size, ready)
            .await;
        fleet
    }

    /// Writes the configuration of a daemon for it.
    pub(super) fn configure(&self, home: &Home) {
        configure(home, &self.prometheus, NAMESPACE);
    }

    /// Where the API server has the VirtualServices.
    pub(super) fn routes(&self) -> impl Iterator<Item = String> {
        objects::names(self.plan.size).map(|name| format!("{}/{name}", objects::ROUTES))
    }

    /// Waits until a daemon has seen every Canary as it is.
    pub(super) async fn until_seen(&self) {
        let known = |canary: &Value| canary["status"]["observed"].is_object();
        self.until_all("serin.dev/v1alpha1", "canaries", self.plan.size, known)
            .await;
    }

    /// What the API of `daemon` says of every rollout that has begun.
    pub(super) async fn rollouts(&self, daemon: &Daemon) -> Vec<Value> {
        let canaries = objects::names(self.plan.size);
        let ask =
            async |name| daemon.get(&format!("/api/v1/canaries/{NAMESPACE}/{name}")).await["rollout"].take();
        stream::iter(canaries).then(ask).collect().await
    }

    /// Starts a rollout of every Canary that is asked for by its number.
    pub(super) async fn start(&self, daemon: &Daemon, is_wanted: impl Fn(usize) -> bool) {
        let wanted = objects::names(self.plan.size).enumerate();
        stream::iter(wanted.filter(|(index, _)| is_wanted(*index)))
            .for_each_concurrent(AT_ONCE, async |(_, name)| {
                let path = format!("/api/v1/canaries/{NAMESPACE}/{name}/start");
                let request = daemon.request(Method::POST, &path);
                let request = request.header("content-type", "application/json");
                let (status, answer) = answered(request.body(r#"{"reason": "a test"}"#)).await;
                assert!(status < 300, "{name}: {answer}");
            })
            .await;
    }

    /// Waits until every route gives its canary this weight.
    pub(super) async fn until_weight(&self, weight: u64) {
        let has = |route: &Value| route["spec"]["http"][0]["route"][1]["weight"] == weight;
        self.until_all("networking.istio.io/v1", "virtualservices", self.plan.size, has)
            .await;
    }

    /// Waits until so many objects are like that. All of them are too much to ask for often.
    async fn until_all(&self, group: &str, plural: &str, count: usize, is_so: impl Fn(&Value) -> bool) {
        let path = format!("/apis/{group}/namespaces/{NAMESPACE}/{plural}");
        let waiting = async {
            loop {
                let list = self.cluster.api.get(&path).await;
                let items = list["items"].as_array().expect("a list has items");
                if items.iter().filter(|item| is_so(item)).count() == count {
                    return;
                }
                sleep(Duration::from_secs(1)).await;
            }
        };
        if timeout(SETTLED_WITHIN, waiting).await.is_err() {
            panic!("{plural} are not as they have to be");
        }
    }
}
