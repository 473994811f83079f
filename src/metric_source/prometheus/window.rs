//! Both arms over a past window, as the looks that a daemon would have had.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::client::Client;
use super::pod::Pods;
use super::query::{Labels, query};
use super::query_error::QueryError;
use super::reading::reading;
use super::shape::Shape;
use super::sorted::ArmRows;
use super::steps::steps;
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
        let arms = [arms.canary.clone(), arms.stable.clone()];
        let range = Range {
            shape,
            arms,
            step: canary.analysis.interval,
        };
        for (time, rows) in range.read(from, to, client, patterns).await? {
            let counters = counted(&range.shape, metric, rows, time);
            if let Some(place) = looks.get_mut(&time).and_then(|look| look.get_mut(index)) {
                *place = MetricReading::Counters(counters);
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

fn counted(shape: &Shape, metric: &Metric, rows: PerArm<ArmRows>, time: Timestamp) -> CounterReading {
    let pods: PerArm<Pods> = rows.map(|rows| rows.pods);
    reading(&shape.counters, super::source::unit_ms(metric), &pods, time)
}

/// A shape asked for over a range.
struct Range {
    shape: Shape,
    /// The canary's, and the baseline's.
    arms: [Labels; 2],
    step: Duration,
}

impl Range {
    async fn read(
        &self,
        from: Timestamp,
        to: Timestamp,
        client: &Client,
        patterns: &Arc<Patterns>,
    ) -> Result<BTreeMap<Timestamp, PerArm<ArmRows>>, QueryError> {
        let arms: Vec<&Labels> = self.arms.iter().collect();
        let text = query(&self.shape, &arms, client.settings().query_offset);
        let answer = client.query_range(&text, from, to, self.step).await?;
        let (shape, arms, patterns) = (self.shape.clone(), self.arms.clone(), Arc::clone(patterns));
        let read = spawn_blocking(move || {
            let arms: Vec<&Labels> = arms.iter().collect();
            steps(&answer, &shape, &arms, &patterns)
        });
        let by_time = read.await.unwrap_or(Err(QueryError::GivenUp))?;
        let per_arm = |rows: Vec<ArmRows>| {
            let mut rows = rows.into_iter();
            PerArm {
                canary: rows.next().unwrap_or_default(),
                baseline: rows.next().unwrap_or_default(),
            }
        };
        Ok(by_time
            .into_iter()
            .map(|(time, rows)| (time, per_arm(rows)))
            .collect())
    }
}
