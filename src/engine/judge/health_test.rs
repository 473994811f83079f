//! Is the canary better than the worst that it may be? The proof that a gate asks for.
//!
//! Null hypothesis: in every look the canary's rate is at or above [`Boundary::tolerated_rate`]. While it
//! holds, the evidence reaches `1/α_h` with probability at most `α_h`. The experts bet that the rate is a
//! fraction of the tolerated one; the boldest bets everything on no bad request at all. Evidence beyond ten
//! times what a gate asks is thrown away, so that a healthy hour does not hide a bad minute.

use serde::{Deserialize, Serialize};

use super::decayed_rate::DecayedRate;
use super::dispersion::Floor;
use super::eta;
use super::mixture::{Limit, Mixture, Sharing};
use super::proportion::{Boundary, Interval};
use super::tempered::{Observation, Tempered};

/// The rates that the experts suppose, as fractions of the tolerated one; equal shares.
pub const KAPPAS: [f64; 6] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.85];

/// The part of all money that never bets.
const CASH: f64 = 0.05;

/// The part of all money that is shared out again before each look. A change of the weight is no reason to
/// doubt health more than usual.
pub const SHARE: f64 = 0.01;

/// How many times the asked-for evidence is kept.
const WEALTH_MAX: f64 = 10.0;

/// The mixture of a health test that shares out `share` again before each look, and whose experts start with
/// `shares` of what is not cash.
pub(super) fn mixture(alpha_h: f64, share: f64, shares: impl IntoIterator<Item = f64>) -> Mixture {
    let sharing = Sharing {
        steady: share,
        on_step: share,
    };
    let limit = Limit::Wealth(libm::log(1.0 / alpha_h) + libm::log(WEALTH_MAX));
    Mixture::new(CASH, shares, sharing, limit)
}

/// The state of one health test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthTest {
    alpha_h: f64,
    tempered: Tempered,
    mixture: Mixture,
}

impl HealthTest {
    /// A test at error rate `alpha_h` (of this gate), with the noise that is assumed at least, and what is
    /// believed of the baseline's rate so far.
    #[must_use]
    pub fn new(boundary: Boundary, alpha_h: f64, floor: Floor, baseline_rate: DecayedRate) -> Self {
        Self::with_share(boundary, alpha_h, floor, baseline_rate, SHARE)
    }

    /// The same with another part that is shared out again before each look.
    #[must_use]
    pub fn with_share(
        boundary: Boundary,
        alpha_h: f64,
        floor: Floor,
        baseline_rate: DecayedRate,
        share: f64,
    ) -> Self {
        Self {
            alpha_h,
            tempered: Tempered::new(boundary, floor, baseline_rate),
            mixture: mixture(alpha_h, share, [1.0; KAPPAS.len()]),
        }
    }

    /// One look; `None` where it says nothing ([`Boundary::can_judge`]), and the test is then as it was.
    pub fn observe(&mut self, interval: &Interval, step: bool) -> Option<Observation<6>> {
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

    /// The log of the evidence for health.
    #[must_use]
    pub const fn log_evidence(&self) -> f64 {
        self.mixture.log_evidence()
    }

    /// The largest that the evidence ever was.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.mixture.max_log_evidence()
    }

    /// The log of the evidence that proves health.
    #[must_use]
    pub fn limit(&self) -> f64 {
        libm::log(1.0 / self.alpha_h)
    }

    /// Whether health is proven now.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.log_evidence() >= self.limit()
    }

    /// How many more canary requests the proof will take, if looks have about `n_c` and `n_b` requests and
    /// both arms have bad requests at rate `rate` (of a relative boundary: the baseline's, as it is believed
    /// now, where `None`). `None` where it never comes.
    #[must_use]
    pub fn requests_to_proof(&self, n_c: f64, n_b: f64, rate: Option<f64>) -> Option<f64> {
        let rate = rate.unwrap_or_else(|| self.tempered.baseline_rate());
        let typical = Interval {
            n_c,
            x_c: rate * n_c,
            n_b,
            x_b: rate * n_b,
        };
        if !self.boundary().can_judge(&typical) {
            return None;
        }
        let growth = eta::growth_per_look(self.boundary(), rate, self.tempered.phi(&typical), &typical);
        eta::requests_to_go(self.limit() - self.log_evidence(), growth, n_c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Interval = Interval {
        n_c: 500.0,
        x_c: 0.0,
        n_b: 500.0,
        x_b: 0.0,
    };

    fn test(delta: f64) -> HealthTest {
        let boundary = Boundary { rho: 1.25, delta };
        HealthTest::new(boundary, 0.05, Floor::NONE, DecayedRate::default())
    }

    #[test]
    fn silence_proves_health_by_the_absolute_part_alone() {
        let (mut with, mut without) = (test(0.005), test(0.0));
        for _ in 0..6 {
            with.observe(&LOOK, false);
            without.observe(&LOOK, false);
        }
        assert!(with.is_proven());
        assert!(without.log_evidence() <= 0.0);
    }

    #[test]
    fn a_healthy_hour_does_not_hide_a_bad_minute() {
        let mut test = test(0.005);
        for _ in 0..360 {
            test.observe(&LOOK, false);
        }
        assert!(test.is_proven());
        for _ in 0..2 {
            test.observe(&Interval { x_c: 50.0, ..LOOK }, false);
        }
        assert!(!test.is_proven());
    }

    #[test]
    fn the_estimate_of_requests_follows_the_best_expert_that_survives() {
        let fresh = test(0.005);
        let requests = fresh.requests_to_proof(500.0, 500.0, Some(1e-9)).unwrap();
        // The boldest would not survive the first bad request; the next bets nine tenths.
        assert!(
            (requests - 20.0_f64.ln() / (0.9 * 0.005)).abs() < 1.0,
            "{requests}"
        );
        assert_eq!(fresh.requests_to_proof(0.0, 500.0, None), None);
    }

    #[test]
    fn what_is_proven_needs_no_more_requests() {
        let mut test = test(0.005);
        for _ in 0..10 {
            test.observe(&LOOK, false);
        }
        assert_eq!(test.requests_to_proof(500.0, 500.0, None), Some(0.0));
    }

    #[test]
    fn a_zero_boundary_is_never_proven() {
        let boundary = Boundary { rho: 1.0, delta: 0.0 };
        let test = HealthTest::new(boundary, 0.05, Floor::NONE, DecayedRate::default());
        // At the boundary itself nothing grows.
        assert_eq!(test.requests_to_proof(500.0, 500.0, None), None);
    }
}
