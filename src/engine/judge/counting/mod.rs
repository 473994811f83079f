//! Raw counters in, what each look adds out.
//!
//! Prometheus' own `rate()` and `increase()` extrapolate; judging needs exact integers. [`Counting`] therefore keeps the newest
//! raw snapshot of every pod and takes the differences itself:
//!
//! | seen, against the pod's last snapshot | what counts |
//! |---|---|
//! | the same or more series, no smaller value | the difference |
//! | a smaller value, or another process start | a reset: the value itself |
//! | fewer series, or another bucket layout | nothing: a sum that lost a member looks like a reset and is not one |
//! | a pod not seen before | its value if its process is younger than the first look at its arm, else nothing |
//! | samples that did not move | nothing: stale |
//!
//! Whatever counts nothing becomes the new base, and is told in [`Dropped`](super::counts::Dropped). A pod that did not answer
//! keeps its base, so that its next answer covers both looks.

mod coverage;
mod step;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::coverage::coverage;
use self::step::{PodStep, step};
use super::counts::{ArmCounts, Counts, Coverage, MetricCounts};
use crate::engine::arm::PerArm;
use crate::engine::reading::{ArmReading, CounterReading, CounterSum, Look, MetricReading, PodReading};
use crate::spec::Timestamp;

/// How long the base of a pod that is gone is kept: longer than the outages that a scrape survives, short
/// enough that a service which is deployed often does not grow without end.
const BASE_KEPT: Duration = Duration::from_secs(60 * 60);

/// The newest raw snapshot of every pod, per metric and arm.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counting {
    metrics: Vec<PerArm<ArmBase>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct ArmBase {
    /// When this arm first answered, by the clock of the samples.
    counted_since: Option<Timestamp>,
    /// Boxed, as most arms have fewer pods than a node of the map has places.
    pods: BTreeMap<String, Box<PodBase>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PodBase {
    edges_ms: Vec<f64>,
    reading: PodReading,
}

impl Counting {
    /// What `look` adds to what was seen before. Never fails: a look without data gives counts without data.
    pub fn take(&mut self, look: Look) -> Counts {
        let readings = match look.readings {
            Ok(readings) => readings,
            Err(down) => {
                return Counts {
                    taken_at: look.taken_at,
                    source_down: Some(down.reason),
                    metrics: Vec::new(),
                };
            }
        };
        self.metrics.resize_with(readings.len(), PerArm::default);
        let metrics = readings
            .into_iter()
            .zip(&mut self.metrics)
            .map(|(reading, base)| match reading {
                MetricReading::Counters(CounterReading {
                    edges_ms,
                    arms,
                    read_at,
                }) => {
                    let at = Reading {
                        edges_ms: &edges_ms,
                        read_at,
                        taken_at: look.taken_at,
                    };
                    MetricCounts {
                        arms: PerArm {
                            canary: base.canary.take(arms.canary, at),
                            baseline: base.baseline.take(arms.baseline, at),
                        },
                        edges_ms,
                        value: None,
                    }
                }
                MetricReading::Value(value) => MetricCounts::of_value(value.map(only_finite)),
            })
            .collect();
        Counts {
            taken_at: look.taken_at,
            source_down: None,
            metrics,
        }
    }
}

/// What the readings of both arms have in common.
#[derive(Clone, Copy)]
struct Reading<'a> {
    edges_ms: &'a [f64],
    /// When it was read, by the clock of the samples.
    read_at: Timestamp,
    /// When the poll began, by the clock of the polls.
    taken_at: Timestamp,
}

impl Reading<'_> {
    /// A sample's time by the clock of the polls: as old as it was when it was read, however far apart the clocks are.
    fn by_the_clock_of_polls(&self, sampled_at: Timestamp) -> Timestamp {
        self.taken_at.before(self.read_at.since(sampled_at))
    }
}

impl ArmBase {
    fn take(&mut self, arm: ArmReading, at: Reading<'_>) -> ArmCounts {
        let edges_ms = at.edges_ms;
        let mut counts = ArmCounts {
            coverage: coverage(&arm),
            ..ArmCounts::default()
        };
        counts.bad = vec![0.0; if edges_ms.is_empty() { 1 } else { edges_ms.len() }];
        let answered = arm.pods.len();
        let is_known = answered > 0 || counts.coverage == Coverage::Absent;
        let mut stale = 0;
        // A process that started after this was never counted: else its base would be here.
        let uncounted_since = self
            .counted_since
            .map(|since| since.max(at.read_at.before(BASE_KEPT)));
        for (name, reading) in arm.pods {
            let base = self.pods.get(&name);
            match step(base.map(|base| &**base), &reading, edges_ms, uncounted_since) {
                PodStep::Stale => {
                    stale += 1;
                    continue;
                }
                PodStep::Gap => {
                    counts.dropped.gaps += 1;
                    let gap = base.map_or(Duration::ZERO, |base| {
                        reading.sampled_at.since(base.reading.sampled_at)
                    });
                    counts.dropped.gap_ms += u64::try_from(gap.as_millis()).unwrap_or(u64::MAX);
                }
                PodStep::NewBase => {
                    counts.dropped.new_bases += 1;
                    counts.dropped.new_base_requests += reading.requests.value;
                    counts.pods_changed = true;
                }
                PodStep::Fresh => {
                    counts.pods_changed = true;
                    counts.add(&reading, None, at);
                }
                PodStep::Grown => counts.add(&reading, base.map(|base| &base.reading), at),
            }
            let edges_ms = edges_ms.to_vec();
            self.pods.insert(name, Box::new(PodBase { edges_ms, reading }));
        }
        if is_known {
            self.counted_since.get_or_insert(at.read_at);
        }
        if answered > 0 && stale == answered {
            counts.coverage = Coverage::Stale;
        }
        self.pods
            .retain(|_, base| at.read_at.since(base.reading.sampled_at) < BASE_KEPT);
        counts
    }
}

impl ArmCounts {
    /// Adds what `reading` has beyond `base`, or all of it where there is none.
    fn add(&mut self, reading: &PodReading, base: Option<&PodReading>, at: Reading<'_>) {
        let sampled_at = at.by_the_clock_of_polls(reading.sampled_at);
        self.sampled_at = Some(
            self.sampled_at
                .map_or(sampled_at, |oldest| oldest.min(sampled_at)),
        );
        let beyond =
            |sum: &CounterSum, base: Option<&CounterSum>| sum.value - base.map_or(0.0, |base| base.value);
        let requests = beyond(&reading.requests, base.map(|base| &base.requests));
        self.requests += requests;
        for (index, part) in reading.parts.iter().enumerate() {
            let part = beyond(part, base.and_then(|base| base.parts.get(index)));
            // A counter that is read a moment after its total may be ahead of it; nobody errs more often than asked.
            let part = part.clamp(0.0, requests);
            if let Some(bad) = self.bad.get_mut(index) {
                *bad += if at.edges_ms.is_empty() {
                    part
                } else {
                    requests - part
                };
            }
        }
    }
}

/// Only numbers that a limit can be compared with reach the judge, and the journal, whose JSON has no others.
fn only_finite(value: Result<f64, String>) -> Result<f64, String> {
    let number = value?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(format!(
            "the query gave {number}, which no limit can be compared with"
        ))
    }
}

#[cfg(test)]
mod tests;
