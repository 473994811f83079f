//! The bets of one look at every lane.

use super::counts::LatencyCounts;
use super::ground::Ground;
use super::lanes::{LANES_MAX, Lane};
use super::margin::{LatencyMargin, Slope};
use crate::engine::judge::dispersion::Floor;
use crate::engine::judge::history::History;
use crate::engine::judge::proportion::Boundary;
use crate::engine::judge::tempered::tempered_log_e;

/// What a test made of one lane in one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneObservation<const K: usize> {
    /// The edge, and the baseline's share of slow requests there before the look.
    pub lane: Lane,
    /// The tolerated rate at this edge.
    pub boundary: Boundary,
    /// What the look's evidence was divided by.
    pub phi: f64,
    /// Each expert's log e-value, tempered; as bet, before the cap.
    pub log_e: [f64; K],
}

/// Which noise a test assumes at an edge with this history; `None` where it does not bet there.
pub(super) type FloorOf = fn(History) -> Option<Floor>;

/// The bets at every lane that has a floor, by rank.
pub(super) fn lane_bets<const K: usize>(
    ground: &Ground,
    margin: &LatencyMargin,
    slope: Slope,
    floor_of: FloorOf,
    kappas: &[f64; K],
    counts: &LatencyCounts<'_>,
) -> [Option<LaneObservation<K>>; LANES_MAX] {
    ground.lanes().map(|lane| {
        let lane = lane?;
        let floor = floor_of(ground.history(lane.edge))?;
        let interval = counts.at(lane.edge);
        let boundary = margin.boundary(ground, &lane, slope);
        let information = boundary.information(lane.slow_share, &interval);
        let phi = ground.tempering(lane.edge, floor, information);
        Some(LaneObservation {
            lane,
            boundary,
            phi,
            log_e: tempered_log_e(&boundary, lane.slow_share, phi, kappas, &interval),
        })
    })
}

/// The first shares of a mixture whose experts are lane by effect.
pub(super) fn lane_shares<const K: usize>(
    lanes: &[f64; LANES_MAX],
    effects: &[f64; K],
) -> impl Iterator<Item = f64> {
    lanes
        .iter()
        .flat_map(move |lane| effects.iter().map(move |effect| lane * effect))
}

/// One row of gains for each lane, 0 for a lane that does not bet, as a mixture of lane by effect wants them.
pub(super) fn rows<const K: usize>(lanes: [Option<[f64; K]>; LANES_MAX]) -> [[f64; K]; LANES_MAX] {
    lanes.map(|gains| gains.unwrap_or([0.0; K]))
}
