//! Any bytes as the answer of a Prometheus server: read whole or refused with words, and never a number that no counter has.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serin::metric_source::prometheus::{parse_matrix, readings};
use serin::spec::{CheckedCanary, Timestamp, check};

const CANARY: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: shop}
spec:
  workloads: {stable: {name: a, endpoints: ["http://a.test"]}, canary: {name: b, endpoints: ["http://b.test"]}}
  traffic: {file: {path: r.yaml, virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}}
  analysis: {metrics: [{template: rate}, {template: latency}]}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: rate}
spec:
  successRate: {requests: {metric: r_total}, errors: {match: {code: "5.."}}}
  arm: {app: "${workload}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec:
  latency: {histogram: h, unit: s}
  arm: {app: "${workload}.*"}
"#;

static CANARIES: LazyLock<Vec<CheckedCanary>> =
    LazyLock::new(|| check([("canary.yaml", CANARY)]).unwrap_or_else(|problems| panic!("{problems}")));

fuzz_target!(|body: &[u8]| {
    if let Err(error) = parse_matrix(body, 1_000) {
        assert!(!error.to_string().is_empty());
    }
    for metric in [0, 1] {
        match readings(body, &CANARIES, metric, Timestamp(1)) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(readings) => {
                for reading in readings.into_iter().flatten() {
                    let pods = reading.arms.canary.pods.values().chain(reading.arms.baseline.pods.values());
                    for pod in pods {
                        assert_eq!(pod.parts.len(), reading.edges_ms.len().max(usize::from(metric == 0)));
                        let sums = pod.parts.iter().chain([&pod.requests]);
                        assert!(sums.into_iter().all(|sum| sum.value.is_finite() && sum.value >= 0.0));
                    }
                }
            }
        }
    }
});
