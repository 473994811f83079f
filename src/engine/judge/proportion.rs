//! One look's comparison of two proportions: a bet with a fair price.
//!
//! The e-value of a look is what one unit of money becomes when it is staked on "the canary is worse than
//! its boundary" (or better) at odds that are fair or worse while that is false. For a stake `λ` that was
//! fixed before the look's bad events were seen, and with `r = n_c / n_b`,
//!
//! ```text
//! ln e(λ) = x_c·ln(1 + λ) + x_b·ln(1 − r·ρ·λ) − n_c·δ·λ
//! ```
//!
//! As `1 + p·z ≤ exp(p·z)`, its mean over independent requests is at most `exp(λ·n_c·(p_c − ρ·p_b − δ))`: at
//! most 1 for every positive stake while the canary is within the boundary, and for every negative stake
//! while it is at or beyond it. That holds for any rates, any split of traffic and any counts, and the
//! baseline's rate may differ from look to look: comparing inside one look is the stratification. For `δ = 0`
//! it is the conditional likelihood ratio of two binomials.
//!
//! Which evidence accumulates, and how, is the matter of [`mixture`](super::mixture).

use serde::{Deserialize, Serialize};

use super::log_sum::log1p_times;

/// The largest share of all money that a positive stake puts on the baseline's silence. Only reached when the
/// estimate of the baseline's rate has all but vanished; it keeps the loss at a baseline event finite.
const STAKE_SHARE_MAX: f64 = 1.0 - 1e-12;

/// What one look counted on both sides: requests, and the bad ones among them.
///
/// Finite and not negative; fractions are legal (counts taken from rates have them).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// Requests of the canary.
    pub n_c: f64,
    /// Bad requests of the canary.
    pub x_c: f64,
    /// Requests of the baseline.
    pub n_b: f64,
    /// Bad requests of the baseline.
    pub x_b: f64,
}

impl Interval {
    /// All bad requests, of both arms.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.x_c + self.x_b
    }

    /// The other arm's point of view: the baseline in the canary's place.
    #[must_use]
    pub const fn swapped(&self) -> Self {
        Self {
            n_c: self.n_b,
            x_c: self.x_b,
            n_b: self.n_c,
            x_b: self.x_c,
        }
    }
}

/// The canary's tolerated rate of bad requests, as a function of the baseline's: `ρ·p_b + δ`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// Relative part `ρ ≥ 0`: 1.25 tolerates a quarter more than the baseline. 0 makes the limit absolute.
    pub rho: f64,
    /// Absolute part `δ ≥ 0`, as a share of requests.
    pub delta: f64,
}

impl Boundary {
    /// A limit that does not look at the baseline.
    #[must_use]
    pub const fn absolute(limit: f64) -> Self {
        Self {
            rho: 0.0,
            delta: limit,
        }
    }

    /// This boundary around a baseline rate that no longer moves, for when all traffic is the canary's.
    #[must_use]
    pub fn frozen_at(&self, baseline_rate: f64) -> Self {
        Self::absolute(self.tolerated_rate(baseline_rate))
    }

    /// `ρ·p_b + δ`.
    #[must_use]
    pub fn tolerated_rate(&self, baseline_rate: f64) -> f64 {
        self.rho * baseline_rate + self.delta
    }

    /// Whether the limit ignores the baseline.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.rho == 0.0
    }

    /// Whether a look says anything about this boundary: the canary must have had requests, and the baseline
    /// too unless the boundary ignores it. A look that does not changes no test.
    #[must_use]
    pub fn can_judge(&self, interval: &Interval) -> bool {
        interval.n_c > 0.0 && (interval.n_b > 0.0 || self.is_absolute())
    }

    /// `r·ρ`: the odds at which the baseline's bad requests are staked against the canary's.
    fn odds(&self, interval: &Interval) -> f64 {
        if self.is_absolute() {
            0.0
        } else {
            interval.n_c / interval.n_b * self.rho
        }
    }

    /// The stake that lets money grow fastest if the canary's rate is `kappa` times the tolerated one and the
    /// baseline's is `baseline_rate`: positive for `kappa > 1`, in `[-1, 0)` below.
    ///
    /// The smaller root of the quadratic that the derivative of the mean of `ln e(λ)` leads to. A wrong
    /// estimate of the baseline's rate costs growth, never validity.
    #[must_use]
    pub fn stake(&self, kappa: f64, baseline_rate: f64, interval: &Interval) -> f64 {
        let tolerated = self.tolerated_rate(baseline_rate);
        if tolerated <= 0.0 {
            return 0.0;
        }
        if kappa == 0.0 {
            return -1.0; // exactly, where rounding would leave a trace of money after a canary event
        }
        let odds = self.odds(interval);
        let supposed = kappa * tolerated;
        let excess = supposed - tolerated;
        let a = self.delta * odds;
        let b = supposed * odds + self.rho * baseline_rate + self.delta * (1.0 - odds);
        let root = libm::sqrt((b * b - 4.0 * a * excess).max(0.0));
        let stake = 2.0 * excess / (b + root);
        if stake * odds > STAKE_SHARE_MAX {
            STAKE_SHARE_MAX / odds
        } else {
            stake.max(-1.0)
        }
    }

    /// `ln e(λ)` of a look that [can be judged](Self::can_judge). Minus infinity where the stake was
    /// everything and the event came.
    #[must_use]
    pub fn log_e(&self, stake: f64, interval: &Interval) -> f64 {
        log1p_times(interval.x_c, stake) + log1p_times(interval.x_b, -self.odds(interval) * stake)
            - interval.n_c * self.delta * stake
    }

    /// How much a look can say: the variance of the canary's share of the look's events at the boundary,
    /// `S·q(1−q)`; against an absolute limit, the events that the limit allows.
    #[must_use]
    pub fn information(&self, baseline_rate: f64, interval: &Interval) -> f64 {
        if self.is_absolute() {
            return interval.n_c * self.delta;
        }
        let odds = interval.n_c / interval.n_b * self.tolerated_rate(baseline_rate) / baseline_rate;
        interval.events() * odds / (1.0 + odds) / (1.0 + odds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Interval = Interval {
        n_c: 100.0,
        x_c: 3.0,
        n_b: 400.0,
        x_b: 5.0,
    };

    #[test]
    fn without_absolute_part_the_stake_has_its_closed_form() {
        let boundary = Boundary {
            rho: 1.25,
            delta: 0.0,
        };
        let odds = 0.25 * 1.25;
        for kappa in [0.1, 0.85, 1.25, 2.0, 30.0] {
            let expected = (kappa - 1.0) / (1.0 + kappa * odds);
            assert!((boundary.stake(kappa, 0.01, &LOOK) - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn against_an_absolute_limit_the_stake_is_the_excess() {
        for kappa in [0.1, 1.25, 30.0] {
            let stake = Boundary::absolute(0.01).stake(kappa, 0.5, &LOOK);
            assert!((stake - (kappa - 1.0)).abs() < 1e-14);
        }
    }

    #[test]
    fn silence_of_both_arms_proves_health_by_the_absolute_part() {
        let silent = Interval {
            x_c: 0.0,
            x_b: 0.0,
            ..LOOK
        };
        let boundary = Boundary {
            rho: 1.25,
            delta: 0.002,
        };
        assert!((boundary.log_e(-1.0, &silent) - 0.2).abs() < 1e-15);
    }

    #[test]
    fn nothing_is_staked_on_a_boundary_at_zero() {
        assert_eq!(Boundary::absolute(0.0).stake(2.0, 0.01, &LOOK), 0.0);
    }

    #[test]
    fn a_baseline_that_is_all_but_silent_never_ruins_a_positive_stake() {
        let busy_canary = Interval {
            n_c: 900.0,
            x_c: 9.0,
            n_b: 100.0,
            x_b: 1.0,
        };
        let boundary = Boundary {
            rho: 1.25,
            delta: 0.0005,
        };
        for rate in [1e-100, 1e-30, 1e-12] {
            let stake = boundary.stake(30.0, rate, &busy_canary);
            assert!(boundary.log_e(stake, &busy_canary).is_finite());
        }
    }
}
