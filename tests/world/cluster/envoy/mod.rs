//! An Envoy that is a client's sidecar in the mesh: all that it knows, but for one listener, it has from istiod.

mod bootstrap;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};

use self::bootstrap::bootstrap;
use super::Cluster;
use super::part::Part;
use crate::world::envoy::{Service, program};
use crate::world::load::client;
use crate::world::patience::{until, until_within};

/// Where it is asked, and where it shows its statistics.
const ADMIN: SocketAddr = SocketAddr::new(LOOPBACK, 19000);

/// Where requests go, each with the name of a service as its host.
const OUTBOUND: SocketAddr = SocketAddr::new(LOOPBACK, 18080);

/// istiod and the controllers that write endpoints down are refused for a minute by some tests, and ask again ever more seldom.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(300);

pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The proxy; it is a [`Part`] that tells its routes.
pub(crate) struct Envoy {
    part: Part,
}

impl Envoy {
    pub(super) async fn start(cluster: &Cluster) -> Self {
        let file = cluster.folder().join("envoy.json");
        fs::write(&file, bootstrap().to_string()).unwrap();
        let mut command = cluster.command(program());
        command.arg("-c").arg(file).args([
            "--concurrency",
            "1",
            "--log-level",
            "warning",
            "--disable-hot-restart",
        ]);
        let probe = (client(), format!("http://{ADMIN}/ready"));
        let part = Part::launch(command, cluster.folder(), "envoy", probe);
        part.until_ready().await;
        Self { part }
    }

    /// Where requests go, each with the name of a service as its host.
    pub(crate) const fn address(&self) -> SocketAddr {
        OUTBOUND
    }

    /// The weights in force for a service, by subset; one without weight is not there. None before the proxy has heard
    /// of the service.
    pub(crate) async fn weights(&self, service: &Service) -> Option<BTreeMap<String, u64>> {
        let dump = ask("/config_dump?resource=dynamic_route_configs").await;
        let configurations = dump["configs"].as_array()?.iter();
        let mut hosts = configurations.flat_map(|one| elements(&one["route_config"]["virtual_hosts"]));
        let name = format!("{}:80", service.full_name());
        let host = hosts.find(|host| host["name"] == name)?;
        // Istio's last route is the one without conditions.
        let action = &elements(&host["routes"]).last()?["route"];
        let weighted = elements(&action["weighted_clusters"]["clusters"]);
        let alone = json!({"name": action["cluster"], "weight": 100});
        let clusters = if action["cluster"].is_string() {
            std::slice::from_ref(&alone)
        } else {
            weighted
        };
        Some(clusters.iter().map(weight).collect())
    }

    /// Waits until these weights are in force for a service.
    pub(crate) async fn until_weights(&self, service: &Service, weights: &[(&str, u64)]) {
        let some = weights.iter().filter(|(_, weight)| *weight > 0);
        let wanted: BTreeMap<_, _> = some
            .map(|(subset, weight)| ((*subset).to_owned(), *weight))
            .collect();
        let what = format!("{weights:?} in force for {}", service.full_name());
        until(&what, async || {
            (self.weights(service).await? == wanted).then_some(())
        })
        .await;
    }

    /// Waits until a cluster, by its name, has so many endpoints that are Ready. That may take a second longer than the
    /// pods take: Kubernetes writes endpoints down again after so long when it met its own last write.
    pub(crate) async fn until_endpoints(&self, cluster: &str, endpoints: usize) {
        let what = format!("{endpoints} ready endpoints of {cluster}");
        until_within(FOLLOWED_WITHIN, &what, async || {
            let clusters = ask("/clusters?format=json").await;
            let mut clusters = elements(&clusters["cluster_statuses"]).iter();
            let found = clusters.find(|one| one["name"] == cluster)?;
            let hosts = elements(&found["host_statuses"]).iter();
            let ready = hosts.filter(|host| host["health_status"]["eds_health_status"] == "HEALTHY");
            (ready.count() == endpoints).then_some(())
        })
        .await;
    }
}

async fn ask(path: &str) -> Value {
    let answer = client()
        .get(format!("http://{ADMIN}{path}"))
        .send()
        .await
        .unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

impl Deref for Envoy {
    type Target = Part;

    fn deref(&self) -> &Part {
        &self.part
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A cluster's subset, and its weight.
fn weight(cluster: &Value) -> (String, u64) {
    let subset = cluster["name"].as_str().and_then(|name| name.split('|').nth(2));
    (
        subset.unwrap_or_default().to_owned(),
        cluster["weight"].as_u64().unwrap_or_default(),
    )
}
