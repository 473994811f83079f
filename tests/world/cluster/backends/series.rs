//! What a pod's sidecar counts, with Istio's names and labels.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::time::Duration;

use axum::http::StatusCode;

use super::identity::Identity;

/// Istio's own bucket edges, in milliseconds.
pub(crate) const EDGES_MS: [f64; 19] = [
    0.5,
    1.0,
    5.0,
    10.0,
    25.0,
    50.0,
    100.0,
    250.0,
    500.0,
    1000.0,
    2500.0,
    5000.0,
    10_000.0,
    30_000.0,
    60_000.0,
    300_000.0,
    600_000.0,
    1_800_000.0,
    3_600_000.0,
];

/// The series of one pod, by the code of the answers. As with Istio, a code is not there before its first answer.
#[derive(Default)]
pub(super) struct Series {
    codes: BTreeMap<u16, Answers>,
}

#[derive(Default)]
struct Answers {
    all: u64,
    within: [u64; EDGES_MS.len()],
    sum_ms: f64,
}

impl Series {
    pub(super) fn count(&mut self, status: StatusCode, took: Duration) {
        let ms = took.as_secs_f64() * 1000.0;
        let answers = self.codes.entry(status.as_u16()).or_default();
        answers.all += 1;
        answers.sum_ms += ms;
        for (count, edge) in answers.within.iter_mut().zip(EDGES_MS) {
            *count += u64::from(ms <= edge);
        }
    }

    /// In Prometheus' text format.
    pub(super) fn text(&self, identity: &Identity) -> String {
        let mut text = "# TYPE istio_requests_total counter\n".to_owned();
        let mut line = |name: &str, labels: &str, value: &dyn Display| {
            writeln!(text, "istio_{name}{{{labels}}} {value}").unwrap();
        };
        for (code, answers) in &self.codes {
            line("requests_total", &labels(identity, *code), &answers.all);
        }
        text += "# TYPE istio_request_duration_milliseconds histogram\n";
        let mut line = |suffix: &str, labels: &str, value: &dyn Display| {
            writeln!(
                text,
                "istio_request_duration_milliseconds_{suffix}{{{labels}}} {value}"
            )
            .unwrap();
        };
        for (code, answers) in &self.codes {
            let labels = labels(identity, *code);
            for (edge, count) in EDGES_MS.iter().zip(&answers.within) {
                line("bucket", &format!("{labels},le=\"{edge}\""), count);
            }
            line("bucket", &format!("{labels},le=\"+Inf\""), &answers.all);
            line("sum", &labels, &answers.sum_ms);
            line("count", &labels, &answers.all);
        }
        text
    }
}

/// As the sidecar of the pod that answered has them; nothing here knows who called.
fn labels(identity: &Identity, code: u16) -> String {
    let Identity {
        namespace,
        workload,
        app,
        version,
        ..
    } = identity;
    let code = code.to_string();
    let service = format!("{app}.{namespace}.svc.cluster.local");
    let labels = [
        ("reporter", "destination"),
        ("source_workload", "unknown"),
        ("source_workload_namespace", "unknown"),
        ("destination_workload", workload),
        ("destination_workload_namespace", namespace),
        ("destination_app", app),
        ("destination_version", version),
        ("destination_service", &service),
        ("destination_service_name", app),
        ("destination_service_namespace", namespace),
        ("request_protocol", "http"),
        ("response_code", &code),
        ("response_flags", "-"),
        ("grpc_response_status", ""),
        ("connection_security_policy", "none"),
    ];
    labels
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .join(",")
}
