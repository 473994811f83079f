//! One latency: its comparison over bucket edges, its limit, and the proofs that its gates ask for.
//!
//! A histogram's edges are only known once it was seen, so the tests are built at the first look that brings
//! them, or from the history.

use serde::{Deserialize, Serialize};

use super::abort_test::AbortTest;
use super::decayed_rate::DecayedRate;
use super::gate;
use super::hedge::NoHistory;
use super::history::{Counts, History};
use super::latency::{Ground, LatencyComparison, LatencyCounts, LatencyMargin, frozen_boundary};
use super::rate::{Alphas, LimitTests};
use super::threshold::ThresholdEdges;
use crate::engine::reading::{MetricHistory, PodCounts};
use crate::spec::{Threshold, Timestamp};

/// All tests of one latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TailTests {
    pub(super) quantile: f64,
    pub(super) margin: LatencyMargin,
    threshold: Option<Threshold>,
    alphas: Alphas,
    gates: Vec<f64>,
    pub(super) tests: Option<EdgeTests>,
    /// Why the histogram of the newest look cannot be judged.
    pub(super) unjudged: Option<String>,
    /// Until then the pods of an arm are warming up.
    pub(super) warm_at: Timestamp,
}

/// The tests, once the edges are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EdgeTests {
    pub(super) comparison: LatencyComparison,
    pub(super) limit: Option<EdgeLimit>,
    /// While all traffic is the canary's: the edge, and the margin around what the baseline had there.
    pub(super) frozen: Option<(usize, AbortTest)>,
}

/// A limit on a quantile, at the edges nearest to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct EdgeLimit {
    edges: ThresholdEdges,
    pub(super) tests: LimitTests,
}

impl TailTests {
    /// The tests of a margin and, maybe, a limit, for gates at `gates` (weights as fractions).
    ///
    /// # Errors
    /// [`NoHistory`] where the margin is too narrow to be judged without a past.
    pub(super) fn new(
        quantile: f64,
        margin: LatencyMargin,
        threshold: Option<Threshold>,
        alphas: Alphas,
        past: Option<&MetricHistory>,
        gates: &[f64],
    ) -> Result<Self, NoHistory> {
        let mut tests = Self {
            quantile,
            margin,
            threshold,
            alphas,
            gates: gates.to_vec(),
            tests: None,
            unjudged: None,
            warm_at: Timestamp::default(),
        };
        match past {
            Some(past) => tests.build(past)?,
            None if margin.needs_history() => return Err(NoHistory),
            None => {}
        }
        Ok(tests)
    }

    /// One look of a histogram with these edges, at a canary weight (percent); `step` marks the first after
    /// a change of the weight.
    pub(super) fn observe(&mut self, edges_ms: &[f64], counts: &LatencyCounts<'_>, weight: u8, step: bool) {
        self.unjudged = None;
        if self.tests.is_none() {
            let no_past = MetricHistory {
                edges_ms: edges_ms.to_vec(),
                polls: Vec::new(),
            };
            if let Err(error) = self.build(&no_past) {
                self.unjudged = Some(error.to_string());
            }
        }
        let Some(tests) = &mut self.tests else { return };
        if tests.comparison.ground().edges_ms() != edges_ms {
            self.unjudged =
                Some("the histogram's bucket edges are not those of the rollout's begin".to_owned());
            return;
        }
        if weight == 100 && tests.limit.is_none() && tests.frozen.is_none() {
            tests.freeze(&self.margin, self.alphas);
        }
        tests.observe(counts, weight, step);
    }

    /// The test that stands in for the comparison while all traffic is the canary's.
    pub(super) fn frozen(&self) -> Option<&AbortTest> {
        let (_, frozen) = self.tests.as_ref()?.frozen.as_ref()?;
        Some(frozen)
    }

    fn build(&mut self, past: &MetricHistory) -> Result<(), NoHistory> {
        match ground(past, self.quantile) {
            Ok(ground) => self.tests = self.edge_tests(ground)?,
            Err(reason) => self.unjudged = Some(reason),
        }
        Ok(())
    }

    fn edge_tests(&mut self, ground: Ground) -> Result<Option<EdgeTests>, NoHistory> {
        let limit = match self.threshold {
            None => None,
            Some(Threshold { limit, strict }) => match ThresholdEdges::select(ground.edges_ms(), limit) {
                Ok(edges) => {
                    let history = ground.history(edges.abort);
                    let tests = LimitTests::new(ground.tail(), strict, self.alphas, history, &self.gates);
                    Some(EdgeLimit { edges, tests })
                }
                Err(error) => {
                    self.unjudged = Some(error.to_string());
                    return Ok(None);
                }
            },
        };
        let gates = self
            .gates
            .iter()
            .map(|&next| gate::latency_margin(self.margin, next));
        let Alphas { abort, health } = self.alphas;
        let comparison = LatencyComparison::new(ground, self.margin, abort, gates, health)?;
        Ok(Some(EdgeTests {
            comparison,
            limit,
            frozen: None,
        }))
    }
}

impl EdgeTests {
    /// At 100 nothing is compared, as with a success rate.
    fn observe(&mut self, counts: &LatencyCounts<'_>, weight: u8, step: bool) {
        if weight < 100 {
            self.comparison.observe(counts, step);
        } else if let Some((edge, frozen)) = &mut self.frozen {
            frozen.observe(&counts.at(*edge), step);
        }
        if let Some(EdgeLimit { edges, tests }) = &mut self.limit {
            tests.observe(&counts.at(edges.abort), &counts.at(edges.health), step);
        }
    }

    fn freeze(&mut self, margin: &LatencyMargin, alphas: Alphas) {
        let floor = History::Unknown.abort_floor();
        self.frozen = frozen_boundary(self.comparison.ground(), margin).map(|(edge, boundary)| {
            (
                edge,
                AbortTest::new(boundary, alphas.abort, floor, DecayedRate::default()),
            )
        });
    }

    /// The edge that speaks most directly of the quantile.
    pub(super) fn main_edge(&self) -> usize {
        self.comparison.ground().lanes()[0].map_or(0, |lane| lane.edge)
    }
}

/// What the past says of a histogram; the error says why it cannot be judged.
fn ground(past: &MetricHistory, quantile: f64) -> Result<Ground, String> {
    let edges = past.edges_ms.len();
    let history = (0..edges)
        .map(|edge| History::estimate(&at_edge(past, edge)))
        .collect();
    let mut ground =
        Ground::new(past.edges_ms.clone(), quantile, history).map_err(|error| error.to_string())?;
    for poll in &past.polls {
        let requests = poll.iter().map(|pod| pod.requests).sum();
        let slow: Vec<f64> = (0..edges)
            .map(|edge| poll.iter().filter_map(|pod| pod.bad.get(edge)).sum())
            .collect();
        ground.learn_baseline(requests, &slow);
    }
    Ok(ground)
}

/// The history of one part (an edge; or the errors of a success rate), by poll and pod.
pub(super) fn at_edge(past: &MetricHistory, part: usize) -> Vec<Vec<Counts>> {
    let at = |pod: &PodCounts| Counts {
        requests: pod.requests,
        events: pod.bad.get(part).copied().unwrap_or(0.0),
    };
    past.polls
        .iter()
        .map(|poll| poll.iter().map(at).collect())
        .collect()
}
