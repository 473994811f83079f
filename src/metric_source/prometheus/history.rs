//! What the stable version did before the rollout: one range query, by pod.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::client::Client;
use super::pod::Pods;
use super::query_error::QueryError;
use super::range::{Range, Steps};
use super::reading::reading;
use super::stats::Outcome;
use crate::engine::judge::counting::Counting;
use crate::engine::{ArmReading, CounterReading, Look, MetricHistory, MetricReading, PerArm, PodCounts};
use crate::metric_source::patterns::Patterns;
use crate::spec::Timestamp;

/// How far back: long enough for the slow noise of an hour, short enough to be of this version.
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// What is asked for where an hour is too much for one answer.
const SHORT_WINDOW: Duration = Duration::from_secs(15 * 60);

/// What is asked.
#[derive(Debug)]
pub(super) struct Past {
    /// Of the stable workload alone, a step for each poll.
    pub(super) range: Range,
    /// Milliseconds in one unit of a histogram's `le`.
    pub(super) unit_ms: f64,
}

impl Past {
    /// What the stable version did in the hour before `now`, by poll and pod; in the last quarter of it where an hour is too
    /// long an answer.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) async fn read(
        &self,
        client: &Client,
        patterns: &Arc<Patterns>,
        now: Timestamp,
    ) -> Result<MetricHistory, QueryError> {
        match self.within(WINDOW, client, patterns, now).await {
            Err(error) if error.outcome().is_some_and(Outcome::asks_for_less) => {
                self.within(SHORT_WINDOW, client, patterns, now).await
            }
            known => known,
        }
    }

    async fn within(
        &self,
        window: Duration,
        client: &Client,
        patterns: &Arc<Patterns>,
        now: Timestamp,
    ) -> Result<MetricHistory, QueryError> {
        let (counters, unit_ms) = (self.range.shape.counters.clone(), self.unit_ms);
        let made_of = move |steps: Steps| {
            let readings = steps.into_iter().map(|(time, mut arms)| {
                let pods = PerArm {
                    canary: Pods::default(),
                    baseline: arms.pop().unwrap_or_default(),
                };
                (time, reading(&counters, unit_ms, &pods, time))
            });
            count(readings.collect())
        };
        let range = (now.before(window), now);
        self.range.read(range, client, patterns, made_of).await
    }
}

/// The differences between `readings` (each with its time, oldest first), by poll and pod. Only those in the newest layout of
/// buckets count.
fn count(readings: Vec<(Timestamp, CounterReading)>) -> MetricHistory {
    let edges_ms = readings
        .last()
        .map(|(_, reading)| reading.edges_ms.clone())
        .unwrap_or_default();
    let answered = readings
        .iter()
        .flat_map(|(_, reading)| reading.arms.baseline.pods.keys());
    let mut pods: BTreeMap<String, Counting> =
        answered.map(|pod| (pod.clone(), Counting::default())).collect();
    let parts = if edges_ms.is_empty() { 1 } else { edges_ms.len() };
    let nothing = PodCounts {
        requests: 0.0,
        bad: vec![0.0; parts],
    };
    let polls = readings
        .into_iter()
        .filter(|(_, reading)| reading.edges_ms == edges_ms)
        .map(|(time, reading)| {
            let mut answered = reading.arms.baseline.pods;
            let counted = pods.iter_mut().map(|(name, counting)| {
                let Some(pod) = answered.remove(name) else {
                    return nothing.clone();
                };
                // A pod by itself: what an arm's counts add up, its history keeps apart.
                let mut arm = ArmReading::default();
                arm.pods.insert(name.clone(), pod);
                let look = Look {
                    taken_at: time,
                    readings: Ok(vec![MetricReading::Counters(CounterReading {
                        edges_ms: edges_ms.clone(),
                        arms: PerArm {
                            canary: ArmReading::default(),
                            baseline: arm,
                        },
                        read_at: time,
                    })]),
                };
                let counts = counting
                    .take(look)
                    .metrics
                    .pop()
                    .map(|metric| metric.arms.baseline);
                counts.map_or_else(
                    || nothing.clone(),
                    |counts| PodCounts {
                        requests: counts.requests,
                        bad: counts.bad,
                    },
                )
            });
            counted.collect()
        });
    // The first is the base of the others.
    let polls = polls.skip(1).collect();
    MetricHistory { edges_ms, polls }
}
