//! Canaries for tests, made by the real check.

use serin::spec::{CheckedCanary, check};

/// The templates that [`canary`] and [`canary_document`] may use: `success-rate` and `latency`.
pub(crate) const TEMPLATES: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  successRate:
    requests: {metric: http_requests_total}
    errors: {match: {code: "5.."}}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec:
  latency: {histogram: http_request_duration_seconds, unit: s}
"#;

/// The templates that [`canary_in_prometheus`] may use: the same two, and the value `memory`.
const PROMETHEUS_TEMPLATES: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  successRate:
    requests: {metric: http_requests_total}
    errors: {match: {code: "5.."}}
  arm: {app: "${workload}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec:
  latency: {histogram: http_request_duration_seconds, unit: s}
  arm: {app: "${workload}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: memory}
spec:
  value: {query: 'max(process_resident_memory_bytes{app="${workload}"})', unit: bytes}
"#;

/// What [`canary`] has where the test says nothing.
const UNSAID: [(&str, &str); 3] = [
    (
        "workloads",
        "workloads: {stable: {endpoints: [\"http://stable.test\"]}, canary: {endpoints: [\"http://canary.test\"]}}",
    ),
    (
        "traffic",
        "traffic: {file: {path: routes.yaml, virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}",
    ),
    (
        "analysis",
        "analysis: {metrics: [{template: success-rate}, {template: latency}]}",
    ),
];

/// The Canary `default/shop` whose `spec` is `fields` (YAML, not indented), with one endpoint an arm, a VirtualService
/// file and both templates where `fields` says nothing else: `canary("steps: [{weight: 5}, {weight: 100}]")`.
///
/// # Panics
///
/// If the check refuses it; the message is the check's.
pub(crate) fn canary(fields: &str) -> CheckedCanary {
    canary_document(&document_with(fields))
}

/// As [`canary`], with workloads whose series a Prometheus server has; there a metric may be the value `memory`.
///
/// # Panics
///
/// If the check refuses it; the message is the check's.
pub(crate) fn canary_in_prometheus(fields: &str) -> CheckedCanary {
    let workload = |arm: &str| format!("{arm}: {{name: shop-{arm}, endpoints: [\"http://{arm}.test\"]}}");
    let named = format!(
        "workloads: {{{}, {}}}\n{fields}",
        workload("stable"),
        workload("canary")
    );
    only_one(&document_with(&named), PROMETHEUS_TEMPLATES)
}

/// The one Canary in `document`, a whole YAML text.
///
/// # Panics
///
/// If the check refuses it, or it has not exactly one.
pub(crate) fn canary_document(document: &str) -> CheckedCanary {
    only_one(document, TEMPLATES)
}

fn only_one(document: &str, templates: &str) -> CheckedCanary {
    let mut canaries = check([("canary.yaml", document), ("templates.yaml", templates)])
        .unwrap_or_else(|problems| panic!("{problems}\n\nin\n\n{document}"));
    assert_eq!(canaries.len(), 1, "one Canary in\n\n{document}");
    canaries.remove(0)
}

/// The document that [`canary`] checks.
pub(crate) fn document_with(fields: &str) -> String {
    let mut spec: Vec<&str> = fields.lines().collect();
    for (name, default) in UNSAID {
        let said = fields.lines().any(|line| line.starts_with(&format!("{name}:")));
        if !said {
            spec.push(default);
        }
    }
    let indented: String = spec.iter().map(|line| format!("  {line}\n")).collect();
    format!("apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {{name: shop}}\nspec:\n{indented}")
}
