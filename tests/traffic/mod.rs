//! Traffic in manifests and in a cluster: which route is found, what is refused, what a write changes.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its world has failed, in helpers as in the test itself"
)]

pub(crate) mod canary;
mod file;
mod finding;
mod istio;
pub(crate) mod property;
mod text;
mod writing;

use serde_json::{Value, json};
use serin::engine::TrafficWrite;
use serin::spec::RouteDestination;
use serin::traffic::virtual_service::{ManagedRoute, Refusal, RouteSelector, find};

/// The manifest with comments, a header route first, a route without a name, and annotations yet to come.
const SHOP: &str = include_str!("manifests/shop.yaml");
/// The manifest with deeper lists, named routes, annotations, and a canary without a weight.
const EDGE: &str = include_str!("manifests/edge.yaml");

fn subset(name: &str) -> RouteDestination {
    RouteDestination {
        host: None,
        subset: Some(name.to_owned()),
    }
}

fn host(name: &str) -> RouteDestination {
    RouteDestination {
        host: Some(name.to_owned()),
        subset: None,
    }
}

/// A VirtualService of namespace `shop` with these HTTP routes.
fn service(http: Value) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "basket", "namespace": "shop"},
        "spec": {"hosts": ["basket"], "http": http},
    })
}

/// An entry of a `route` list.
fn to(host: &str, subset: &str, weight: u8) -> Value {
    json!({"destination": {"host": host, "subset": subset}, "weight": weight})
}

/// A route with stable and canary subsets of `basket`.
fn split(stable: u8, canary: u8) -> Value {
    json!({"route": [to("basket", "stable", stable), to("basket", "canary", canary)]})
}

/// Finds the route of the subsets `stable` and `canary` in namespace `shop`.
fn find_subsets(object: &Value, route: Option<&str>) -> Result<ManagedRoute, Refusal> {
    find_arms(object, route, &subset("stable"), &subset("canary"))
}

fn find_arms(
    object: &Value,
    route: Option<&str>,
    stable: &RouteDestination,
    canary: &RouteDestination,
) -> Result<ManagedRoute, Refusal> {
    let namespace = "shop";
    find(
        object,
        &RouteSelector {
            namespace,
            route,
            stable,
            canary,
        },
    )
}

fn write(canary_weight: u8, epoch: u64, rollout: &str) -> TrafficWrite {
    TrafficWrite {
        canary_weight,
        epoch,
        rollout: rollout.to_owned(),
        aborted: false,
    }
}

fn abort(epoch: u64, rollout: &str) -> TrafficWrite {
    TrafficWrite {
        aborted: true,
        ..write(0, epoch, rollout)
    }
}
