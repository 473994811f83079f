//! What services say of themselves, by client libraries of Prometheus.

use super::series::{Edges, Series, histogram};
use super::traffic::{PODS, Pod, Service};

/// The client libraries' default edges.
pub(super) const EDGES_SECONDS: &Edges = &[
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
];

/// By Go's client library, and once more under other names for everything.
pub(super) fn series(service: Service) -> Vec<Series> {
    PODS.iter().flat_map(|pod| of_pod(service, pod)).collect()
}

fn of_pod(service: Service, pod: &Pod) -> Vec<Series> {
    let usual = labels(["app", "namespace", "pod"], service, pod);
    let other = labels(
        ["workload", "kubernetes_namespace", "kubernetes_pod_name"],
        service,
        pod,
    );
    let started = (Some(1_700_000_000.0), 1_700_000_000.0);
    let mut series = vec![Series::new("process_start_time_seconds", usual.clone(), started)];
    for code in pod.codes() {
        let counted = pod.count(|answered| answered.code == code);
        let of_method =
            |name, labels: &Vec<_>| Series::new(name, labels.clone(), counted).label("method", "get");
        series.push(of_method("http_requests_total", &usual).label("code", code));
        series.push(of_method("http_server_requests_seconds_count", &other).label("status", code));
    }
    let edges = (EDGES_SECONDS, 1000.0);
    series.extend(histogram(
        "http_request_duration_seconds",
        &usual,
        edges,
        pod,
        &pod.codes(),
    ));
    series.extend(
        histogram("http_server_requests_seconds", &other, edges, pod, &pod.codes())
            .into_iter()
            .filter(|series| !series.is_called("http_server_requests_seconds_count")),
    );
    series.push(Series::new(
        "orders_processed_total",
        usual.clone(),
        pod.count(|_| true),
    ));
    let failed = pod.count(|answered| answered.code.starts_with('5'));
    series.push(Series::new("orders_errors_total", usual, failed));
    series
}

fn labels(names: [&'static str; 3], service: Service, pod: &Pod) -> Vec<(&'static str, String)> {
    let [workload, namespace, name] = names;
    vec![
        (workload, service.workload(pod)),
        (namespace, service.namespace.into()),
        (name, service.pod(pod)),
        ("job", "kubernetes-pods".into()),
    ]
}
