//! A latency margin without a concurrent baseline.

use super::ground::Ground;
use super::margin::{LatencyMargin, Slope};
use crate::engine::judge::proportion::Boundary;

/// The margin at the edge nearest to the quantile, around what the baseline had lately: the edge, and the
/// share of requests that may be slower. For an [`AbortTest`](crate::engine::judge::abort_test::AbortTest)
/// while all traffic is the canary's. `None` while no request of the baseline was ever counted.
#[must_use]
pub fn frozen_boundary(ground: &Ground, margin: &LatencyMargin) -> Option<(usize, Boundary)> {
    let lane = ground.lanes()[0].filter(|_| ground.has_seen_baseline())?;
    let boundary = margin.boundary(ground, &lane, Slope::ThreePoint);
    Some((lane.edge, boundary.frozen_at(lane.slow_share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_stays_where_the_baseline_left_it() {
        let mut ground = Ground::new(vec![100.0], 0.95, Vec::new()).unwrap();
        let margin = LatencyMargin::new(1.2, 0.0);
        assert_eq!(frozen_boundary(&ground, &margin), None);
        ground.learn_baseline(999.0, &[49.5]);
        let (edge, boundary) = frozen_boundary(&ground, &margin).unwrap();
        assert_eq!(edge, 0);
        assert!((boundary.delta - (1.44 * 0.05 + 0.001)).abs() < 1e-12);
        assert!(boundary.is_absolute());
    }
}
