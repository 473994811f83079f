//! Is the canary worse than it may be? The sequential test behind an abort.
//!
//! Null hypothesis: in every look the canary's rate is at most [`Boundary::tolerated_rate`]. While it holds,
//! the evidence reaches `1/α` with probability at most `α`, for noise no worse than the tempering assumes.
//! With [`Boundary::absolute`] the same test judges a limit without a baseline.
//!
//! One look can never abort by itself: a gain is capped at three quarters of the way to `1/α`.

use serde::{Deserialize, Serialize};

use super::decayed_rate::DecayedRate;
use super::dispersion::Floor;
use super::mixture::{Limit, Mixture, Sharing};
use super::proportion::{Boundary, Interval};
pub use super::tempered::Observation;
use super::tempered::Tempered;

/// The effects that the experts suppose, in multiples of the tolerated rate.
pub const KAPPAS: [f64; 7] = [1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0];

/// The experts' first shares of what is not cash: most where regressions are commonest.
pub(super) const SHARES: [f64; 7] = [0.10, 0.15, 0.20, 0.20, 0.15, 0.12, 0.08];

/// The sizes that shape an abort test; everybody but an experiment takes the default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    /// The part of all money that never bets.
    pub cash: f64,
    /// The part that is shared out again before each look.
    pub sharing: Sharing,
    /// The most that one look may gain, as a share of `ln(1/α)`; `None` for no cap.
    pub cap: Option<f64>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            cash: 0.15,
            sharing: Sharing {
                steady: 0.01,
                on_step: 0.2,
            },
            cap: Some(0.75),
        }
    }
}

impl Tuning {
    /// The mixture of an abort test whose experts start with `shares` of what is not cash.
    pub(super) fn mixture(&self, alpha: f64, shares: impl IntoIterator<Item = f64>) -> Mixture {
        let limit = self
            .cap
            .map_or(Limit::None, |cap| Limit::Gain(cap * libm::log(1.0 / alpha)));
        Mixture::new(self.cash, shares, self.sharing, limit)
    }
}

/// The state of one abort test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbortTest {
    tempered: Tempered,
    mixture: Mixture,
}

impl AbortTest {
    /// A test at false-abort rate `alpha` (of the whole rollout), with the noise that is assumed at least,
    /// and what is believed of the baseline's rate so far.
    #[must_use]
    pub fn new(boundary: Boundary, alpha: f64, floor: Floor, baseline_rate: DecayedRate) -> Self {
        Self::with_tuning(boundary, alpha, floor, baseline_rate, Tuning::default())
    }

    /// The same with other sizes.
    #[must_use]
    pub fn with_tuning(
        boundary: Boundary,
        alpha: f64,
        floor: Floor,
        baseline_rate: DecayedRate,
        tuning: Tuning,
    ) -> Self {
        Self {
            tempered: Tempered::new(boundary, floor, baseline_rate),
            mixture: tuning.mixture(alpha, SHARES),
        }
    }

    /// One look; `step` marks the first after a change of the weight. `None` where the look says nothing
    /// ([`Boundary::can_judge`]); the test is then as it was. A gap is a look that is not shown.
    pub fn observe(&mut self, interval: &Interval, step: bool) -> Option<Observation<7>> {
        if !self.boundary().can_judge(interval) {
            return None;
        }
        let mut observation = self.tempered.bets(&KAPPAS, interval);
        observation.log_w = self.mixture.bet(&mut observation.log_e, step);
        self.tempered.learn(interval);
        Some(observation)
    }

    /// What is tested.
    #[must_use]
    pub const fn boundary(&self) -> &Boundary {
        self.tempered.boundary()
    }

    /// The baseline's rate as it is believed now.
    #[must_use]
    pub fn baseline_rate(&self) -> f64 {
        self.tempered.baseline_rate()
    }

    /// The log of the evidence for harm.
    #[must_use]
    pub const fn log_evidence(&self) -> f64 {
        self.mixture.log_evidence()
    }

    /// The largest that the evidence ever was, for the anytime p-value.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.mixture.max_log_evidence()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test() -> AbortTest {
        let boundary = Boundary {
            rho: 1.25,
            delta: 0.0005,
        };
        AbortTest::new(boundary, 0.01, Floor::NONE, DecayedRate::default())
    }

    const CLEAN: Interval = Interval {
        n_c: 500.0,
        x_c: 0.0,
        n_b: 9500.0,
        x_b: 0.0,
    };
    const BROKEN: Interval = Interval { x_c: 500.0, ..CLEAN };

    #[test]
    fn one_look_alone_never_aborts_whatever_came_before() {
        for clean_looks in [0, 1, 10, 1000] {
            let mut test = test();
            for _ in 0..clean_looks {
                test.observe(&CLEAN, false);
            }
            test.observe(&BROKEN, true);
            assert!(
                test.log_evidence() < 100.0_f64.ln(),
                "after {clean_looks} clean looks"
            );
        }
    }

    #[test]
    fn two_looks_of_nothing_but_errors_abort() {
        let mut test = test();
        test.observe(&BROKEN, false);
        test.observe(&BROKEN, false);
        assert!(test.log_evidence() >= 100.0_f64.ln());
    }

    #[test]
    fn a_look_without_requests_changes_nothing() {
        let mut test = test();
        test.observe(&BROKEN, false);
        let before = test.clone();
        let silent_canary = Interval {
            n_c: 0.0,
            x_c: 0.0,
            ..CLEAN
        };
        let silent_baseline = Interval { n_b: 0.0, ..CLEAN };
        for silent in [silent_canary, silent_baseline, Interval::default()] {
            assert_eq!(test.observe(&silent, true), None);
            assert_eq!(test, before);
        }
    }

    #[test]
    fn an_absolute_limit_needs_no_baseline() {
        let boundary = Boundary {
            rho: 1.25,
            delta: 0.0005,
        }
        .frozen_at(0.01);
        let mut test = AbortTest::new(boundary, 0.01, Floor::NONE, DecayedRate::default());
        let alone = Interval {
            n_c: 1000.0,
            x_c: 100.0,
            n_b: 0.0,
            x_b: 0.0,
        };
        test.observe(&alone, false);
        test.observe(&alone, false);
        assert!(test.log_evidence() >= 100.0_f64.ln());
    }
}
