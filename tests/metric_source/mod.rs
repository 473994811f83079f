//! The edge that reads counters.

mod absence;
mod bad_series;
mod bad_text;
mod counting;
mod prometheus;
mod properties;
mod unreachable;

use serin::driver::ports::MetricSource;
use serin::engine::{CounterReading, Look, MetricReading, PodReading};
use serin::metric_source::ScrapeSource;
use serin::spec::{CheckedCanary, Metric, Timestamp};

use crate::world::endpoint::exposing;
use crate::world::watching::watching;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

async fn look(canary: &CheckedCanary) -> Look {
    ScrapeSource::default().look(canary, NOW).await
}

async fn readings(canary: &CheckedCanary) -> Vec<CounterReading> {
    counters(look(canary).await.readings.unwrap())
}

/// The readings, none of which is a value.
fn counters(readings: Vec<MetricReading>) -> Vec<CounterReading> {
    let counters = |reading| match reading {
        MetricReading::Counters(reading) => reading,
        MetricReading::Value(value) => panic!("expected counters, found {value:?}"),
    };
    readings.into_iter().map(counters).collect()
}

/// Both arms' only pod for one metric; each arm exposes its own text.
async fn pods_of(metric: Metric, canary: &str, stable: &str) -> (PodReading, PodReading) {
    let (canary, stable) = (
        exposing(canary.to_owned()).await,
        exposing(stable.to_owned()).await,
    );
    let reading = readings(&watching(&[&canary.address], &[&stable.address], vec![metric])).await;
    let arms = reading[0].arms.clone();
    assert_eq!(arms.canary.missing, Default::default());
    assert_eq!(arms.baseline.missing, Default::default());
    (
        arms.canary.pods[&canary.address].clone(),
        arms.baseline.pods[&stable.address].clone(),
    )
}

/// Why the canary, which exposes `body` beside a healthy baseline, was not counted for `metric`.
async fn refusal(metric: Metric, body: impl Into<axum::body::Bytes>, stable: &str) -> String {
    let (canary, stable) = (exposing(body).await, exposing(stable.to_owned()).await);
    let reading = readings(&watching(&[&canary.address], &[&stable.address], vec![metric])).await;
    let arms = &reading[0].arms;
    assert!(arms.canary.pods.is_empty(), "it was counted: {arms:?}");
    assert!(arms.baseline.pods.contains_key(&stable.address), "{arms:?}");
    arms.canary.missing[&canary.address].clone()
}
