//! Sums of numbers that are only known by their logarithm.
//!
//! Evidence is multiplied look after look and soon leaves the range of `f64`; its logarithm does not. A
//! logarithm of minus infinity is a bet that was lost completely, and is a legal value everywhere here.
//! All transcendental functions of the judge come from `libm`, so that every platform gets the same bits.

/// `ln(Σ exp(values))`, with the largest value taken out first so that nothing overflows.
///
/// Minus infinity for an empty slice, and where every value is minus infinity.
#[must_use]
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let sum: f64 = values.iter().map(|value| libm::exp(value - largest)).sum();
    largest + libm::log(sum)
}

/// `count × ln(1 + z)`, where no event costs nothing, whatever the stake: 0 × −∞ is 0.
#[must_use]
pub(super) fn log1p_times(count: f64, z: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * libm::log1p(z) }
}

/// The p-value for people: the smallest false-abort rate at which the test would have crossed by now,
/// `min(1, exp(−max L))`. Valid however often one looks (Ville's inequality).
#[must_use]
pub fn anytime_p_value(max_log_evidence: f64) -> f64 {
    libm::exp(-max_log_evidence).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_what_would_overflow() {
        assert_eq!(log_sum_exp(&[1000.0, 1000.0]), 1000.0 + libm::log(2.0));
        assert_eq!(log_sum_exp(&[-1000.0, -1000.0]), -1000.0 + libm::log(2.0));
    }

    #[test]
    fn dead_terms_add_nothing() {
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY, 2.0]), 2.0);
        assert_eq!(log_sum_exp(&[f64::NEG_INFINITY; 3]), f64::NEG_INFINITY);
        assert_eq!(log_sum_exp(&[]), f64::NEG_INFINITY);
    }

    #[test]
    fn no_event_costs_nothing_even_at_full_stake() {
        assert_eq!(log1p_times(0.0, -1.0), 0.0);
        assert_eq!(log1p_times(1.0, -1.0), f64::NEG_INFINITY);
    }

    #[test]
    fn the_p_value_is_one_without_evidence() {
        assert_eq!(anytime_p_value(0.0), 1.0);
        assert!((anytime_p_value(100.0_f64.ln()) - 0.01).abs() < 1e-15);
    }
}
