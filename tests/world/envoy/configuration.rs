//! What Envoy is told, in its own words (its API v3, as JSON).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

const TYPE: &str = "type.googleapis.com/envoy";

const ROUTES: &str = "80";

/// What it starts with: a listener with routes from a file, and clusters with their endpoints from files. The ports are
/// the kernel's choice.
pub(super) fn bootstrap(clusters: &[(String, PathBuf)], routes: &Path) -> Value {
    let connection_manager = json!({
        "@type": format!("{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "outbound",
        "rds": {"route_config_name": ROUTES, "config_source": from_file(routes)},
        "http_filters": [{
            "name": "router",
            "typed_config": {"@type": format!("{TYPE}.extensions.filters.http.router.v3.Router")},
        }],
    });
    let listener = json!({
        "name": "outbound",
        "address": loopback(0),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": connection_manager}]}],
    });
    let cluster = |(name, endpoints): &(String, PathBuf)| {
        json!({
            "name": name,
            "type": "EDS",
            "connect_timeout": "1s",
            "eds_cluster_config": {"eds_config": from_file(endpoints)},
        })
    };
    let clusters: Vec<Value> = clusters.iter().map(cluster).collect();
    json!({
        // Whoever takes resources from files needs a name of its own.
        "node": {"id": "sidecar", "cluster": "tests"},
        "admin": {"address": loopback(0)},
        "stats_config": {"use_all_default_tags": false, "stats_tags": tags()},
        "static_resources": {"listeners": [listener], "clusters": clusters},
    })
}

/// What becomes a label in its statistics. Its own rule for a cluster's name ends at the first dot; this one, which is
/// Istio's, takes the names of services whole.
fn tags() -> Value {
    json!([
        {"tag_name": "envoy.cluster_name", "regex": r"^cluster\.((.+?(\..+?\.svc\.cluster\.local)?)\.)"},
        {"tag_name": "envoy.response_code"},
        {"tag_name": "envoy.response_code_class"},
        {"tag_name": "envoy.http_conn_manager_prefix"},
    ])
}

/// The file of routes.
pub(super) fn route_configuration(routes: &[Value]) -> Value {
    json!({"resources": [{
        "@type": format!("{TYPE}.config.route.v3.RouteConfiguration"),
        "name": ROUTES,
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}],
    }]})
}

/// A route for every request.
pub(super) fn route_to(clusters: &[(String, u64)]) -> Value {
    json!({"match": {"prefix": "/"}, "route": action(clusters)})
}

/// Where requests go, by weight.
pub(super) fn action(clusters: &[(String, u64)]) -> Value {
    let weighted = |(name, weight): &(String, u64)| json!({"name": name, "weight": weight});
    let clusters: Vec<Value> = clusters.iter().map(weighted).collect();
    json!({"weighted_clusters": {"clusters": clusters}})
}

/// The file of a cluster's endpoints.
pub(super) fn endpoints(cluster: &str, addresses: &[SocketAddr]) -> Value {
    let endpoint = |address: &SocketAddr| json!({"endpoint": {"address": loopback(address.port())}});
    let endpoints: Vec<Value> = addresses.iter().map(endpoint).collect();
    json!({"resources": [{
        "@type": format!("{TYPE}.config.endpoint.v3.ClusterLoadAssignment"),
        "cluster_name": cluster,
        "endpoints": [{"lb_endpoints": endpoints}],
    }]})
}

fn from_file(path: &Path) -> Value {
    json!({
        "resource_api_version": "V3",
        "path_config_source": {"path": path, "watched_directory": {"path": path.parent()}},
    })
}

fn loopback(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}
