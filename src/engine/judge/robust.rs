//! Harm, judged without a model of the noise.
//!
//! Of a look's bad requests only the canary's share `v = x_c/(x_c+x_b)` counts, however many there are. At
//! the boundary its mean is at most `q₀ = o/(1+o)` with `o = r·(ρ + δ/π)`, and an expert bets the fraction
//! `f` of its money on more (betting on a bounded mean, after Waudby-Smith and Ramdas):
//!
//! ```text
//! ln e(f) = ln(1 + (f/q₀)·(v − q₀))
//! ```
//!
//! Bursts of any size inside a look cannot mislead it. The price is patience: a look counts once, whether it
//! has ten bad requests or ten thousand; and a baseline without any errors blinds it (`π → 0`, `q₀ → 1`).

use serde::{Deserialize, Serialize};

use super::abort_test::Tuning;
use super::decayed_rate::DecayedRate;
use super::mixture::Mixture;
use super::proportion::{Boundary, Interval};

/// The fractions of their money that the experts bet; equal shares.
pub const FRACTIONS: [f64; 5] = [0.03, 0.1, 0.25, 0.5, 0.8];

/// The state of one robust test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustTest {
    boundary: Boundary,
    baseline_rate: DecayedRate,
    mixture: Mixture,
}

impl RobustTest {
    /// A test at false-abort rate `alpha` of a boundary that is relative to the baseline.
    #[must_use]
    pub fn new(boundary: Boundary, alpha: f64, baseline_rate: DecayedRate) -> Self {
        Self {
            boundary,
            baseline_rate,
            mixture: Tuning::default().mixture(alpha, [1.0; FRACTIONS.len()]),
        }
    }

    /// One look. `None` where it says nothing: an arm without requests, which changes nothing, or no bad
    /// request at all, from which only the baseline's rate is learned.
    pub fn observe(&mut self, interval: &Interval, step: bool) -> Option<f64> {
        if interval.n_b <= 0.0 || !self.boundary.can_judge(interval) {
            return None;
        }
        let gains = log_e(&self.boundary, self.baseline_rate.value(), interval);
        self.baseline_rate.observe(interval.n_b, interval.x_b);
        gains.map(|mut gains| self.mixture.bet(&mut gains, step))
    }

    /// The log of the evidence for harm.
    #[must_use]
    pub const fn log_evidence(&self) -> f64 {
        self.mixture.log_evidence()
    }
}

/// The experts' bets on one look; `None` where it has no bad request.
pub(super) fn log_e(
    boundary: &Boundary,
    baseline_rate: f64,
    interval: &Interval,
) -> Option<[f64; FRACTIONS.len()]> {
    let events = interval.events();
    if events <= 0.0 {
        return None;
    }
    let odds = interval.n_c / interval.n_b * (boundary.rho + boundary.delta / baseline_rate);
    let expected = odds / (1.0 + odds);
    let excess = interval.x_c / events - expected;
    Some(FRACTIONS.map(|fraction| libm::log1p(fraction / expected * excess)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDARY: Boundary = Boundary {
        rho: 1.25,
        delta: 0.0005,
    };

    #[test]
    fn a_look_counts_once_however_large_the_burst() {
        let burst = |size: f64| Interval {
            n_c: 500.0,
            x_c: size,
            n_b: 9500.0,
            x_b: size,
        };
        assert_eq!(
            log_e(&BOUNDARY, 0.01, &burst(5.0)),
            log_e(&BOUNDARY, 0.01, &burst(500.0))
        );
    }

    #[test]
    fn at_the_expected_share_nothing_is_won_or_lost() {
        let boundary = Boundary { rho: 1.0, delta: 0.0 };
        let even = Interval {
            n_c: 100.0,
            x_c: 2.0,
            n_b: 100.0,
            x_b: 2.0,
        };
        assert_eq!(log_e(&boundary, 0.01, &even), Some([0.0; 5]));
    }

    #[test]
    fn a_look_without_bad_requests_only_teaches_the_baseline_rate() {
        let mut test = RobustTest::new(BOUNDARY, 0.01, DecayedRate::default());
        let clean = Interval {
            n_c: 500.0,
            x_c: 0.0,
            n_b: 9500.0,
            x_b: 0.0,
        };
        assert_eq!(test.observe(&clean, true), None);
        assert_eq!(test.log_evidence(), 0.0);
        assert!(test.baseline_rate.value() < DecayedRate::default().value());
    }
}
