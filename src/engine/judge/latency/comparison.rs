//! One latency metric: its ground, its abort test, and the health tests of its gates, in the right order.

use serde::{Deserialize, Serialize};

use super::abort_test::{LatencyAbortObservation, LatencyAbortTest};
use super::counts::LatencyCounts;
use super::ground::Ground;
use super::health_test::LatencyHealthTest;
use super::lanes::Lane;
use super::margin::{LatencyMargin, Slope};
use crate::engine::judge::hedge::NoHistory;
use crate::engine::judge::proportion::Boundary;

/// All comparisons of one latency metric. Every test bets on a look before the ground learns from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyComparison {
    ground: Ground,
    abort: LatencyAbortTest,
    gates: Vec<LatencyHealthTest>,
}

impl LatencyComparison {
    /// The tests of `margin` at false-abort rate `alpha`, and of each gate's own margin at `alpha_h`.
    ///
    /// # Errors
    /// [`NoHistory`] where the margin is too small to be judged without a history.
    pub fn new(
        ground: Ground,
        margin: LatencyMargin,
        alpha: f64,
        gates: impl IntoIterator<Item = LatencyMargin>,
        alpha_h: f64,
    ) -> Result<Self, NoHistory> {
        Ok(Self {
            abort: LatencyAbortTest::new(margin, alpha, &ground)?,
            gates: gates
                .into_iter()
                .map(|gate| LatencyHealthTest::new(gate, alpha_h))
                .collect(),
            ground,
        })
    }

    /// One look. From a look in which only the baseline had requests the ground still learns; `None` then. A
    /// look during warm-up, and a gap, are not shown.
    pub fn observe(&mut self, counts: &LatencyCounts<'_>, step: bool) -> Option<LatencyAbortObservation> {
        let observation = self.abort.observe(&self.ground, counts, step);
        for gate in &mut self.gates {
            gate.observe(&self.ground, counts, step);
        }
        self.ground.learn(counts);
        observation
    }

    /// What the tests stand on.
    #[must_use]
    pub const fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The abort test.
    #[must_use]
    pub const fn abort(&self) -> &LatencyAbortTest {
        &self.abort
    }

    /// The edges that the next look is judged at, by rank, each with the rate of slow requests that is tolerated there.
    pub fn edges(&self) -> impl Iterator<Item = (Lane, Boundary)> {
        let margin = self.abort.margin();
        let bounded = move |lane| (lane, margin.boundary(&self.ground, &lane, Slope::ThreePoint));
        self.ground.lanes().into_iter().flatten().map(bounded)
    }

    /// The gates' health tests, in the order of `new`.
    #[must_use]
    pub fn gates(&self) -> &[LatencyHealthTest] {
        &self.gates
    }
}
