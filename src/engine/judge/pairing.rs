//! Both arms' counts of the same time.
//!
//! An arm that did not answer leaves the other's counts waiting: the next look in which both answer covers
//! both looks, and the comparison stays one of the same interval.

use serde::{Deserialize, Serialize};

use super::counts::{ArmCounts, MetricCounts};
use crate::engine::arm::{Arm, PerArm};

/// Counts that wait for the other arm's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pairing {
    waiting: PerArm<Waiting>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Waiting {
    requests: f64,
    bad: Vec<f64>,
}

/// What both arms counted since the last pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    /// Requests.
    pub(super) requests: PerArm<f64>,
    /// Bad ones among them, by part.
    pub(super) bad: PerArm<Vec<f64>>,
}

impl Pairing {
    /// Adds a look at a canary weight (percent); gives the pair if the arms answered that have traffic by it.
    pub(super) fn add(&mut self, metric: &MetricCounts, weight: u8) -> Option<Pair> {
        for arm in [Arm::Canary, Arm::Baseline] {
            self.waiting.get_mut(arm).add(metric.arms.get(arm));
        }
        if !metric.answered_at(weight) {
            return None;
        }
        let PerArm { canary, baseline } = std::mem::take(&mut self.waiting);
        Some(Pair {
            requests: PerArm {
                canary: canary.requests,
                baseline: baseline.requests,
            },
            bad: PerArm {
                canary: canary.bad,
                baseline: baseline.bad,
            },
        })
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.waiting = PerArm::default();
    }
}

impl Waiting {
    fn add(&mut self, counts: &ArmCounts) {
        // Another bucket layout cannot be added to what waits. A histogram that nobody has shows no edges at all,
        // and takes nothing away.
        if self.bad.len() != counts.bad.len() && (self.requests == 0.0 || counts.requests > 0.0) {
            self.bad = vec![0.0; counts.bad.len()];
            self.requests = 0.0;
        }
        self.requests += counts.requests;
        for (waiting, bad) in self.bad.iter_mut().zip(&counts.bad) {
            *waiting += bad;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::counts::Coverage;
    use super::*;

    fn arm(requests: f64, coverage: Coverage) -> ArmCounts {
        ArmCounts {
            requests,
            bad: vec![requests / 10.0],
            coverage,
            ..ArmCounts::default()
        }
    }

    fn silent() -> ArmCounts {
        arm(
            0.0,
            Coverage::Silent {
                reason: String::new(),
            },
        )
    }

    fn look(canary: ArmCounts, baseline: ArmCounts) -> MetricCounts {
        MetricCounts {
            edges_ms: Vec::new(),
            arms: PerArm { canary, baseline },
            value: None,
        }
    }

    #[test]
    fn the_next_look_in_which_both_answer_covers_both_looks() {
        let mut pairing = Pairing::default();
        assert_eq!(
            pairing.add(&look(silent(), arm(90.0, Coverage::Answered)), 5),
            None
        );
        let pair = pairing
            .add(
                &look(arm(20.0, Coverage::Answered), arm(100.0, Coverage::Answered)),
                5,
            )
            .expect("both answered");
        assert_eq!(
            pair.requests,
            PerArm {
                canary: 20.0,
                baseline: 190.0
            }
        );
        assert_eq!(pair.bad.baseline, vec![19.0]);
    }

    #[test]
    fn an_arm_without_traffic_by_its_weight_is_not_waited_for() {
        assert!(
            Pairing::default()
                .add(&look(silent(), arm(90.0, Coverage::Answered)), 0)
                .is_some()
        );
        assert!(
            Pairing::default()
                .add(&look(arm(90.0, Coverage::Answered), silent()), 100)
                .is_some()
        );
    }
    #[test]
    fn a_look_without_a_histogram_takes_nothing_away_from_what_waits() {
        let histogram = |canary: ArmCounts, baseline: f64, bad: &[f64]| {
            let baseline = ArmCounts {
                bad: bad.to_vec(),
                ..arm(baseline, Coverage::Answered)
            };
            look(canary, baseline)
        };
        let mut pairing = Pairing::default();
        pairing.add(&histogram(silent(), 90.0, &[9.0, 1.0]), 5);
        pairing.add(&look(silent(), silent()), 5);
        let canary = ArmCounts {
            bad: vec![2.0, 0.0],
            ..arm(20.0, Coverage::Answered)
        };
        let pair = pairing
            .add(&histogram(canary, 10.0, &[1.0, 1.0]), 5)
            .expect("both answered");
        assert_eq!(
            (pair.requests.baseline, pair.bad.baseline),
            (100.0, vec![10.0, 2.0])
        );
    }
}
