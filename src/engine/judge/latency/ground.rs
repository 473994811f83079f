//! What all latency tests of one metric stand on.

use serde::{Deserialize, Serialize};

use super::counts::LatencyCounts;
use crate::engine::judge::decayed_rate::DECAY;
use crate::engine::judge::dispersion::{Floor, OnlineDispersion};
use crate::engine::judge::history::History;

/// The canary is believed to have been slow half a time before any count, as the baseline is.
const PRIOR_EVENTS: f64 = 0.5;

/// The baseline's histogram as it was lately, and the noise at each of its edges.
///
/// Nothing in it depends on a margin, so an abort test and any number of gates share one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    edges_ms: Vec<f64>,
    quantile: f64,
    history: Vec<History>,
    requests: f64,
    slow: Vec<f64>,
    dispersion: Vec<OnlineDispersion>,
}

/// Why a histogram cannot be judged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EdgesError {
    /// There is no finite edge.
    #[error(
        "bucket edges: expected at least one finite edge, found none; hint: is this a classic histogram?"
    )]
    None,
    /// An edge is not finite, not positive, or not above the one before.
    #[error("bucket edge {index}: expected a finite number above {above} ms, found {found} ms")]
    NotAscending {
        /// Its position.
        index: usize,
        /// The edge before, or 0.
        above: f64,
        /// The edge, in milliseconds.
        found: f64,
    },
}

impl Ground {
    /// Ground for a histogram with these finite edges (in milliseconds), of which `quantile` in `(0, 1)` is
    /// watched. `history` is what the stable version's past says about each edge; edges beyond its end have
    /// none.
    ///
    /// # Errors
    /// [`EdgesError`] unless there are edges and they are positive and ascending.
    pub fn new(edges_ms: Vec<f64>, quantile: f64, mut history: Vec<History>) -> Result<Self, EdgesError> {
        if edges_ms.is_empty() {
            return Err(EdgesError::None);
        }
        let mut above = 0.0;
        for (index, &found) in edges_ms.iter().enumerate() {
            if !(found > above && found.is_finite()) {
                return Err(EdgesError::NotAscending { index, above, found });
            }
            above = found;
        }
        history.resize(edges_ms.len(), History::Unknown);
        Ok(Self {
            quantile,
            history,
            requests: 0.0,
            slow: vec![0.0; edges_ms.len()],
            dispersion: vec![OnlineDispersion::default(); edges_ms.len()],
            edges_ms,
        })
    }

    /// Learns from the baseline alone: a look before the rollout, or one without canary traffic. Nothing is
    /// learned from a baseline without requests.
    pub fn learn_baseline(&mut self, n_b: f64, slow_b: &[f64]) {
        if n_b > 0.0 {
            self.requests = DECAY * self.requests + n_b;
            for (decayed, slow) in self.slow.iter_mut().zip(slow_b) {
                *decayed = DECAY * *decayed + slow;
            }
        }
    }

    /// Learns from one look of both arms, after all tests have bet on it.
    pub fn learn(&mut self, counts: &LatencyCounts<'_>) {
        if self.can_judge(counts) {
            for (edge, dispersion) in self.dispersion.iter_mut().enumerate() {
                dispersion.observe(&counts.at(edge), PRIOR_EVENTS);
            }
        }
        self.learn_baseline(counts.n_b, counts.slow_b);
    }

    /// Whether a look says anything: both arms must have had requests.
    #[must_use]
    pub fn can_judge(&self, counts: &LatencyCounts<'_>) -> bool {
        counts.n_c > 0.0 && counts.n_b > 0.0
    }

    /// Whether any request of the baseline was ever counted.
    #[must_use]
    pub fn has_seen_baseline(&self) -> bool {
        self.requests > 0.0
    }

    /// The finite bucket edges, in milliseconds.
    #[must_use]
    pub fn edges_ms(&self) -> &[f64] {
        &self.edges_ms
    }

    /// The share of requests that the watched quantile leaves above it: 0.05 for the p95.
    #[must_use]
    pub fn tail(&self) -> f64 {
        1.0 - self.quantile
    }

    /// The share of the baseline's requests that were slower than an edge lately; never 0.
    #[must_use]
    pub fn slow_share(&self, edge: usize) -> f64 {
        (self.slow_count(edge) + 0.5) / (self.requests + 1.0)
    }

    /// How many of the baseline's requests were slower than an edge lately, decayed.
    #[must_use]
    pub fn slow_count(&self, edge: usize) -> f64 {
        self.slow.get(edge).copied().unwrap_or(0.0)
    }

    /// What the stable version's past says about the noise at an edge.
    #[must_use]
    pub fn history(&self, edge: usize) -> History {
        self.history.get(edge).copied().unwrap_or_default()
    }

    /// What the evidence of a look at an edge is divided by.
    pub(super) fn tempering(&self, edge: usize, floor: Floor, information: f64) -> f64 {
        let dispersion = self.dispersion.get(edge).copied().unwrap_or_default();
        dispersion.tempering(floor, information)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_that_make_no_histogram_are_refused() {
        let error = |edges: &[f64]| {
            Ground::new(edges.to_vec(), 0.95, Vec::new())
                .unwrap_err()
                .to_string()
        };
        assert!(error(&[]).contains("expected at least one finite edge"));
        assert_eq!(
            error(&[5.0, 5.0]),
            "bucket edge 1: expected a finite number above 5 ms, found 5 ms"
        );
        assert!(error(&[0.0, 5.0]).starts_with("bucket edge 0"));
        assert!(error(&[5.0, f64::INFINITY]).starts_with("bucket edge 1"));
        assert!(error(&[f64::NAN]).starts_with("bucket edge 0"));
    }

    #[test]
    fn the_baseline_is_remembered_with_decay() {
        let mut ground = Ground::new(vec![10.0, 20.0], 0.95, Vec::new()).unwrap();
        ground.learn_baseline(100.0, &[50.0, 10.0]);
        ground.learn_baseline(0.0, &[0.0, 0.0]);
        ground.learn_baseline(100.0, &[50.0, 30.0]);
        assert_eq!(ground.slow_share(1), (0.97 * 10.0 + 30.0 + 0.5) / (197.0 + 1.0));
    }
}
