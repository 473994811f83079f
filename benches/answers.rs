//! What the answer to one shared query costs, by the number of Canaries that share it: `cargo bench --bench answers`.
//!
//! The ratio that matters is the one between the rows: per Canary, an answer for 500 should cost what an answer for one does. Arms
//! that are told apart by a plain label and arms that need a regular expression stand side by side, as does reading the JSON alone.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serin::metric_source::prometheus::{parse_vector, readings};
use serin::spec::{CheckedCanary, Timestamp, check};

/// Pods of each arm.
const PODS: usize = 4;

/// Buckets of each pod.
const EDGES: [&str; 12] = [
    "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "+Inf",
];

/// How the arms are told apart.
const PLAIN: &str = r#"{app: "${workload}", namespace: "${namespace}"}"#;
const PATTERN: &str = r#"{app: "${workload}-v[0-9]+", namespace: "${namespace}"}"#;

/// So many Canaries in ten namespaces, with one latency whose arms are told apart by `arm`.
fn canaries(count: usize, arm: &str) -> Vec<CheckedCanary> {
    let mut documents = format!(
        "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: latency}}\nspec:\n  \
         latency: {{histogram: istio_request_duration_milliseconds, unit: ms}}\n  arm: {arm}\n"
    );
    for number in 0..count {
        let _ = write!(
            documents,
            "---\napiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {{name: shop-{number}, namespace: team-{}}}\nspec:\n  \
             workloads:\n    stable: {{name: shop-{number}, endpoints: ['http://s{number}.test']}}\n    \
             canary: {{name: shop-{number}-canary, endpoints: ['http://c{number}.test']}}\n  \
             traffic: {{file: {{path: r{number}.yaml, virtualService: shop, stable: {{subset: stable}}, canary: {{subset: canary}}}}}}\n  \
             analysis: {{metrics: [{{template: latency}}]}}\n",
            number % 10
        );
    }
    check([("all.yaml", documents.as_str())]).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The answer to their query, as Prometheus writes it.
fn answer(count: usize) -> Vec<u8> {
    let mut rows = Vec::new();
    for number in 0..count {
        for app in [format!("shop-{number}-v1"), format!("shop-{number}-canary-v1")] {
            for pod in 0..PODS {
                let mut row = |part: &str, le: &str, value: f64| {
                    rows.push(format!(
                        r#"{{"metric":{{"app":"{app}",{le}"namespace":"team-{}","pod":"{app}-{pod}","serin_part":"{part}"}},"value":[1790000000.123,"{value}"]}}"#,
                        number % 10
                    ));
                };
                for (index, edge) in EDGES.iter().enumerate() {
                    row(
                        "requests",
                        &format!(r#""le":"{edge}","#),
                        1_000_000.0 + index as f64,
                    );
                }
                row("requests_series", "", EDGES.len() as f64);
                row("sampled_at", "", 1_789_999_995.5);
                row("started_at", "", 1_789_000_000.0);
                row("seen_at", "", 1_789_999_995.5);
            }
        }
    }
    let rows = rows.join(",");
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}"#).into_bytes()
}

fn answers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer, per Canary");
    group.sample_size(20);
    for count in [1, 10, 100, 500] {
        group.throughput(Throughput::Elements(count as u64));
        let body = answer(count);
        group.bench_function(BenchmarkId::new("JSON alone", count), |bencher| {
            bencher.iter(|| parse_vector(black_box(&body), usize::MAX).map(|rows| rows.len()));
        });
        for (name, arm) in [("pattern", PATTERN), ("plain", PLAIN)] {
            let canaries = canaries(count, arm);
            // The names of the plain ones are the patterns' without what those add.
            let body = if arm == PLAIN {
                String::from_utf8_lossy(&body).replace("-v1", "").into_bytes()
            } else {
                body.clone()
            };
            group.bench_function(BenchmarkId::new(name, count), |bencher| {
                bencher.iter(|| {
                    let readings = readings(black_box(&body), &canaries, 0, Timestamp(0));
                    let readings = readings.expect("the bench's own answer is sound");
                    assert!(readings.iter().all(|reading| {
                        reading
                            .as_ref()
                            .is_ok_and(|reading| reading.arms.canary.pods.len() == PODS)
                    }));
                    readings.len()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
