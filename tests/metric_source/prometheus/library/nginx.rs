//! What two controllers of ingress-nginx report, of a main Ingress and its canary.

use super::http::EDGES_SECONDS;
use super::series::{Series, histogram};
use super::traffic::{PODS, Pod, Service};

/// Of an Ingress that is called as the service.
pub(super) fn series(service: Service) -> Vec<Series> {
    let of_pod = |pod: &Pod| {
        let of_code = |code: &'static str| {
            let labels = labels(service, pod, code);
            let counted = pod.count(|answered| answered.code == code);
            let mut series = vec![Series::new(
                "nginx_ingress_controller_requests",
                labels.clone(),
                counted,
            )];
            for what in ["request", "response"] {
                let name = format!("nginx_ingress_controller_{what}_duration_seconds");
                series.extend(histogram(&name, &labels, (EDGES_SECONDS, 1000.0), pod, &[code]));
            }
            series
        };
        pod.codes().into_iter().flat_map(of_code).collect::<Vec<_>>()
    };
    PODS.iter().flat_map(of_pod).collect()
}

/// The canary's requests carry the main Ingress' names, and beside them where they really went.
fn labels(service: Service, pod: &Pod, code: &str) -> Vec<(&'static str, String)> {
    let Service { namespace, name } = service;
    let diverted_to = match pod.subset {
        "stable" => String::new(),
        subset => format!("{namespace}-{name}-{subset}-80"),
    };
    let controller = format!("ingress-nginx-controller-559584768b-{}", pod.suffix);
    vec![
        ("canary", diverted_to),
        ("controller_class", "k8s.io/ingress-nginx".into()),
        ("controller_namespace", "ingress-nginx".into()),
        ("controller_pod", controller.clone()),
        ("exported_namespace", namespace.into()),
        ("exported_service", name.into()),
        ("host", format!("{name}.test")),
        ("ingress", name.into()),
        ("method", "GET".into()),
        ("path", "/".into()),
        ("status", code.into()),
        ("namespace", "ingress-nginx".into()),
        ("service", "ingress-nginx-controller-metrics".into()),
        ("pod", controller),
        ("job", "ingress-nginx-controller-metrics".into()),
    ]
}
