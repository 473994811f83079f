//! Which bucket edges are tested: the ones next to the watched quantile.

use serde::{Deserialize, Serialize};

use super::ground::Ground;

/// Most edges that are tested at once.
pub const LANES_MAX: usize = 3;

/// Shares of the money by rank.
pub(super) const LANE_SHARES: [f64; LANES_MAX] = [0.5, 0.3, 0.2];

/// An edge with fewer slow requests than this part of the tail has too few to judge.
const TAIL_PART_MIN: f64 = 0.2;

/// An edge that half of the requests exceed says nothing about the tail.
const SLOW_SHARE_MAX: f64 = 0.5;

/// One tested edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Its position among the finite edges.
    pub edge: usize,
    /// The share of the baseline's requests that were slower, lately.
    pub slow_share: f64,
}

/// The tested edges by rank, nearest to the quantile first; at least one.
pub type Lanes = [Option<Lane>; LANES_MAX];

impl Ground {
    /// The edges to test in the next look: the nearest to the quantile (in the log of the slow share) among
    /// those with enough slow requests; the single nearest where none has.
    #[must_use]
    pub fn lanes(&self) -> Lanes {
        let testable = TAIL_PART_MIN * self.tail()..=SLOW_SHARE_MAX;
        let mut ranked = [None; LANES_MAX];
        for lane in self.edges().filter(|lane| testable.contains(&lane.slow_share)) {
            self.insert(&mut ranked, lane);
        }
        if ranked[0].is_none() {
            let mut nearest = [None; LANES_MAX];
            for lane in self.edges() {
                self.insert(&mut nearest, lane);
            }
            ranked[0] = nearest[0];
        }
        ranked
    }

    fn edges(&self) -> impl Iterator<Item = Lane> {
        (0..self.edges_ms().len()).map(|edge| Lane {
            edge,
            slow_share: self.slow_share(edge),
        })
    }

    /// Keeps the nearest lanes, in order; of equally near ones the lower edge.
    fn insert(&self, ranked: &mut Lanes, lane: Lane) {
        let distance = |lane: Lane| libm::log(lane.slow_share / self.tail()).abs();
        let mut carried = Some(lane);
        for place in ranked {
            let Some(candidate) = carried else { return };
            if place.is_none_or(|ranked| distance(candidate) < distance(ranked)) {
                carried = place.replace(candidate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges_tested(slow_of_1000: &[f64]) -> Vec<usize> {
        let edges = (1..=slow_of_1000.len()).map(|edge| edge as f64).collect();
        let mut ground = Ground::new(edges, 0.95, Vec::new()).unwrap();
        ground.learn_baseline(1000.0, slow_of_1000);
        ground.lanes().iter().flatten().map(|lane| lane.edge).collect()
    }

    #[test]
    fn the_edges_next_to_the_quantile_are_tested_nearest_first() {
        assert_eq!(edges_tested(&[990.0, 400.0, 120.0, 60.0, 20.0, 1.0]), [3, 2, 4]);
    }

    #[test]
    fn the_nearest_edge_is_tested_where_none_is_near() {
        assert_eq!(edges_tested(&[1000.0, 900.0, 1.0]), [1]);
        assert_eq!(edges_tested(&[1000.0, 990.0]), [1]);
    }

    #[test]
    fn a_baseline_that_was_never_seen_still_has_lanes() {
        let ground = Ground::new(vec![1.0, 2.0, 3.0, 4.0], 0.95, Vec::new()).unwrap();
        let edges: Vec<usize> = ground.lanes().iter().flatten().map(|lane| lane.edge).collect();
        assert_eq!(edges, [0, 1, 2]);
    }
}
