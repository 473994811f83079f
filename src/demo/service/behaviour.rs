//! How a service fares, and what that means for the next request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal};

/// Half of the healthy answers take at most this long.
const LATENCY_MEDIAN_SECONDS: f64 = 0.040;

/// Spread of the latency's logarithm. With it the p95 is 1.78 times the median: an ordinary service.
const LATENCY_SIGMA: f64 = 0.35;

/// No answer takes longer, so that none outlasts its caller's patience and goes uncounted.
const LATENCY_MAX: Duration = Duration::from_secs(3);

/// How a service fares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Behaviour {
    /// Share of requests that are answered with 500, as a fraction in 0..=1.
    pub error_rate: f64,
    /// What each drawn latency is multiplied by; 1 is healthy.
    pub latency_factor: f64,
}

/// Draws what becomes of requests.
#[derive(Debug)]
pub struct Dice {
    behaviour: Behaviour,
    random: Mutex<StdRng>,
}

impl Dice {
    /// The same `seed` draws the same sequence.
    #[must_use]
    pub fn new(behaviour: Behaviour, seed: u64) -> Self {
        Self {
            behaviour,
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// The next request's status, and how long its answer takes.
    #[must_use]
    pub fn roll(&self) -> (StatusCode, Duration) {
        let latency = LogNormal::new(LATENCY_MEDIAN_SECONDS.ln(), LATENCY_SIGMA)
            .expect("both parameters are finite constants and sigma is positive");
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = latency.sample(&mut *random) * self.behaviour.latency_factor;
        let status = if random.random::<f64>() < self.behaviour.error_rate {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        let drawn = Duration::try_from_secs_f64(seconds).unwrap_or(LATENCY_MAX);
        (status, drawn.min(LATENCY_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLS: usize = 10_000;

    #[test]
    fn latencies_have_the_stated_median_and_p95_and_the_factor_multiplies_them() {
        for latency_factor in [1.0, 1.5] {
            let rolls = rolls(0.0, latency_factor);
            let within = |milliseconds: f64| {
                let edge = Duration::from_secs_f64(milliseconds * latency_factor / 1000.0);
                rolls.iter().filter(|(_, latency)| *latency <= edge).count()
            };
            // Half, with a standard deviation of 50; then 95 % at 40 × exp(0.35 × 1.645), with 22.
            let (at_median, at_p95) = (within(40.0), within(71.1));
            assert!((4750..=5250).contains(&at_median), "{at_median} below the median");
            assert!((9390..=9610).contains(&at_p95), "{at_p95} below the p95");
        }
    }

    #[test]
    fn errors_come_at_the_stated_rate() {
        let errors = |rate| {
            let rolls = rolls(rate, 1.0);
            rolls
                .iter()
                .filter(|(status, _)| *status != StatusCode::OK)
                .count()
        };
        // 500, with a standard deviation of 22.
        assert!((390..=610).contains(&errors(0.05)));
        assert_eq!((errors(0.0), errors(1.0)), (0, ROLLS));
    }

    #[test]
    fn no_answer_takes_longer_than_a_caller_waits() {
        for factor in [1e9, f64::INFINITY, f64::NAN, -1.0] {
            let rolls = rolls(0.0, factor);
            assert!(
                rolls.iter().all(|(_, latency)| *latency <= LATENCY_MAX),
                "{factor}"
            );
        }
    }

    fn rolls(error_rate: f64, latency_factor: f64) -> Vec<(StatusCode, Duration)> {
        let behaviour = Behaviour {
            error_rate,
            latency_factor,
        };
        let dice = Dice::new(behaviour, 1);
        (0..ROLLS).map(|_| dice.roll()).collect()
    }
}
