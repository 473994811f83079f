//! One request a template and data source, however many Canaries share them.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use serin::driver::ports::MetricSource;
use serin::engine::{ArmReading, Look, MetricReading, PerArm};
use serin::metric_source::PrometheusSource;
use serin::metric_source::prometheus::{Client, DataSourceSettings, DataSourceStats, Outcome};
use serin::spec::{CheckedCanary, Timestamp, check};

use crate::world::prometheus::Prometheus;
use crate::world::samples::Samples;
use crate::world::times::{before, now};

const TEMPLATES: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: rate}
spec:
  successRate:
    requests: {metric: http_requests_total}
    errors: {match: {code: "5.."}}
  arm: {app: "${workload}", namespace: "${namespace}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec:
  latency: {histogram: http_request_duration_seconds, unit: s}
  arm: {app: "${workload}", namespace: "${namespace}"}
"#;

/// `count` Canaries in ten namespaces, with both templates.
fn canaries(count: usize) -> Vec<CheckedCanary> {
    let document = |number: usize| {
        format!(
            "---\napiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {{name: shop-{number}, namespace: team-{}}}\nspec:\n  \
             workloads:\n    stable: {{name: shop-{number}, endpoints: ['http://s{number}.test']}}\n    \
             canary: {{name: shop-{number}-canary, endpoints: ['http://c{number}.test']}}\n  \
             traffic: {{file: {{path: r{number}.yaml, virtualService: shop, stable: {{subset: stable}}, canary: {{subset: canary}}}}}}\n  \
             analysis: {{interval: 10s, metrics: [{{template: rate}}, {{template: latency}}]}}\n",
            number % 10
        )
    };
    let documents: String = (0..count).map(document).collect();
    let checked = check([
        ("canaries.yaml", documents.as_str()),
        ("templates.yaml", TEMPLATES),
    ]);
    checked.unwrap_or_else(|problems| panic!("{problems}"))
}

/// What two pods of each arm of each of `canaries` exposed at `at`: as many requests as the Canary's number and the arm say.
fn series(canaries: usize, at: Timestamp) -> Vec<Samples> {
    let mut series = Vec::new();
    for number in 0..canaries {
        for (app, requests) in [
            (format!("shop-{number}"), 1_000 + number),
            (format!("shop-{number}-canary"), 10 + number),
        ] {
            for pod in ["a", "b"] {
                let pod = format!("{app}-{pod}");
                let namespace = format!("team-{}", number % 10);
                let labels = [("app", app.as_str()), ("namespace", &namespace), ("pod", &pod)];
                let sample = |name: &str, more: (&str, &str), value: usize| {
                    let labels: Vec<_> = labels.into_iter().chain([more]).collect();
                    Samples::of(name, &labels).at(at, value as f64)
                };
                series.push(sample("http_requests_total", ("code", "200"), requests));
                series.push(sample("http_requests_total", ("code", "503"), 1));
                for (le, value) in [("0.1", requests / 2), ("0.5", requests), ("+Inf", requests + 1)] {
                    series.push(sample("http_request_duration_seconds_bucket", ("le", le), value));
                }
            }
        }
    }
    series
}

/// A source with its counters, whose answers may have so many bytes.
fn source(prometheus: &Prometheus, limit_bytes: usize) -> (PrometheusSource, Arc<DataSourceStats>) {
    let mut settings = DataSourceSettings::new(prometheus.url().parse().unwrap());
    settings.answer_limit_bytes = limit_bytes;
    let client = Arc::new(Client::new("default", settings, Arc::default()));
    (
        PrometheusSource::new([Arc::clone(&client)]),
        Arc::clone(client.stats()),
    )
}

/// One poll of all, at once.
async fn poll(source: &PrometheusSource, canaries: &[CheckedCanary]) -> Vec<Look> {
    join_all(canaries.iter().map(|canary| source.look(canary, now()))).await
}

/// Requests by pod, of a look's first metric.
fn pods(arm: &ArmReading) -> Vec<(&str, f64)> {
    arm.pods
        .iter()
        .map(|(pod, reading)| (pod.as_str(), reading.requests.value))
        .collect()
}

fn arms(look: &Look, metric: usize) -> &PerArm<ArmReading> {
    match &look.readings.as_ref().unwrap()[metric] {
        MetricReading::Counters(counters) => &counters.arms,
        MetricReading::Value(_) => panic!("no value here"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_takes_two_requests_for_one_canary_and_for_five_hundred_with_two_templates() {
    let prometheus = Prometheus::start().await;
    prometheus.api.remote_write(&series(500, before(now(), 1))).await;
    let (source, _) = source(&prometheus, 64 << 20);
    let canaries = canaries(500);
    let mut taken = Vec::new();
    for count in [1, 500, 250, 499] {
        let before = prometheus.api.queries().await;
        let looks = poll(&source, &canaries[..count]).await;
        taken.push(prometheus.api.queries().await - before);
        // Each has its own, and nothing of the others.
        for (number, look) in looks.iter().enumerate() {
            let expected =
                |app: &str, requests: usize| ["a", "b"].map(|pod| (format!("{app}-{pod}"), requests as f64));
            for (metric, more) in [(0, 1), (1, 1)] {
                let arms = arms(look, metric);
                let app = format!("shop-{number}");
                let of_stable = expected(&app, 1_000 + number + more);
                let of_canary = expected(&format!("{app}-canary"), 10 + number + more);
                assert!(
                    pods(&arms.baseline)
                        .iter()
                        .copied()
                        .eq(of_stable.iter().map(|(pod, value)| (pod.as_str(), *value)))
                );
                assert!(
                    pods(&arms.canary)
                        .iter()
                        .copied()
                        .eq(of_canary.iter().map(|(pod, value)| (pod.as_str(), *value)))
                );
            }
        }
    }
    assert_eq!(taken, [2, 2, 2, 2], "for 1, 500, 250 and 499 Canaries");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_too_large_is_asked_for_by_namespace_and_then_by_workload() {
    let prometheus = Prometheus::start().await;
    prometheus.api.remote_write(&series(40, before(now(), 1))).await;
    let canaries: Vec<CheckedCanary> = canaries(40);
    // An answer for all 40 has some 200 KiB, for the four of a namespace 12, for one 3.
    for (limit_kib, split, first, later) in [(64, "namespace", 11, 10), (6, "workload", 51, 40)] {
        let (source, stats) = source(&prometheus, limit_kib << 10);
        let only_latency: Vec<CheckedCanary> = canaries.iter().cloned().map(only_latency).collect();
        for (poll_number, expected) in [(1, first), (2, later)] {
            let before = prometheus.api.queries().await;
            let looks = poll(&source, &only_latency).await;
            let taken = prometheus.api.queries().await - before;
            assert_eq!(taken, expected, "by {split}, poll {poll_number}");
            let seen: BTreeSet<usize> = looks
                .iter()
                .map(|look| pods(&arms(look, 0).canary).len())
                .collect();
            assert_eq!(seen, BTreeSet::from([2]), "all pods of everybody");
        }
        assert!(stats.get(Outcome::TooLarge) > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_whose_own_answer_is_too_large_is_refused_and_the_others_are_not() {
    let prometheus = Prometheus::start().await;
    let mut written = series(3, before(now(), 1));
    for pod in 0..200 {
        let pod = format!("one-of-many-{pod}");
        let labels = |le| {
            [
                ("app", "shop-1"),
                ("namespace", "team-1"),
                ("pod", pod.as_str()),
                ("le", le),
            ]
        };
        for le in ["0.1", "0.5", "+Inf"] {
            let name = "http_request_duration_seconds_bucket";
            written.push(Samples::of(name, &labels(le)).at(before(now(), 1), 7.0));
        }
    }
    prometheus.api.remote_write(&written).await;
    let (source, _) = source(&prometheus, 32 << 10);
    let canaries: Vec<CheckedCanary> = canaries(3).into_iter().map(only_latency).collect();
    let looks = poll(&source, &canaries).await;
    assert_eq!(pods(&arms(&looks[0], 0).canary).len(), 2);
    assert_eq!(pods(&arms(&looks[2], 0).canary).len(), 2);
    let reason = &looks[1].readings.as_ref().unwrap_err().reason;
    assert!(
        reason.contains("data source default") && reason.contains("32768 bytes"),
        "{reason}"
    );
}

fn only_latency(mut canary: CheckedCanary) -> CheckedCanary {
    canary.analysis.metrics = canary.analysis.metrics[1..].into();
    canary
}
