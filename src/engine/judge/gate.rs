//! How healthy a canary must be proven before it may have more traffic.
//!
//! What a raise puts at risk grows with the weight, so the proof does too: before weight `w` the margin is
//! the user's divided by `w`. At 5 % of the traffic a canary may be found harmless by a coarse look; at 100 %
//! it must be proven within the margin itself, which also is what promotion asks.

use super::latency::LatencyMargin;
use super::proportion::Boundary;

/// The loosest latency ratio that a gate accepts: three times slower is harm at any weight.
const MAX_RATIO_MAX: f64 = 3.0;

/// The loosest share of bad requests that a gate accepts against an absolute limit.
const LIMIT_MAX: f64 = 0.5;

/// The boundary that a success rate must be proven below before the weight `next` (a fraction in `(0, 1]`; 1
/// for promotion).
#[must_use]
pub fn rate_boundary(user: Boundary, next: f64) -> Boundary {
    Boundary {
        rho: 1.0 + (user.rho - 1.0) / next,
        delta: user.delta / next,
    }
}

/// The margin that a latency must be proven within before the weight `next`.
#[must_use]
pub fn latency_margin(user: LatencyMargin, next: f64) -> LatencyMargin {
    LatencyMargin {
        max_ratio: (1.0 + (user.max_ratio - 1.0) / next).min(MAX_RATIO_MAX),
        max_ms: user.max_ms / next,
        delta: user.delta,
    }
}

/// The share of bad requests that a threshold's health must be proven below before the weight `next`.
#[must_use]
pub fn threshold_boundary(limit: f64, next: f64) -> Boundary {
    Boundary::absolute((limit / next).min(LIMIT_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_tighten_as_the_weight_grows() {
        let user = Boundary {
            rho: 1.5,
            delta: 0.005,
        };
        assert_eq!(
            rate_boundary(user, 0.25),
            Boundary {
                rho: 3.0,
                delta: 0.02
            }
        );
        assert_eq!(rate_boundary(user, 1.0), user);
        assert_eq!(threshold_boundary(0.01, 0.5), Boundary::absolute(0.02));
        assert_eq!(threshold_boundary(0.05, 0.05), Boundary::absolute(0.5));
    }

    #[test]
    fn no_gate_accepts_three_times_slower() {
        let user = LatencyMargin::new(1.2, 0.0);
        assert!((latency_margin(user, 0.2).max_ratio - 2.0).abs() < 1e-12);
        assert_eq!(latency_margin(user, 0.05).max_ratio, 3.0);
    }
}
