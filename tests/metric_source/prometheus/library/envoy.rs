//! Envoy's statistics of clusters, as two gateways report them.

use super::istio::EDGES_MS;
use super::series::{Series, histogram};
use super::traffic::{PODS, Pod, Service};

/// What an Envoy calls its labels.
struct Words {
    cluster: &'static str,
    code: &'static str,
    class: &'static str,
    /// The name of the metric that has the classes, and how it writes them.
    by_class: (&'static str, &'static str),
}

/// With Envoy's own tags and clusters that are called as the workloads.
pub(super) fn plain(service: Service) -> Vec<Series> {
    let words = Words {
        cluster: "envoy_cluster_name",
        code: "envoy_response_code",
        class: "envoy_response_code_class",
        by_class: ("envoy_cluster_upstream_rq_xx", ""),
    };
    let of_pod = |pod| reported(pod, &words, &service.workload(pod));
    PODS.iter().flat_map(of_pod).collect()
}

/// With Istio's tags and names of clusters: there one metric has the codes and, once more, their classes.
pub(super) fn of_istio(service: Service) -> Vec<Series> {
    let words = Words {
        cluster: "cluster_name",
        code: "response_code",
        class: "response_code_class",
        by_class: ("envoy_cluster_upstream_rq", "xx"),
    };
    let Service { namespace, name } = service;
    let of_pod = |pod: &Pod| {
        let cluster = format!("outbound|80|{}|{name}.{namespace}.svc.cluster.local", pod.subset);
        reported(pod, &words, &cluster)
    };
    PODS.iter().flat_map(of_pod).collect()
}

fn reported(pod: &Pod, words: &Words, cluster: &str) -> Vec<Series> {
    let labels = vec![
        (words.cluster, cluster.to_owned()),
        ("namespace", "gateways".to_owned()),
        ("pod", format!("gateway-6f8d9b7c5-{}", pod.suffix)),
        ("job", "envoy-stats".to_owned()),
    ];
    let all = pod.count(|_| true);
    let mut series = vec![
        Series::new("envoy_cluster_upstream_rq_total", labels.clone(), all),
        Series::new("envoy_cluster_upstream_rq_completed", labels.clone(), all),
    ];
    for code in pod.codes() {
        let counted = pod.count(|answered| answered.code == code);
        series
            .push(Series::new("envoy_cluster_upstream_rq", labels.clone(), counted).label(words.code, code));
    }
    let mut classes: Vec<&str> = pod.codes().iter().map(|code| &code[..1]).collect();
    classes.dedup();
    for class in classes {
        let counted = pod.count(|answered| answered.code.starts_with(class));
        let (name, ending) = words.by_class;
        series
            .push(Series::new(name, labels.clone(), counted).label(words.class, &format!("{class}{ending}")));
    }
    let name = "envoy_cluster_upstream_rq_time";
    series.extend(histogram(name, &labels, (EDGES_MS, 1.0), pod, &pod.codes()));
    series
}
