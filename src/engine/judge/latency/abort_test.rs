//! Is the canary slower than it may be? The abort test over lanes, hedged like a success rate's.

use serde::{Deserialize, Serialize};

use super::counts::LatencyCounts;
use super::ground::Ground;
use super::lane_bets::{FloorOf, LaneObservation, lane_bets, lane_shares, rows};
use super::lanes::{LANE_SHARES, LANES_MAX};
use super::margin::{LatencyMargin, Slope};
use crate::engine::judge::abort_test::{KAPPAS, SHARES, Tuning};
use crate::engine::judge::dispersion::Floor;
use crate::engine::judge::hedge::{self, NoHistory, Path};
use crate::engine::judge::history::History;
use crate::engine::judge::mixture::Mixture;
use crate::engine::judge::robust;

/// The state of one latency abort test. Its lanes are the [`Ground`]'s; the ground moves after the test has
/// bet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyAbortTest {
    margin: LatencyMargin,
    path: Path,
    tempered: Mixture,
    robust: Option<Mixture>,
    max_log_evidence: f64,
}

/// What the test made of one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatencyAbortObservation {
    /// The log of the tempered half's evidence after the look.
    pub log_w: f64,
    /// The lanes by rank.
    pub lanes: [Option<LaneObservation<7>>; LANES_MAX],
    /// The log of the robust half's evidence after the look, where it takes part.
    pub log_w_robust: Option<f64>,
    /// The log of the evidence that counts.
    pub log_w_hedged: f64,
}

impl LatencyAbortTest {
    /// The test for this margin at false-abort rate `alpha`. The path is chosen by the margin's relative
    /// part, and by what the lanes' history says at the start.
    ///
    /// # Errors
    /// [`NoHistory`] where the relative part is below 5 % and no lane has a history.
    pub fn new(margin: LatencyMargin, alpha: f64, ground: &Ground) -> Result<Self, NoHistory> {
        let wide = !margin.needs_history();
        let mut lanes = ground.lanes().into_iter().flatten();
        let known = if wide {
            lanes.all(|lane| ground.history(lane.edge).is_known())
        } else {
            lanes.any(|lane| ground.history(lane.edge).is_known())
        };
        Ok(Self::with_path(margin, alpha, Path::choose(wide, known)?))
    }

    /// The test on a path that was chosen elsewhere.
    #[must_use]
    pub fn with_path(margin: LatencyMargin, alpha: f64, path: Path) -> Self {
        let tuning = Tuning::default();
        let robust_shares = lane_shares(&LANE_SHARES, &[1.0; robust::FRACTIONS.len()]);
        Self {
            margin,
            path,
            tempered: tuning.mixture(alpha, lane_shares(&LANE_SHARES, &SHARES)),
            robust: path.is_hedged().then(|| tuning.mixture(alpha, robust_shares)),
            max_log_evidence: 0.0,
        }
    }

    /// One look; `step` marks the first after a change of the weight. `None` where it says nothing, and the
    /// test is then as it was.
    pub fn observe(
        &mut self,
        ground: &Ground,
        counts: &LatencyCounts<'_>,
        step: bool,
    ) -> Option<LatencyAbortObservation> {
        if !ground.can_judge(counts) {
            return None;
        }
        let floor = self.floor();
        let lanes = lane_bets(ground, &self.margin, Slope::ThreePoint, floor, &KAPPAS, counts);
        self.bet_robustly(&lanes, counts, step);
        let mut gains = rows(lanes.map(|lane| lane.map(|lane| lane.log_e)));
        let log_w = self.tempered.bet(gains.as_flattened_mut(), step);
        self.max_log_evidence = self.max_log_evidence.max(self.log_evidence());
        Some(LatencyAbortObservation {
            log_w,
            lanes,
            log_w_robust: self.robust.as_ref().map(Mixture::log_evidence),
            log_w_hedged: self.log_evidence(),
        })
    }

    /// Which processes judge.
    #[must_use]
    pub const fn path(&self) -> Path {
        self.path
    }

    /// What is tested.
    #[must_use]
    pub const fn margin(&self) -> &LatencyMargin {
        &self.margin
    }

    /// The log of the evidence for harm.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        match &self.robust {
            Some(robust) => hedge::join(self.tempered.log_evidence(), robust.log_evidence()),
            None => self.tempered.log_evidence(),
        }
    }

    /// The largest that the evidence ever was, for the anytime p-value.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.max_log_evidence
    }

    /// A hedged test assumes much where it knows nothing; a small margin does not bet there at all.
    const fn floor(&self) -> FloorOf {
        const fn always(history: History) -> Option<Floor> {
            Some(history.abort_floor())
        }
        const fn where_known(history: History) -> Option<Floor> {
            match history {
                History::Known(floor) => Some(floor),
                History::Unknown => None,
            }
        }
        if self.path.is_hedged() {
            always
        } else {
            where_known
        }
    }

    /// The robust half bets at the same lanes. A look without a slow request at any of them is none.
    fn bet_robustly(
        &mut self,
        lanes: &[Option<LaneObservation<7>>; LANES_MAX],
        counts: &LatencyCounts<'_>,
        step: bool,
    ) {
        if let Some(mixture) = &mut self.robust {
            let gains = lanes.map(|lane| {
                let LaneObservation { lane, boundary, .. } = lane?;
                robust::log_e(&boundary, lane.slow_share, &counts.at(lane.edge))
            });
            if gains.iter().any(Option::is_some) {
                mixture.bet(rows(gains).as_flattened_mut(), step);
            }
        }
    }
}
