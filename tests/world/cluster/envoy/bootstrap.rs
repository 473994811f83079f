//! What the proxy starts with, in Envoy's own words: a listener whose routes istiod sends, and where istiod is.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{ADMIN, OUTBOUND};
use crate::world::cluster::mesh::DISCOVERY;

const TYPE: &str = "type.googleapis.com/envoy";

pub(super) fn bootstrap() -> Value {
    let discovery = "istiod";
    let ads = json!({"ads": {}, "resource_api_version": "V3"});
    let http2 = json!({
        "@type": format!("{TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions"),
        // A control plane that does nothing is noticed, and asked anew, though its connection stays open.
        "explicit_http_config": {"http2_protocol_options": {"connection_keepalive": {"interval": "30s", "timeout": "5s"}}},
    });
    let endpoint = json!({"endpoint": {"address": address(DISCOVERY)}});
    let connection_manager = json!({
        "@type": format!("{TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "outbound",
        "rds": {"route_config_name": "80", "config_source": ads},
        "http_filters": [{
            "name": "router",
            "typed_config": {"@type": format!("{TYPE}.extensions.filters.http.router.v3.Router")},
        }],
    });
    json!({
        // As istiod wants it: the kind of proxy, its address, its name and namespace, its domain.
        "node": {
            "id": "sidecar~127.0.0.1~client-0.default~default.svc.cluster.local",
            "cluster": "client.default",
            "metadata": {
                "NAMESPACE": "default",
                "CLUSTER_ID": "Kubernetes",
                "ISTIO_VERSION": "1.31.0",
                "INTERCEPTION_MODE": "NONE",
                "LABELS": {"app": "client"},
            },
        },
        "admin": {"address": address(ADMIN)},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "set_node_on_first_message_only": true,
                "grpc_services": [{"envoy_grpc": {"cluster_name": discovery}}],
            },
            "cds_config": ads,
        },
        "static_resources": {
            "clusters": [{
                "name": discovery,
                "type": "STATIC",
                "connect_timeout": "1s",
                "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
                "load_assignment": {"cluster_name": discovery, "endpoints": [{"lb_endpoints": [endpoint]}]},
            }],
            "listeners": [{
                "name": "outbound",
                "address": address(OUTBOUND),
                "filter_chains": [{"filters": [{"name": "http", "typed_config": connection_manager}]}],
            }],
        },
    })
}

fn address(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip(), "port_value": address.port()}})
}
