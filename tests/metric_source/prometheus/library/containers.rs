//! What the kubelet, kube-state-metrics and connection pools say of pods.

use serin::spec::Timestamp;

use super::traffic::{PODS, Pod, Service, WATCHED};
use crate::world::samples::Samples;

const MIB: f64 = 1024.0 * 1024.0;

/// Time between two scrapes.
const STEP_SECONDS: u32 = 15;

/// How full one arm of the watched service is. The others are fuller.
struct Fullness {
    memory: f64,
    cpu: f64,
    connections: f64,
}

fn fullness(service: Service, pod: &Pod) -> Fullness {
    let (memory, cpu, connections) = match pod.subset {
        _ if (service.namespace, service.name) != (WATCHED.namespace, WATCHED.name) => (1.0, 1.0, 1.0),
        _ if pod.suffix == "k9s7b" => (0.125, 0.125, 0.0),
        "stable" => (0.625, 0.25, 0.5),
        _ => (0.875, 0.75, 0.9),
    };
    Fullness {
        memory,
        cpu,
        connections,
    }
}

/// Of both pods of both arms, in this time.
pub(super) fn series(service: Service, time: (Timestamp, Timestamp)) -> Vec<Samples> {
    let of_pod = |pod: &Pod| {
        let mut series = kubelet(service, pod, time);
        series.extend(limits(service, pod, time));
        series.extend(pools(service, pod, time));
        series
    };
    PODS.iter().flat_map(of_pod).collect()
}

/// The kubelet has the containers, the one that holds the pod's network, and the pod as a whole.
fn kubelet(service: Service, pod: &Pod, time: (Timestamp, Timestamp)) -> Vec<Samples> {
    let Fullness { memory, cpu, .. } = fullness(service, pod);
    let name = service.pod(pod);
    let mut series = Vec::new();
    for (container, memory, cores) in [
        ("app", memory * 512.0 * MIB, cpu),
        ("istio-proxy", 32.0 * MIB, 0.01),
        ("POD", MIB, 0.0),
        ("", 2048.0 * MIB, 8.0),
    ] {
        let id = format!("/kubepods.slice/{name}/{container}");
        let image = if container.is_empty() {
            ""
        } else {
            "registry.test/image:1"
        };
        let labels = [
            ("container", container),
            ("id", &id),
            ("image", image),
            ("namespace", service.namespace),
            ("pod", &name),
            ("node", "node-1"),
            ("job", "kubelet"),
            ("metrics_path", "/metrics/cadvisor"),
        ];
        let gauge = Samples::of("container_memory_working_set_bytes", &labels);
        series.push(gauge.every(STEP_SECONDS, time, |_| memory));
        let labels = [&labels[..], &[("cpu", "total")]].concat();
        let counter = Samples::of("container_cpu_usage_seconds_total", &labels);
        series.push(counter.every(STEP_SECONDS, time, |seconds| 1000.0 + cores * seconds));
    }
    series
}

/// The proxy has no limits, which are 512 MiB and one core for the other; it asked for half of that.
fn limits(service: Service, pod: &Pod, time: (Timestamp, Timestamp)) -> Vec<Samples> {
    let name = service.pod(pod);
    let mut series = Vec::new();
    for (metric, part) in [
        ("kube_pod_container_resource_limits", 1.0),
        ("kube_pod_container_resource_requests", 0.5),
    ] {
        for (resource, unit, limit) in [("memory", "byte", 512.0 * MIB), ("cpu", "core", 1.0)] {
            let labels = [
                ("container", "app"),
                ("namespace", service.namespace),
                ("pod", &name),
                ("resource", resource),
                ("unit", unit),
                ("uid", "6f1f3c1e-0000-4000-8000-000000000000"),
                ("node", "node-1"),
                ("job", "kube-state-metrics"),
            ];
            series.push(Samples::of(metric, &labels).every(STEP_SECONDS, time, |_| limit * part));
        }
    }
    series
}

/// HikariCP's of ten connections; and two of Go's, one of which has no limit.
fn pools(service: Service, pod: &Pod, time: (Timestamp, Timestamp)) -> Vec<Samples> {
    let name = service.pod(pod);
    let used = fullness(service, pod).connections * 10.0;
    let gauge = |metric: &str, (label, pool): (&str, &str), value: f64| {
        let labels = [
            (label, pool),
            ("app", service.name),
            ("namespace", service.namespace),
            ("pod", &name),
            ("job", "kubernetes-pods"),
        ];
        Samples::of(metric, &labels).every(STEP_SECONDS, time, |_| value)
    };
    vec![
        gauge("hikaricp_connections_active", ("pool", "HikariPool-1"), used),
        gauge("hikaricp_connections_max", ("pool", "HikariPool-1"), 10.0),
        gauge("go_sql_in_use_connections", ("db_name", "orders"), used),
        gauge("go_sql_max_open_connections", ("db_name", "orders"), 20.0),
        gauge("go_sql_in_use_connections", ("db_name", "audit"), 1000.0),
        gauge("go_sql_max_open_connections", ("db_name", "audit"), 0.0),
    ]
}
