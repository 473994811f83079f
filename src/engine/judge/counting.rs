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
//! | a pod not seen before | its value if its process started since the previous look, else nothing |
//! | samples that did not move | nothing: stale |
//!
//! Whatever counts nothing becomes the new base, and is told in [`Dropped`](super::counts::Dropped). A pod that did not answer
//! keeps its base, so that its next answer covers both looks.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::counts::{ArmCounts, Counts, Coverage, MetricCounts};
use crate::engine::arm::PerArm;
use crate::engine::reading::{ArmReading, CounterReading, CounterSum, Look, MetricReading, PodReading};
use crate::spec::Timestamp;

/// How long the base of a pod that is gone is kept: longer than the outages that a scrape survives, short
/// enough that a service which is deployed often does not grow without end.
const BASE_KEPT: Duration = Duration::from_secs(60 * 60);

/// Process start times that differ by no more than this are one process: exporters compute theirs with jitter.
const START_JITTER: Duration = Duration::from_secs(1);

/// The newest raw snapshot of every pod, per metric and arm.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counting {
    metrics: Vec<PerArm<ArmBase>>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct ArmBase {
    /// When this arm last answered.
    answered_at: Option<Timestamp>,
    pods: BTreeMap<String, PodBase>,
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
                MetricReading::Counters(CounterReading { edges_ms, arms }) => MetricCounts {
                    arms: PerArm {
                        canary: base.canary.take(arms.canary, &edges_ms, look.taken_at),
                        baseline: base.baseline.take(arms.baseline, &edges_ms, look.taken_at),
                    },
                    edges_ms,
                    value: None,
                },
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

impl ArmBase {
    fn take(&mut self, arm: ArmReading, edges_ms: &[f64], taken_at: Timestamp) -> ArmCounts {
        let mut counts = ArmCounts {
            coverage: coverage(&arm),
            ..ArmCounts::default()
        };
        counts.bad = vec![0.0; if edges_ms.is_empty() { 1 } else { edges_ms.len() }];
        let answered = arm.pods.len();
        let mut stale = 0;
        for (name, reading) in arm.pods {
            let base = self.pods.get(&name);
            match step(base, &reading, edges_ms, self.answered_at) {
                PodStep::Stale => {
                    stale += 1;
                    continue;
                }
                PodStep::Gap => counts.dropped.gaps += 1,
                PodStep::NewBase => {
                    counts.dropped.new_bases += 1;
                    counts.pods_changed = true;
                }
                PodStep::Fresh => {
                    counts.pods_changed = true;
                    counts.add(&reading, None, edges_ms);
                }
                PodStep::Grown => counts.add(&reading, base.map(|base| &base.reading), edges_ms),
            }
            self.pods.insert(
                name,
                PodBase {
                    edges_ms: edges_ms.to_vec(),
                    reading,
                },
            );
        }
        if answered > 0 {
            self.answered_at = Some(taken_at);
            if stale == answered {
                counts.coverage = Coverage::Stale;
            }
        }
        self.pods
            .retain(|_, base| taken_at.since(base.reading.sampled_at) < BASE_KEPT);
        counts
    }
}

impl ArmCounts {
    /// Adds what `reading` has beyond `base`, or all of it where there is none.
    fn add(&mut self, reading: &PodReading, base: Option<&PodReading>, edges_ms: &[f64]) {
        let beyond =
            |sum: &CounterSum, base: Option<&CounterSum>| sum.value - base.map_or(0.0, |base| base.value);
        let requests = beyond(&reading.requests, base.map(|base| &base.requests));
        self.requests += requests;
        for (index, part) in reading.parts.iter().enumerate() {
            let part = beyond(part, base.and_then(|base| base.parts.get(index)));
            // A counter that is read a moment after its total may be ahead of it; nobody errs more often than asked.
            let part = part.clamp(0.0, requests);
            if let Some(bad) = self.bad.get_mut(index) {
                *bad += if edges_ms.is_empty() {
                    part
                } else {
                    requests - part
                };
            }
        }
    }
}

/// What a pod's reading is, against its base.
enum PodStep {
    /// The same samples again.
    Stale,
    /// Went on counting: the difference counts.
    Grown,
    /// Started counting anew, all of it since the previous look: the value counts.
    Fresh,
    /// Not comparable.
    Gap,
    /// Not seen before, and of unknown age.
    NewBase,
}

fn step(
    base: Option<&PodBase>,
    reading: &PodReading,
    edges_ms: &[f64],
    arm_answered_at: Option<Timestamp>,
) -> PodStep {
    let Some(PodBase {
        edges_ms: base_edges_ms,
        reading: base,
    }) = base
    else {
        let young = reading
            .started_at
            .zip(arm_answered_at)
            .is_some_and(|(started, seen)| started > seen);
        return if young { PodStep::Fresh } else { PodStep::NewBase };
    };
    if reading.sampled_at <= base.sampled_at {
        return PodStep::Stale;
    }
    let restarted = reading
        .started_at
        .zip(base.started_at)
        .is_some_and(|(now, before)| now.since(before) > START_JITTER || before.since(now) > START_JITTER);
    if restarted {
        return PodStep::Fresh;
    }
    if base_edges_ms != edges_ms || base.parts.len() != reading.parts.len() {
        return PodStep::Gap;
    }
    let pairs =
        || std::iter::once((&reading.requests, &base.requests)).chain(reading.parts.iter().zip(&base.parts));
    if pairs().any(|(now, before)| now.series < before.series) {
        PodStep::Gap
    } else if pairs().any(|(now, before)| now.value < before.value) {
        // A pod is one process: where one of its counters started anew, all did.
        PodStep::Fresh
    } else {
        PodStep::Grown
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

/// An arm is judged while at most a fifth of its pods is missing; beyond that its counts wait for the
/// others' return, because the pods that answer may not speak for those that do not.
fn coverage(arm: &ArmReading) -> Coverage {
    let answered = arm
        .pods
        .keys()
        .filter(|pod| !arm.missing.contains_key(*pod))
        .count();
    let missing = arm.missing.len();
    let first = arm
        .missing
        .iter()
        .next()
        .map(|(pod, reason)| format!("{pod}: {reason}"));
    match first {
        None if answered == 0 => Coverage::Silent {
            reason: "no samples".to_owned(),
        },
        Some(first) if arm.pods.is_empty() => Coverage::Silent { reason: first },
        Some(first) if missing * 5 > answered + missing => Coverage::Partial {
            reason: format!("{missing} of {} did not answer; {first}", answered + missing),
        },
        _ => Coverage::Answered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reading::SourceDown;

    const T0: u64 = 1_000_000;

    fn pod(second: u64, requests: f64, errors: f64) -> PodReading {
        PodReading {
            started_at: None,
            sampled_at: Timestamp(T0 + second * 1000),
            requests: CounterSum {
                value: requests,
                series: 2,
            },
            parts: vec![CounterSum {
                value: errors,
                series: 1,
            }],
        }
    }

    fn arm(pods: &[(&str, PodReading)]) -> ArmReading {
        let pods = pods
            .iter()
            .map(|(name, reading)| ((*name).to_owned(), reading.clone()))
            .collect();
        ArmReading {
            pods,
            missing: BTreeMap::new(),
        }
    }

    fn look(second: u64, canary: ArmReading) -> Look {
        let arms = PerArm {
            canary,
            baseline: ArmReading::default(),
        };
        Look {
            taken_at: Timestamp(T0 + second * 1000),
            readings: Ok(vec![MetricReading::Counters(CounterReading {
                edges_ms: Vec::new(),
                arms,
            })]),
        }
    }

    fn canary(counting: &mut Counting, second: u64, pods: &[(&str, PodReading)]) -> ArmCounts {
        counting
            .take(look(second, arm(pods)))
            .metrics
            .remove(0)
            .arms
            .canary
    }

    fn after_first_look(pods: &[(&str, PodReading)]) -> Counting {
        let mut counting = Counting::default();
        counting.take(look(0, arm(pods)));
        counting
    }

    #[test]
    fn the_first_look_is_a_base_and_counts_nothing() {
        let counts = canary(&mut Counting::default(), 0, &[("a", pod(0, 1000.0, 10.0))]);
        assert_eq!(
            (counts.requests, counts.bad, counts.dropped.new_bases),
            (0.0, vec![0.0], 1)
        );
    }

    #[test]
    fn the_difference_counts() {
        let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0)), ("b", pod(0, 50.0, 0.0))]);
        let counts = canary(
            &mut counting,
            1,
            &[("a", pod(1, 1100.0, 11.0)), ("b", pod(1, 53.0, 1.0))],
        );
        assert_eq!((counts.requests, counts.bad), (103.0, vec![2.0]));
    }

    #[test]
    fn a_smaller_value_is_a_reset_and_the_value_counts() {
        let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0))]);
        let counts = canary(&mut counting, 1, &[("a", pod(1, 40.0, 4.0))]);
        assert_eq!(
            (counts.requests, counts.bad, counts.pods_changed),
            (40.0, vec![4.0], true)
        );
    }

    #[test]
    fn another_process_start_is_a_reset_even_where_the_value_grew() {
        let mut before = pod(0, 10.0, 0.0);
        before.started_at = Some(Timestamp(T0 - 100_000));
        let mut after = pod(10, 30.0, 1.0);
        after.started_at = Some(Timestamp(T0 + 5_000));
        let mut counting = after_first_look(&[("a", before)]);
        assert_eq!(canary(&mut counting, 10, &[("a", after)]).requests, 30.0);
    }

    #[test]
    fn a_sum_that_lost_a_member_is_a_gap_and_not_a_reset() {
        let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0))]);
        let mut lost = pod(1, 600.0, 10.0);
        lost.requests.series = 1;
        let counts = canary(&mut counting, 1, &[("a", lost.clone())]);
        assert_eq!((counts.requests, counts.dropped.gaps), (0.0, 1));
        let mut next = pod(2, 610.0, 10.0);
        next.requests.series = 1;
        assert_eq!(
            canary(&mut counting, 2, &[("a", next)]).requests,
            10.0,
            "the gap became the base"
        );
    }

    #[test]
    fn a_new_error_series_in_a_known_pod_counts_whole() {
        let mut fresh = pod(0, 0.0, 0.0);
        fresh.requests.series = 0;
        fresh.parts[0].series = 0;
        let mut counting = after_first_look(&[("a", fresh)]);
        let counts = canary(&mut counting, 1, &[("a", pod(1, 7.0, 2.0))]);
        assert_eq!((counts.requests, counts.bad), (7.0, vec![2.0]));
    }

    #[test]
    fn a_new_pod_counts_only_if_it_is_known_to_be_young() {
        let mut counting = after_first_look(&[("a", pod(0, 1.0, 0.0))]);
        let mut young = pod(10, 5.0, 0.0);
        young.started_at = Some(Timestamp(T0 + 3_000));
        let mut old = pod(10, 500.0, 0.0);
        old.started_at = Some(Timestamp(T0 - 3_000));
        let counts = canary(
            &mut counting,
            10,
            &[
                ("a", pod(10, 1.0, 0.0)),
                ("old", old),
                ("unknown", pod(10, 9.0, 0.0)),
                ("young", young),
            ],
        );
        assert_eq!((counts.requests, counts.dropped.new_bases), (5.0, 2));
    }

    #[test]
    fn a_pod_that_was_silent_for_a_while_is_made_up_for() {
        let mut counting = after_first_look(&[("a", pod(0, 100.0, 0.0)), ("b", pod(0, 100.0, 0.0))]);
        counting.take(Look {
            taken_at: Timestamp(T0 + 1000),
            readings: Err(SourceDown {
                reason: "down".into(),
            }),
        });
        canary(&mut counting, 2, &[("a", pod(2, 110.0, 0.0))]);
        let counts = canary(
            &mut counting,
            3,
            &[("a", pod(3, 120.0, 0.0)), ("b", pod(3, 130.0, 0.0))],
        );
        assert_eq!(counts.requests, 40.0);
    }

    #[test]
    fn a_value_is_kept_as_it_is_and_one_that_is_no_number_becomes_a_reason() {
        let value = PerArm {
            canary: Ok(512.0),
            baseline: Ok(f64::NAN),
        };
        let counts = Counting::default().take(Look {
            taken_at: Timestamp(T0),
            readings: Ok(vec![MetricReading::Value(value)]),
        });
        let kept = counts.metrics[0].value.as_ref().unwrap();
        assert_eq!(kept.canary, Ok(512.0));
        assert!(kept.baseline.as_ref().unwrap_err().contains("NaN"));
    }

    #[test]
    fn samples_that_do_not_move_are_stale() {
        let mut counting = after_first_look(&[("a", pod(0, 100.0, 0.0))]);
        assert_eq!(
            canary(&mut counting, 1, &[("a", pod(0, 100.0, 0.0))]).coverage,
            Coverage::Stale
        );
    }

    #[test]
    fn an_arm_with_more_than_a_fifth_missing_is_partial() {
        let mut partial = arm(&[
            ("a", pod(0, 1.0, 0.0)),
            ("b", pod(0, 1.0, 0.0)),
            ("c", pod(0, 1.0, 0.0)),
        ]);
        partial.missing.insert("d".into(), "timed out".into());
        assert_eq!(
            coverage(&partial),
            Coverage::Partial {
                reason: "1 of 4 did not answer; d: timed out".into()
            }
        );
        partial.pods.insert("e".into(), pod(0, 1.0, 0.0));
        assert_eq!(coverage(&partial), Coverage::Answered);
    }

    #[test]
    fn latency_counts_requests_slower_than_each_edge() {
        let reading = |second: u64, cumulative: [f64; 2], total: f64| PodReading {
            parts: cumulative.map(|value| CounterSum { value, series: 1 }).to_vec(),
            ..pod(second, total, 0.0)
        };
        let look = |second: u64, reading| Look {
            taken_at: Timestamp(T0 + second * 1000),
            readings: Ok(vec![MetricReading::Counters(CounterReading {
                edges_ms: vec![100.0, 200.0],
                arms: PerArm {
                    canary: arm(&[("a", reading)]),
                    baseline: ArmReading::default(),
                },
            })]),
        };
        let mut counting = Counting::default();
        counting.take(look(0, reading(0, [0.0, 0.0], 0.0)));
        let counts = counting.take(look(1, reading(1, [60.0, 90.0], 100.0)));
        assert_eq!(counts.metrics[0].arms.canary.bad, vec![40.0, 10.0]);
    }
}
