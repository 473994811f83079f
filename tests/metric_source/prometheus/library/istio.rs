//! Istio's standard metrics, as a Prometheus has them that discovers pods.

use super::series::{Edges, Series, histogram};
use super::traffic::{PODS, Pod, Service};

/// Envoy's edges, which Istio leaves as they are.
pub(super) const EDGES_MS: &Edges = &[
    "0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000",
    "60000", "300000", "600000", "1800000", "3600000",
];

/// What the proxies of `service` and of its callers report, of HTTP and of as many calls by gRPC.
pub(super) fn series(service: Service) -> Vec<Series> {
    let mut series = Vec::new();
    for pod in &PODS {
        for protocol in ["http", "grpc"] {
            for code in pod.codes() {
                let of_code = |reporter| labels(service, pod, reporter, protocol, code);
                for reporter in ["source", "destination"] {
                    let labels = of_code(reporter);
                    let counted = pod.count(|answered| answered.code == code);
                    series.push(Series::new("istio_requests_total", labels.clone(), counted));
                    let name = "istio_request_duration_milliseconds";
                    series.extend(histogram(name, &labels, (EDGES_MS, 1.0), pod, &[code]));
                }
            }
        }
    }
    series
}

/// All labels that such a series has.
fn labels(
    service: Service,
    pod: &Pod,
    reporter: &str,
    protocol: &str,
    code: &str,
) -> Vec<(&'static str, String)> {
    let Service { namespace, name } = service;
    let workload = service.workload(pod);
    let grpc_status = match code {
        _ if protocol == "http" => "",
        "200" => "0",
        "404" => "5",
        "503" => "14",
        _ => "13",
    };
    // gRPC says 200 whatever happens, if anything answers.
    let code = if protocol == "grpc" { "200" } else { code };
    let (scraped_namespace, scraped_app, scraped_pod) = match reporter {
        "source" => ("web", "frontend", format!("frontend-5c9f7d8b6-{}", pod.suffix)),
        _ => (namespace, name, service.pod(pod)),
    };
    vec![
        ("reporter", reporter.into()),
        ("source_workload", "frontend".into()),
        ("source_canonical_service", "frontend".into()),
        ("source_canonical_revision", "latest".into()),
        ("source_workload_namespace", "web".into()),
        (
            "source_principal",
            "spiffe://cluster.local/ns/web/sa/frontend".into(),
        ),
        ("source_app", "frontend".into()),
        ("source_version", "v3".into()),
        ("source_cluster", "Kubernetes".into()),
        ("destination_workload", workload),
        ("destination_workload_namespace", namespace.into()),
        (
            "destination_principal",
            format!("spiffe://cluster.local/ns/{namespace}/sa/{name}"),
        ),
        ("destination_app", name.into()),
        ("destination_version", pod.subset.into()),
        (
            "destination_service",
            format!("{name}.{namespace}.svc.cluster.local"),
        ),
        ("destination_canonical_service", name.into()),
        ("destination_canonical_revision", pod.subset.into()),
        ("destination_service_name", name.into()),
        ("destination_service_namespace", namespace.into()),
        ("destination_cluster", "Kubernetes".into()),
        ("request_protocol", protocol.into()),
        ("response_code", code.into()),
        ("grpc_response_status", grpc_status.into()),
        ("response_flags", "-".into()),
        (
            "connection_security_policy",
            if reporter == "source" {
                "unknown"
            } else {
                "mutual_tls"
            }
            .into(),
        ),
        ("app", scraped_app.into()),
        ("namespace", scraped_namespace.into()),
        ("pod", scraped_pod),
        ("job", "kubernetes-pods".into()),
    ]
}
