//! Every template of the library, asked of real servers that have its exporter's series: both arms, two pods each, and services
//! beside them that must not count.

mod asking;
mod containers;
mod envoy;
mod http;
mod istio;
mod nginx;
mod series;
mod traffic;

use serin::spec::LIBRARY;

use self::asking::wrong;
use crate::world::prometheus::Prometheus;
use crate::world::samples::Samples;
use crate::world::victoria::Victoria;

/// What comes of a template with these parameters.
struct Fact<const NUMBERS: usize> {
    template: &'static str,
    parameters: &'static str,
    stable: [f64; NUMBERS],
    canary: [f64; NUMBERS],
}

const fn fact<const NUMBERS: usize>(
    template: &'static str,
    parameters: &'static str,
    stable: [f64; NUMBERS],
    canary: [f64; NUMBERS],
) -> Fact<NUMBERS> {
    Fact {
        template,
        parameters,
        stable,
        canary,
    }
}

/// Parameters for names that are nobody's default.
const OTHER_LABELS: &str =
    "workload_label: workload, namespace_label: kubernetes_namespace, pod_label: kubernetes_pod_name";

const ISTIOS_CLUSTERS: &str =
    "cluster: 'outbound|80|${subset}|${host}.${namespace}.svc.cluster.local', cluster_label: cluster_name";

/// Requests and errors, between the looks.
const RATES: [Fact<2>; 10] = [
    // By HTTP and by gRPC, whose errors have no code.
    fact("istio-success-rate", "", [424.0, 5.0], [74.0, 3.0]),
    fact(
        "istio-success-rate",
        "reporter: source",
        [424.0, 5.0],
        [74.0, 3.0],
    ),
    fact("istio-grpc", "", [212.0, 5.0], [37.0, 3.0]),
    fact("envoy-success-rate", "", [212.0, 5.0], [37.0, 3.0]),
    fact(
        "envoy-success-rate",
        "ISTIOS_CLUSTERS, code_label: response_code",
        [212.0, 5.0],
        [37.0, 3.0],
    ),
    fact("nginx-success-rate", "", [212.0, 5.0], [37.0, 3.0]),
    fact(
        "nginx-success-rate",
        "ingress: checkout",
        [212.0, 5.0],
        [37.0, 3.0],
    ),
    fact("http-success-rate", "", [212.0, 5.0], [37.0, 3.0]),
    fact(
        "http-success-rate",
        "requests: http_server_requests_seconds_count, code_label: status, OTHER_LABELS",
        [212.0, 5.0],
        [37.0, 3.0],
    ),
    fact(
        "errors-over-total",
        "total: orders_processed_total, errors: orders_errors_total",
        [212.0, 5.0],
        [37.0, 3.0],
    ),
];

/// Requests, those slower than 100 ms, those slower than 500 ms, between the looks.
const LATENCIES: [Fact<3>; 7] = [
    fact("istio-latency", "", [424.0, 20.0, 10.0], [74.0, 10.0, 4.0]),
    fact("envoy-latency", "", [212.0, 10.0, 5.0], [37.0, 5.0, 2.0]),
    fact(
        "envoy-latency",
        "ISTIOS_CLUSTERS",
        [212.0, 10.0, 5.0],
        [37.0, 5.0, 2.0],
    ),
    fact("nginx-latency", "", [212.0, 10.0, 5.0], [37.0, 5.0, 2.0]),
    fact(
        "nginx-latency",
        "histogram: nginx_ingress_controller_response_duration_seconds",
        [212.0, 10.0, 5.0],
        [37.0, 5.0, 2.0],
    ),
    fact("http-latency", "", [212.0, 10.0, 5.0], [37.0, 5.0, 2.0]),
    fact(
        "http-latency",
        "histogram: http_server_requests_seconds, OTHER_LABELS",
        [212.0, 10.0, 5.0],
        [37.0, 5.0, 2.0],
    ),
];

/// The number at the second look.
const VALUES: [Fact<1>; 6] = [
    fact("memory", "", [0.625], [0.875]),
    fact(
        "memory",
        "of: kube_pod_container_resource_requests",
        [1.25],
        [1.75],
    ),
    fact("cpu", "", [0.25], [0.75]),
    fact("cpu", "of: kube_pod_container_resource_requests", [0.5], [1.5]),
    fact("connection-pool", "", [0.5], [0.9]),
    fact(
        "connection-pool",
        "used: go_sql_in_use_connections, size: go_sql_max_open_connections",
        [0.25],
        [0.45],
    ),
];

#[tokio::test]
async fn each_template_counts_its_own_arms_and_nothing_else() {
    let prometheus = Prometheus::start().await;
    let write = async |samples: Vec<Samples>| prometheus.api.remote_write(&samples).await;
    assert_eq!(wrong(&prometheus.url(), write).await, Vec::<String>::new());
}

#[tokio::test]
async fn victoria_metrics_answers_the_same() {
    // Istio's series have more labels than it keeps by itself.
    let victoria = Victoria::with([], &["-maxLabelsPerTimeseries=40"]).await;
    let write = async |samples: Vec<Samples>| victoria.import(&samples).await;
    assert_eq!(wrong(&victoria.url(), write).await, Vec::<String>::new());
}

#[test]
fn no_template_is_left_out() {
    let rates = RATES.iter().map(|fact| fact.template);
    let latencies = LATENCIES.iter().map(|fact| fact.template);
    let asked: Vec<&str> = rates
        .chain(latencies)
        .chain(VALUES.iter().map(|fact| fact.template))
        .collect();
    for template in LIBRARY {
        assert!(asked.contains(&template.name), "{}", template.name);
    }
}
