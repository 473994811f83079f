//! Is the canary within its latency margin? The proof of health over lanes.

use serde::{Deserialize, Serialize};

use super::counts::LatencyCounts;
use super::ground::Ground;
use super::lane_bets::{LaneObservation, lane_bets, lane_shares, rows};
use super::lanes::{LANE_SHARES, LANES_MAX};
use super::margin::{LatencyMargin, Slope};
use crate::engine::judge::eta;
use crate::engine::judge::health_test::{self, KAPPAS, SHARE};
use crate::engine::judge::mixture::Mixture;

/// The state of one latency health test. Its lanes are the [`Ground`]'s; the ground moves after the test has
/// bet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyHealthTest {
    margin: LatencyMargin,
    alpha_h: f64,
    mixture: Mixture,
}

/// What the test made of one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyHealthObservation {
    /// The log of the evidence after the look.
    pub log_w: f64,
    /// The lanes by rank.
    pub lanes: [Option<LaneObservation<6>>; LANES_MAX],
}

impl LatencyHealthTest {
    /// The test for this margin at error rate `alpha_h` (of this gate).
    #[must_use]
    pub fn new(margin: LatencyMargin, alpha_h: f64) -> Self {
        Self {
            margin,
            alpha_h,
            mixture: health_test::mixture(alpha_h, SHARE, lane_shares(&LANE_SHARES, &[1.0; KAPPAS.len()])),
        }
    }

    /// One look; `None` where it says nothing, and the test is then as it was.
    pub fn observe(
        &mut self,
        ground: &Ground,
        counts: &LatencyCounts<'_>,
        step: bool,
    ) -> Option<LatencyHealthObservation> {
        if !ground.can_judge(counts) {
            return None;
        }
        let lanes = self.bets(ground, counts);
        let mut gains = rows(lanes.map(|lane| lane.map(|lane| lane.log_e)));
        let log_w = self.mixture.bet(gains.as_flattened_mut(), step);
        Some(LatencyHealthObservation { log_w, lanes })
    }

    /// What is tested.
    #[must_use]
    pub const fn margin(&self) -> &LatencyMargin {
        &self.margin
    }

    /// The log of the evidence for health.
    #[must_use]
    pub const fn log_evidence(&self) -> f64 {
        self.mixture.log_evidence()
    }

    /// The largest that the evidence ever was.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.mixture.max_log_evidence()
    }

    /// The log of the evidence that proves health.
    #[must_use]
    pub fn limit(&self) -> f64 {
        libm::log(1.0 / self.alpha_h)
    }

    /// Whether health is proven now.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.log_evidence() >= self.limit()
    }

    /// How many more canary requests the proof will take at the best lane, if looks have about `n_c` and
    /// `n_b` requests and both arms are as slow as the baseline was. `None` where it never comes.
    #[must_use]
    pub fn requests_to_proof(&self, ground: &Ground, n_c: f64, n_b: f64) -> Option<f64> {
        let missing = self.limit() - self.log_evidence();
        let silent = LatencyCounts {
            n_c,
            n_b,
            slow_c: &[],
            slow_b: &[],
        };
        if !ground.can_judge(&silent) {
            return None;
        }
        let growth = self
            .bets(ground, &silent)
            .into_iter()
            .flatten()
            .map(|LaneObservation { lane, boundary, .. }| {
                let mut expected = silent.at(lane.edge);
                expected.x_c = lane.slow_share * n_c;
                expected.x_b = lane.slow_share * n_b;
                let floor = ground.history(lane.edge).health_floor();
                let information = boundary.information(lane.slow_share, &expected);
                let phi = ground.tempering(lane.edge, floor, information);
                eta::growth_per_look(&boundary, lane.slow_share, phi, &expected)
            })
            .fold(f64::NEG_INFINITY, f64::max);
        eta::requests_to_go(missing, growth, n_c)
    }

    fn bets(&self, ground: &Ground, counts: &LatencyCounts<'_>) -> [Option<LaneObservation<6>>; LANES_MAX] {
        lane_bets(
            ground,
            &self.margin,
            Slope::Flatter,
            |history| Some(history.health_floor()),
            &KAPPAS,
            counts,
        )
    }
}
