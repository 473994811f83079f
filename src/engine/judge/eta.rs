//! How long a proof of health will take: requests, not time, which depends on who calls.

use super::health_test::KAPPAS;
use super::proportion::{Boundary, Interval};

/// Growth below this is rounding: the proof would take more requests than there are.
const GROWTH_MIN: f64 = 1e-12;

/// The growth of the best expert's log evidence in a look with these counts: `x_c` and `x_b` are the events
/// that are expected, `baseline_rate` is what the stakes suppose.
#[must_use]
pub fn growth_per_look(boundary: &Boundary, baseline_rate: f64, phi: f64, expected: &Interval) -> f64 {
    KAPPAS
        .iter()
        .map(|kappa| {
            let stake = boundary.stake(*kappa, baseline_rate, expected);
            boundary.log_e(stake, expected) / phi
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

/// How many canary requests the `missing` log evidence takes at this `growth` in a look of `n_c` requests. 0
/// where nothing is missing, `None` where it never comes.
#[must_use]
pub fn requests_to_go(missing: f64, growth: f64, n_c: f64) -> Option<f64> {
    if missing <= 0.0 {
        Some(0.0)
    } else if growth > GROWTH_MIN * n_c {
        Some(missing / growth * n_c)
    } else {
        None
    }
}
