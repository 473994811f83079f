//! "At most 20 % slower" as a statement about one bucket edge.
//!
//! A canary that is as much slower as the margin allows has, beyond edge `B`, what the baseline has beyond
//! the earlier time `t' = min(B/max_ratio, B − max_ms)`. How much more that is follows from the slope of the
//! baseline's own tail around the edge: `ρ = (B/t')^slope`, with the slope of `ln S` in `ln t`.

use serde::{Deserialize, Serialize};

use super::ground::Ground;
use super::lanes::Lane;
use crate::engine::judge::proportion::Boundary;

/// The smallest relative part of a latency margin that is hedged.
const MAX_RATIO_HEDGED: f64 = 1.05;

/// The absolute slack, as a share of requests, that keeps a rare event from deciding.
const DELTA: f64 = 0.001;

/// The slope where the histogram shows none: a tail like `1/t²`.
const SLOPE_UNKNOWN: f64 = 2.0;

/// Fewest (decayed) slow requests with which an edge takes part in a slope.
const SLOW_MIN: f64 = 5.0;

/// At most this share of requests is tolerated beyond an edge, else nothing could exceed it.
const TOLERATED_MAX: f64 = 0.9;

/// The earliest time that a margin leads to, as a part of the edge; a margin larger than the edge itself
/// would lead below 0.
const EARLIEST_PART: f64 = 0.001;

/// How much slower than the baseline is still acceptable: the laxer of the two parts holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatencyMargin {
    /// Relative part, `≥ 1`: 1.2 tolerates a fifth more.
    pub max_ratio: f64,
    /// Absolute part, in milliseconds.
    pub max_ms: f64,
    /// Absolute slack, as a share of requests.
    pub delta: f64,
}

/// Which slope of the baseline's tail stands for the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slope {
    /// The one through the edge and both neighbours: right on average, for an abort.
    ThreePoint,
    /// The flatter of the two chords: tolerates less, for a proof of health.
    Flatter,
}

impl LatencyMargin {
    /// A margin with the slack that goes with it: none where nothing is tolerated.
    #[must_use]
    pub fn new(max_ratio: f64, max_ms: f64) -> Self {
        let zero = max_ratio <= 1.0 && max_ms <= 0.0;
        Self {
            max_ratio,
            max_ms,
            delta: if zero { 0.0 } else { DELTA },
        }
    }

    /// Whether the margin is too narrow for the hedge, and so cannot be judged while the stable version's noise is not known.
    #[must_use]
    pub fn needs_history(&self) -> bool {
        self.max_ratio < MAX_RATIO_HEDGED
    }

    /// The tolerated rate of slow requests at one lane.
    pub(super) fn boundary(&self, ground: &Ground, lane: &Lane, slope: Slope) -> Boundary {
        let edge_ms = ground.edges_ms()[lane.edge];
        let reached_ms = (edge_ms / self.max_ratio)
            .min(edge_ms - self.max_ms)
            .max(edge_ms * EARLIEST_PART);
        let rho = libm::pow(edge_ms / reached_ms, slope_at(ground, lane.edge, slope));
        let mut rho_max = TOLERATED_MAX / lane.slow_share;
        if let Some(left) = lane.edge.checked_sub(1)
            && reached_ms >= ground.edges_ms()[left]
        {
            rho_max = rho_max.min(ground.slow_share(left) / lane.slow_share);
        }
        Boundary {
            rho: rho.min(rho_max).max(1.0),
            delta: self.delta,
        }
    }
}

/// The slope of the baseline's tail at an edge, positive for a falling tail.
fn slope_at(ground: &Ground, edge: usize, slope: Slope) -> f64 {
    let left = edge.checked_sub(1).map(|left| Chord::between(ground, left, edge));
    let right = (edge + 1 < ground.edges_ms().len() && ground.slow_count(edge + 1) >= SLOW_MIN)
        .then(|| Chord::between(ground, edge, edge + 1));
    match (left, right) {
        (Some(left), Some(right)) => match slope {
            Slope::ThreePoint => {
                (left.slope * right.width + right.slope * left.width) / (left.width + right.width)
            }
            Slope::Flatter => left.slope.min(right.slope),
        },
        (Some(chord), None) | (None, Some(chord)) => chord.slope,
        (None, None) => SLOPE_UNKNOWN,
    }
}

/// The line between two neighbouring edges in `ln S` over `ln t`.
struct Chord {
    width: f64,
    slope: f64,
}

impl Chord {
    fn between(ground: &Ground, from: usize, to: usize) -> Self {
        let width = libm::log(ground.edges_ms()[to] / ground.edges_ms()[from]);
        let fall = libm::log(ground.slow_share(from) / ground.slow_share(to));
        Self {
            width,
            slope: fall / width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tail that falls like `1/t^slope` exactly, over many requests.
    fn power_law(edges: &[f64], slope: f64) -> Ground {
        let mut ground = Ground::new(edges.to_vec(), 0.9, Vec::new()).unwrap();
        let slow: Vec<f64> = edges.iter().map(|edge| 1e12 * edge.powf(-slope)).collect();
        ground.learn_baseline(1e12, &slow);
        ground
    }

    fn rho(ground: &Ground, edge: usize, margin: LatencyMargin, slope: Slope) -> f64 {
        let lane = Lane {
            edge,
            slow_share: ground.slow_share(edge),
        };
        margin.boundary(ground, &lane, slope).rho
    }

    fn near(got: f64, want: f64) -> bool {
        (got - want).abs() < 1e-6 * want
    }

    #[test]
    fn on_a_power_law_the_ratio_is_exact_at_every_edge_and_slope() {
        let ground = power_law(&[2.0, 3.0, 5.0, 8.0], 1.7);
        for edge in 0..4 {
            for slope in [Slope::ThreePoint, Slope::Flatter] {
                let got = rho(&ground, edge, LatencyMargin::new(1.2, 0.0), slope);
                assert!(near(got, 1.2_f64.powf(1.7)), "{edge} {got}");
            }
        }
    }

    #[test]
    fn the_laxer_of_ratio_and_milliseconds_holds() {
        let ground = power_law(&[2.0, 3.0, 5.0, 8.0], 1.0);
        let ms = rho(&ground, 2, LatencyMargin::new(1.1, 1.0), Slope::ThreePoint);
        assert!(near(ms, 5.0 / 4.0));
        let ratio = rho(&ground, 2, LatencyMargin::new(1.5, 1.0), Slope::ThreePoint);
        assert!(near(ratio, 1.5));
    }

    #[test]
    fn a_margin_beyond_zero_tolerates_at_most_nine_tenths() {
        let ground = power_law(&[2.0, 3.0, 5.0, 8.0], 1.0);
        let huge = rho(&ground, 3, LatencyMargin::new(1.0, 1e9), Slope::ThreePoint);
        assert!(near(huge, 0.9 * 8.0));
    }

    #[test]
    fn a_margin_that_stays_in_its_bucket_tolerates_at_most_the_bucket() {
        let mut ground = Ground::new(vec![100.0, 200.0, 210.0], 0.9, Vec::new()).unwrap();
        ground.learn_baseline(1000.0, &[110.0, 100.0, 10.0]);
        // The steep fall on the right would allow more than the left edge has.
        let got = rho(&ground, 1, LatencyMargin::new(1.5, 0.0), Slope::ThreePoint);
        assert_eq!(got, ground.slow_share(0) / ground.slow_share(1));
    }

    #[test]
    fn without_any_neighbour_a_square_law_is_assumed() {
        let ground = power_law(&[3.0], 1.0);
        assert!(near(
            rho(&ground, 0, LatencyMargin::new(1.2, 0.0), Slope::Flatter),
            1.44
        ));
    }

    #[test]
    fn nothing_tolerated_has_no_slack() {
        assert_eq!(LatencyMargin::new(1.0, 0.0).delta, 0.0);
        assert_eq!(LatencyMargin::new(1.0, 5.0).delta, 0.001);
    }
}
