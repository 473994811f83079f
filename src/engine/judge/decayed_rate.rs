//! A rate that follows the present: old counts fade.

use serde::{Deserialize, Serialize};

use super::history::Counts;

/// What remains of a count after one more look. Its half-life of 23 looks is about four minutes at the
/// default interval: short enough to follow an incident, long enough to see rare errors.
pub const DECAY: f64 = 0.97;

/// What is believed before anything was counted: one bad request in a thousand, with the weight of 500.
const START: DecayedRate = DecayedRate {
    events: 0.5,
    requests: 500.0,
};

/// How many of the latest looks of a history are counted in, at half weight.
const HISTORY_LOOKS: usize = 60;

/// Keeps squares and quotients of the rate inside `f64` after days without a bad request.
const RATE_MIN: f64 = 1e-100;

/// An estimate of an arm's rate of bad requests, from looks before the present one.
///
/// It steers how much is staked and never what is true: a test that uses it stays valid whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecayedRate {
    events: f64,
    requests: f64,
}

impl Default for DecayedRate {
    fn default() -> Self {
        START
    }
}

impl DecayedRate {
    /// Starts from the looks before the rollout, oldest first.
    #[must_use]
    pub fn from_history(looks: &[Counts]) -> Self {
        let recent = &looks[looks.len().saturating_sub(HISTORY_LOOKS)..];
        recent.iter().fold(START, |rate, look| Self {
            events: rate.events + look.events / 2.0,
            requests: rate.requests + look.requests / 2.0,
        })
    }

    /// The estimate, as a share of requests; never 0.
    #[must_use]
    pub fn value(&self) -> f64 {
        (self.events / self.requests).max(RATE_MIN)
    }

    /// Counts one more look.
    pub fn observe(&mut self, requests: f64, events: f64) {
        self.events = DECAY * self.events + events;
        self.requests = DECAY * self.requests + requests;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_counts_half_and_only_its_last_hour() {
        let old = [Counts {
            requests: 1e6,
            events: 1e6,
        }; 10];
        let recent = [Counts {
            requests: 100.0,
            events: 1.0,
        }; 60];
        let rate = DecayedRate::from_history(&[old.as_slice(), recent.as_slice()].concat());
        assert_eq!(rate.value(), 30.5 / 3500.0);
    }

    #[test]
    fn days_without_a_bad_request_leave_a_rate_above_zero() {
        let mut rate = DecayedRate::default();
        for _ in 0..100_000 {
            rate.observe(1000.0, 0.0);
        }
        assert_eq!(rate.value(), RATE_MIN);
    }
}
