//! An absolute limit: a success rate below it, or a quantile above it, is harm whatever the baseline does.
//!
//! Judged with the same test as a comparison, against a boundary that ignores the baseline: on confidence,
//! not on one noisy look. The same test also watches the baseline. While the baseline breaks the limit too,
//! the canary is not to blame: the evidence counts as none, unless the limit is strict.

use serde::{Deserialize, Serialize};

use super::abort_test::{AbortTest, Observation};
use super::decayed_rate::DecayedRate;
use super::history::History;
use super::policy::RISING_EVIDENCE;
use super::proportion::{Boundary, Interval};

/// The state of one limit's tests, for both arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdTest {
    strict: bool,
    canary: AbortTest,
    baseline: AbortTest,
    canary_rate: DecayedRate,
}

impl ThresholdTest {
    /// A test that the share of bad requests is at most `limit`, at false-abort rate `alpha`.
    #[must_use]
    pub fn new(limit: f64, strict: bool, alpha: f64, history: History) -> Self {
        let test = AbortTest::new(
            Boundary::absolute(limit),
            alpha,
            history.abort_floor(),
            DecayedRate::default(),
        );
        Self {
            strict,
            canary: test.clone(),
            baseline: test,
            canary_rate: DecayedRate::default(),
        }
    }

    /// One look, of each arm that had requests. Gives the canary's observation.
    pub fn observe(&mut self, interval: &Interval, step: bool) -> Option<Observation<7>> {
        self.baseline.observe(&interval.swapped(), step);
        let observation = self.canary.observe(interval, step)?;
        self.canary_rate.observe(interval.n_c, interval.x_c);
        Some(observation)
    }

    /// The log of the evidence that counts against the canary; minus infinity while the baseline is to blame.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        if self.baseline_breaks() && !self.strict {
            f64::NEG_INFINITY
        } else {
            self.canary.log_evidence()
        }
    }

    /// Whether the evidence says that the baseline breaks the same limit.
    ///
    /// Evidence fades slowly: after an incident that both arms shared the limit has no voice for long, and
    /// what the canary did meanwhile cannot be used against it when the baseline recovers a look earlier.
    #[must_use]
    pub fn baseline_breaks(&self) -> bool {
        self.baseline.log_evidence() >= libm::log(RISING_EVIDENCE)
    }

    /// The canary's own test, whatever the baseline does.
    #[must_use]
    pub const fn canary(&self) -> &AbortTest {
        &self.canary
    }

    /// The baseline's test.
    #[must_use]
    pub const fn baseline(&self) -> &AbortTest {
        &self.baseline
    }

    /// The canary's share of bad requests lately.
    #[must_use]
    pub fn canary_rate(&self) -> f64 {
        self.canary_rate.value()
    }
}

/// The bucket edges at which a limit on a quantile is judged. Neither proof is given away: harm is judged at
/// a laxer edge than the limit, health at a stricter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThresholdEdges {
    /// The first edge at or above the limit: what is slower than this is slower than the limit.
    pub abort: usize,
    /// The last edge at or below the limit: what is faster than this is faster than the limit.
    pub health: usize,
}

/// The histogram cannot tell which side of the limit a request is on.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ThresholdEdgesError {
    /// The limit is above the last finite edge.
    #[error(
        "threshold.max: expected at most the last finite bucket edge, found {limit_ms} ms; hint: add a bucket edge at the limit"
    )]
    AboveLast {
        /// The limit in milliseconds.
        limit_ms: f64,
    },
    /// The limit is below the first edge.
    #[error(
        "threshold.max: expected at least the first bucket edge, found {limit_ms} ms; hint: add a bucket edge at the limit"
    )]
    BelowFirst {
        /// The limit in milliseconds.
        limit_ms: f64,
    },
}

impl ThresholdEdges {
    /// The edges for a limit in milliseconds, among finite ascending edges.
    ///
    /// # Errors
    /// [`ThresholdEdgesError`] where the limit is not between the first and the last.
    pub fn select(edges_ms: &[f64], limit_ms: f64) -> Result<Self, ThresholdEdgesError> {
        let abort = edges_ms
            .iter()
            .position(|edge| *edge >= limit_ms)
            .ok_or(ThresholdEdgesError::AboveLast { limit_ms })?;
        let health = edges_ms
            .iter()
            .rposition(|edge| *edge <= limit_ms)
            .ok_or(ThresholdEdgesError::BelowFirst { limit_ms })?;
        Ok(Self { abort, health })
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispersion::Floor;
    use super::*;

    const KNOWN: History = History::Known(Floor::NONE);
    const CANARY_BREAKS: Interval = Interval {
        n_c: 1000.0,
        x_c: 50.0,
        n_b: 1000.0,
        x_b: 1.0,
    };
    const BOTH_BREAK: Interval = Interval {
        x_b: 50.0,
        ..CANARY_BREAKS
    };

    fn after(strict: bool, look: Interval) -> ThresholdTest {
        let mut test = ThresholdTest::new(0.01, strict, 0.01, KNOWN);
        for _ in 0..3 {
            test.observe(&look, false);
        }
        test
    }

    #[test]
    fn a_canary_that_breaks_the_limit_alone_is_to_blame() {
        assert!(after(false, CANARY_BREAKS).log_evidence() >= 100.0_f64.ln());
    }

    #[test]
    fn a_limit_that_both_arms_break_counts_only_if_strict() {
        let shared = after(false, BOTH_BREAK);
        assert!(shared.baseline_breaks());
        assert_eq!(shared.log_evidence(), f64::NEG_INFINITY);
        assert!(after(true, BOTH_BREAK).log_evidence() >= 100.0_f64.ln());
    }

    #[test]
    fn a_shared_incident_that_is_over_is_not_held_against_the_canary() {
        let mut test = after(false, BOTH_BREAK);
        for _ in 0..30 {
            test.observe(
                &Interval {
                    x_c: 1.0,
                    x_b: 1.0,
                    ..BOTH_BREAK
                },
                false,
            );
        }
        assert_eq!(test.log_evidence(), f64::NEG_INFINITY);
    }

    #[test]
    fn a_limit_between_edges_is_judged_laxly_for_harm_and_strictly_for_health() {
        let edges = [100.0, 250.0, 500.0];
        assert_eq!(
            ThresholdEdges::select(&edges, 300.0),
            Ok(ThresholdEdges { abort: 2, health: 1 })
        );
        assert_eq!(
            ThresholdEdges::select(&edges, 250.0),
            Ok(ThresholdEdges { abort: 1, health: 1 })
        );
        assert!(
            ThresholdEdges::select(&edges, 501.0)
                .unwrap_err()
                .to_string()
                .contains("501 ms")
        );
        assert!(ThresholdEdges::select(&edges, 99.0).is_err());
    }
}
