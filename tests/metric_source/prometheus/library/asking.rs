//! Two looks at each template's Canary, and what is counted between them.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serin::clock::SystemClock;
use serin::driver::ports::{Clock, MetricSource};
use serin::engine::judge::counting::Counting;
use serin::engine::judge::counts::{ArmCounts, Coverage, MetricCounts};
use serin::engine::{Look, PerArm};
use serin::metric_source::prometheus::{Client, DataSourceSettings, PrometheusSource};
use serin::spec::{CheckedCanary, Timestamp};

use super::series::Series;
use super::traffic::{OTHERS, Service, WATCHED};
use super::{Fact, ISTIOS_CLUSTERS, LATENCIES, OTHER_LABELS, RATES, VALUES};
use super::{containers, envoy, http, istio, nginx};
use crate::world::canary::canary_document;
use crate::world::samples::Samples;

/// What the asking takes at most.
const BUSY_MAX: Duration = Duration::from_secs(30);

/// What one arm gives, or why it gives nothing.
type Found = Result<Vec<f64>, String>;

/// What is not as the tables say, of the server at `url`, into which `write` writes.
pub(super) async fn wrong(url: &str, write: impl AsyncFn(Vec<Samples>)) -> Vec<String> {
    let client = Client::new(
        "default",
        DataSourceSettings::new(url.parse().unwrap()),
        Arc::default(),
    );
    let source = PrometheusSource::new([Arc::new(client)]);
    let rates = RATES.iter().map(|fact| canary(fact, "", ""));
    let latencies = LATENCIES.iter().map(|fact| canary(fact, "", ""));
    // A value does not stand alone.
    let limit = ", threshold: {max: 1}";
    let values = VALUES
        .iter()
        .map(|fact| canary(fact, limit, ", {template: errors-over-total}"));
    let canaries: Vec<CheckedCanary> = rates.chain(latencies).chain(values).collect();

    let now = SystemClock::start().now();
    let before = |seconds: u64| Timestamp(now.0 - seconds * 1000);
    let services = || [WATCHED].into_iter().chain(OTHERS);
    let series: Vec<Series> = services().flat_map(counters).collect();
    // Servers answer as of their own present, which is later than this one on a busy machine: there are samples then, too.
    let time = (before(180), now + BUSY_MAX);
    let gauges = services().flat_map(|service| containers::series(service, time));
    let first = series.iter().filter_map(|series| series.at_first(before(12)));
    write(first.chain(gauges).collect()).await;
    let look = async |canary| source.look(canary, now).await;
    let first = join_all(canaries.iter().map(look)).await;
    write(series.iter().map(|series| series.then(before(2))).collect()).await;
    let second = join_all(canaries.iter().map(look)).await;

    let mut counted = first.into_iter().zip(second).map(between);
    let rates = RATES.iter().zip(counted.by_ref()).map(|(fact, counts)| {
        let found = arms(&counts).map(|arm| Ok(vec![answered(arm)?.requests, arm.bad[0]]));
        differs(fact, found)
    });
    let mut wrong: Vec<Option<String>> = rates.collect();
    wrong.extend(LATENCIES.iter().zip(counted.by_ref()).map(|(fact, counts)| {
        let edges_ms = edges_ms(fact.template);
        let slower_than =
            |arm: &ArmCounts, ms| arm.bad[edges_ms.iter().position(|edge| *edge == ms).unwrap()];
        let found = arms(&counts).map(|arm| match counts.edges_ms == edges_ms {
            true => Ok(vec![
                answered(arm)?.requests,
                slower_than(arm, 100.0),
                slower_than(arm, 500.0),
            ]),
            false => Err(format!("edges {:?}", counts.edges_ms)),
        });
        differs(fact, found)
    }));
    wrong.extend(VALUES.iter().zip(counted).map(|(fact, counts)| {
        let PerArm { canary, baseline } = counts.value.unwrap();
        // A rate is a quotient of times.
        let rounded = |number: f64| vec![(number * 1e6).round() / 1e6];
        differs(fact, [baseline, canary].map(|number| number.map(rounded)))
    }));
    wrong.into_iter().flatten().collect()
}

fn counters(service: Service) -> Vec<Series> {
    let mut series = istio::series(service);
    series.extend(envoy::of_istio(service));
    // Where a cluster is called as its workload, there are no two of the same name.
    if service.namespace == WATCHED.namespace {
        series.extend(envoy::plain(service));
    }
    series.extend(nginx::series(service));
    series.extend(http::series(service));
    series
}

/// The edges that the template's exporter has.
fn edges_ms(template: &str) -> Vec<f64> {
    let (edges, unit_ms) = match template {
        "istio-latency" | "envoy-latency" => (istio::EDGES_MS, 1.0),
        _ => (http::EDGES_SECONDS, 1000.0),
    };
    edges
        .iter()
        .map(|edge| edge.parse::<f64>().unwrap() * unit_ms)
        .collect()
}

/// The watched service's Canary, with a metric of this template, which has `fields`, and what is `beside` it.
fn canary<const NUMBERS: usize>(fact: &Fact<NUMBERS>, fields: &str, beside: &str) -> CheckedCanary {
    let parameters = fact.parameters.replace("ISTIOS_CLUSTERS", ISTIOS_CLUSTERS);
    let parameters = parameters.replace("OTHER_LABELS", OTHER_LABELS);
    let template = fact.template;
    canary_document(&format!(
        "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {{name: checkout, namespace: shop}}\nspec:\n  \
         workloads:\n    \
         stable: {{name: checkout, endpoints: ['http://stable.test']}}\n    \
         canary: {{name: checkout-canary, endpoints: ['http://canary.test']}}\n  \
         traffic:\n    file:\n      path: routes.yaml\n      virtualService: checkout\n      \
         stable: {{host: checkout, subset: stable}}\n      canary: {{host: checkout, subset: canary}}\n  \
         analysis: {{metrics: [{{template: {template}, parameters: {{{parameters}}}{fields}}}{beside}]}}\n"
    ))
}

/// What the second look adds to the first, of the first metric.
fn between((first, second): (Look, Look)) -> MetricCounts {
    let mut counting = Counting::default();
    counting.take(first);
    let mut counts = counting.take(second);
    assert_eq!(counts.source_down, None);
    counts.metrics.remove(0)
}

fn arms(counts: &MetricCounts) -> [&ArmCounts; 2] {
    [&counts.arms.baseline, &counts.arms.canary]
}

/// The arm, if all of it was counted.
fn answered(arm: &ArmCounts) -> Result<&ArmCounts, String> {
    match (&arm.coverage, arm.dropped.gaps + arm.dropped.new_bases) {
        (Coverage::Answered, 0) => Ok(arm),
        _ => Err(format!("{:?}, {:?}", arm.coverage, arm.dropped)),
    }
}

fn differs<const NUMBERS: usize>(fact: &Fact<NUMBERS>, found: [Found; 2]) -> Option<String> {
    let Fact {
        template,
        parameters,
        stable,
        canary,
    } = fact;
    let expected = [Ok(stable.to_vec()), Ok(canary.to_vec())];
    (found != expected).then(|| format!("{template} {{{parameters}}}: {found:?} in place of {expected:?}"))
}
