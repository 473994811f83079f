//! Does the traffic follow the weight?
//!
//! A weight that was written and read back is only a wish until requests arrive by it: a proxy that did
//! not take the new configuration, or a route that Serin does not manage, shows in the arms' shares.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use super::words::count;

/// The share is taken over at most this many looks, so that an old disturbance is forgotten.
const LOOKS_MAX: usize = 5;

/// Deviations up to this many standard deviations are chance (once in 16,000 looks).
const SIGMAS: f64 = 4.0;

/// Deviations below this part of the weight are not worth a hold, however significant.
const WEIGHT_FRACTION: f64 = 0.1;

/// Requests of the newest looks since the weight was read back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct ShareWatch {
    looks: VecDeque<PerArm<f64>>,
    /// What was counted since the newest of them by arms that did not all answer.
    waiting: PerArm<f64>,
}

impl ShareWatch {
    /// Takes the requests of a look that was served at one weight. Where an arm did not answer, the look waits
    /// for the next: the arm's own next answer covers both.
    pub(super) fn observe(&mut self, requests: PerArm<f64>, answered: bool) {
        self.waiting.canary += requests.canary;
        self.waiting.baseline += requests.baseline;
        if !answered {
            return;
        }
        self.looks.push_back(std::mem::take(&mut self.waiting));
        if self.looks.len() > LOOKS_MAX {
            self.looks.pop_front();
        }
    }

    /// Why the traffic does not follow `weight` (percent), if it does not. Where another route also reaches
    /// the canary, more than the weight is no surprise. At 0 the yardstick is the `first` step's weight: probes
    /// are no reason never to begin, and traffic that stayed at a step is.
    pub(super) fn mismatch(&self, weight: u8, first: u8, other_routes_reach_canary: bool) -> Option<String> {
        let canary: f64 = self.looks.iter().map(|look| look.canary).sum();
        let total: f64 = canary + self.looks.iter().map(|look| look.baseline).sum::<f64>();
        let yardstick = f64::from(if weight == 0 { first } else { weight }) / 100.0;
        let off = canary - f64::from(weight) / 100.0 * total;
        let chance = SIGMAS * libm::sqrt(total * yardstick * (1.0 - yardstick));
        let relevant = WEIGHT_FRACTION * yardstick * total;
        if off.abs() <= chance || off.abs() <= relevant || (off > 0.0 && other_routes_reach_canary) {
            return None;
        }
        Some(format!(
            "the canary has {:.1} % of {} requests where its weight is {weight} %",
            100.0 * canary / total,
            count(total)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mismatch(looks: &[(f64, f64)], weight: u8, other_routes: bool) -> Option<String> {
        let mut share = ShareWatch::default();
        for &(canary, baseline) in looks {
            share.observe(PerArm { canary, baseline }, true);
        }
        share.mismatch(weight, 5, other_routes)
    }

    #[test]
    fn chance_is_no_mismatch() {
        assert_eq!(mismatch(&[(14.0, 286.0)], 5, false), None);
        assert_eq!(mismatch(&[], 5, false), None);
        assert_eq!(mismatch(&[(300.0, 0.0)], 100, false), None);
    }

    #[test]
    fn traffic_that_stayed_at_the_old_weight_is_a_mismatch() {
        assert_eq!(
            mismatch(&[(50.0, 950.0)], 25, false).expect("mismatch"),
            "the canary has 5.0 % of 1,000 requests where its weight is 25 %"
        );
    }

    #[test]
    fn more_than_the_weight_is_no_surprise_beside_another_route() {
        assert!(mismatch(&[(400.0, 600.0)], 25, false).is_some());
        assert_eq!(mismatch(&[(400.0, 600.0)], 25, true), None);
        assert!(mismatch(&[(50.0, 950.0)], 25, true).is_some());
    }

    #[test]
    fn an_old_disturbance_is_forgotten() {
        let mut looks = vec![(0.0, 1000.0)];
        looks.extend([(250.0, 750.0); 5]);
        assert_eq!(mismatch(&looks, 25, false), None);
    }
    #[test]
    fn an_arm_that_answers_late_is_waited_for() {
        let mut share = ShareWatch::default();
        let look = |canary, baseline| PerArm { canary, baseline };
        share.observe(look(0.0, 750.0), false);
        assert_eq!(share.mismatch(25, 5, false), None);
        share.observe(look(500.0, 750.0), true);
        assert_eq!(share.mismatch(25, 5, false), None);
    }

    #[test]
    fn at_zero_probes_are_tolerated_and_traffic_that_stayed_is_not() {
        assert_eq!(mismatch(&[(10.0, 990.0)], 0, false), None);
        assert!(mismatch(&[(50.0, 950.0)], 0, false).is_some());
    }
}
