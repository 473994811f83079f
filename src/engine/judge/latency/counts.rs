//! One look's counts of a histogram.

use crate::engine::judge::proportion::Interval;

/// What one look counted on both sides of a latency comparison.
///
/// Counts are finite and not negative; the slices have one entry for each finite bucket edge, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyCounts<'a> {
    /// Requests of the canary.
    pub n_c: f64,
    /// Requests of the baseline.
    pub n_b: f64,
    /// Requests of the canary that were slower than each edge.
    pub slow_c: &'a [f64],
    /// Requests of the baseline that were slower than each edge.
    pub slow_b: &'a [f64],
}

impl LatencyCounts<'_> {
    /// The comparison at one edge: the slow requests are the bad ones. An edge that was not counted has none.
    #[must_use]
    pub fn at(&self, edge: usize) -> Interval {
        let slow = |slow: &[f64]| slow.get(edge).copied().unwrap_or(0.0);
        Interval {
            n_c: self.n_c,
            x_c: slow(self.slow_c),
            n_b: self.n_b,
            x_b: slow(self.slow_b),
        }
    }
}
