//! Both arms over a past window, as the looks that a daemon would have had.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::client::Client;
use super::query_error::QueryError;
use super::range::{Range, Steps};
use super::reading::reading;
use super::shape::Shape;
use super::source::unit_ms;
use crate::engine::{CounterReading, Look, MetricReading, PerArm};
use crate::metric_source::patterns::Patterns;
use crate::spec::{CheckedCanary, Metric, Timestamp};

/// Looks of one window: Prometheus gives 11,000 points a series at most.
pub const LOOKS_MAX: u64 = 10_000;

/// The looks that there would have been from `from` to `to`, one each interval of the Canary, as far as the server remembers.
/// Values are left out: their looks have none.
///
/// # Errors
/// Why there is no answer, or why it cannot be used.
pub(super) async fn window(
    canary: &CheckedCanary,
    (from, to): (Timestamp, Timestamp),
    client: &Client,
    patterns: &Arc<Patterns>,
) -> Result<Vec<Look>, QueryError> {
    let metrics = &canary.analysis.metrics;
    let mut looks: BTreeMap<Timestamp, Vec<MetricReading>> = BTreeMap::new();
    let mut time = from;
    while time <= to {
        let nothing = |metric| unread(metric, time);
        looks.insert(time, metrics.iter().map(nothing).collect());
        time = time + canary.analysis.interval;
    }
    for (index, metric) in metrics.iter().enumerate() {
        let (Some(shape), Some(arms)) = (Shape::of(metric), &metric.arms) else {
            continue;
        };
        let (counters, unit_ms) = (shape.counters.clone(), unit_ms(metric));
        let range = Range {
            shape,
            arms: vec![arms.canary.clone(), arms.stable.clone()],
            step: canary.analysis.interval,
        };
        let made_of = move |steps: Steps| {
            let readings = steps.into_iter().map(|(time, arms)| {
                let mut arms = arms.into_iter();
                let pods = PerArm {
                    canary: arms.next().unwrap_or_default(),
                    baseline: arms.next().unwrap_or_default(),
                };
                (time, reading(&counters, unit_ms, &pods, time))
            });
            readings.collect::<Vec<_>>()
        };
        for (time, counted) in range.read((from, to), client, patterns, made_of).await? {
            if let Some(place) = looks.get_mut(&time).and_then(|look| look.get_mut(index)) {
                *place = MetricReading::Counters(counted);
            }
        }
    }
    let looks = looks.into_iter().map(|(taken_at, readings)| Look {
        taken_at,
        readings: Ok(readings),
    });
    Ok(looks.collect())
}

/// A metric of which nothing is known at `time`.
fn unread(metric: &Metric, time: Timestamp) -> MetricReading {
    let unknown = || "a past window has no values".to_owned();
    match Shape::of(metric) {
        None => MetricReading::Value(PerArm {
            canary: Err(unknown()),
            baseline: Err(unknown()),
        }),
        Some(_) => MetricReading::Counters(CounterReading {
            edges_ms: Vec::new(),
            arms: PerArm::default(),
            read_at: time,
        }),
    }
}
