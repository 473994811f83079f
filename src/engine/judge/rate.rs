//! One success rate: its comparison with the baseline, its limit, and the proofs that its gates ask for.

use serde::{Deserialize, Serialize};

use super::abort_test::AbortTest;
use super::decayed_rate::DecayedRate;
use super::gate;
use super::health_test::HealthTest;
use super::hedge::{HedgedTest, NoHistory};
use super::history::{Counts, History};
use super::proportion::{Boundary, Interval};
use super::threshold::ThresholdTest;
use crate::spec::Threshold;

/// Error rates of the two questions, over a whole rollout.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Alphas {
    /// Aborting a canary that is within its margins.
    pub(super) abort: f64,
    /// Letting a canary at its margin through one gate.
    pub(super) health: f64,
}

/// All tests of one success rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RateTests {
    pub(super) comparison: HedgedTest,
    /// By gate.
    pub(super) gates: Vec<HealthTest>,
    pub(super) limit: Option<LimitTests>,
    /// While all traffic is the canary's: the margin around what the baseline had.
    pub(super) frozen: Option<AbortTest>,
    alphas: Alphas,
    baseline: Counts,
}

/// All tests of one absolute limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LimitTests {
    pub(super) harm: ThresholdTest,
    /// By gate.
    pub(super) gates: Vec<HealthTest>,
}

impl LimitTests {
    /// The tests that at most `limit` of the requests are bad, for gates at `gates` (weights as fractions).
    pub(super) fn new(limit: f64, strict: bool, alphas: Alphas, history: History, gates: &[f64]) -> Self {
        let health = |&next: &f64| {
            let boundary = gate::threshold_boundary(limit, next);
            HealthTest::new(
                boundary,
                alphas.health,
                history.health_floor(),
                DecayedRate::default(),
            )
        };
        Self {
            harm: ThresholdTest::new(limit, strict, alphas.abort, history),
            gates: gates.iter().map(health).collect(),
        }
    }

    /// One look, with the counts that speak of harm and those that speak of health.
    pub(super) fn observe(&mut self, harm: &Interval, health: &Interval, step: bool) {
        self.harm.observe(harm, step);
        for gate in &mut self.gates {
            gate.observe(health, step);
        }
    }
}

impl RateTests {
    /// The tests of a boundary and, maybe, a limit; `past` is the stable version's, by poll and pod.
    ///
    /// # Errors
    /// [`NoHistory`] where the margin is too narrow to be judged without a past.
    pub(super) fn new(
        boundary: Boundary,
        threshold: Option<Threshold>,
        alphas: Alphas,
        past: &[Vec<Counts>],
        gates: &[f64],
    ) -> Result<Self, NoHistory> {
        let history = History::estimate(past);
        let series: Vec<Counts> = past.iter().map(Counts::sum).collect();
        let rate = DecayedRate::from_history(&series);
        let health = |&next: &f64| {
            let boundary = gate::rate_boundary(boundary, next);
            HealthTest::new(boundary, alphas.health, history.health_floor(), rate)
        };
        let limit = |Threshold { limit, strict }| LimitTests::new(limit, strict, alphas, history, gates);
        Ok(Self {
            comparison: HedgedTest::new(boundary, alphas.abort, history, rate)?,
            gates: gates.iter().map(health).collect(),
            limit: threshold.map(limit),
            frozen: None,
            alphas,
            baseline: Counts::default(),
        })
    }

    /// One look at a canary weight (percent); `step` marks the first after a change of the weight.
    ///
    /// At 100 nothing is compared: the baseline's last stragglers stand beside all of the canary's traffic and say
    /// nothing of it, and a proof that they shook could never be had again.
    pub(super) fn observe(&mut self, interval: &Interval, weight: u8, step: bool) {
        if weight < 100 {
            self.compare(interval, step);
        } else if self.limit.is_none() {
            self.freeze();
            if let Some(frozen) = &mut self.frozen {
                frozen.observe(interval, step);
            }
        }
        if let Some(limit) = &mut self.limit {
            limit.observe(interval, interval, step);
        }
    }

    fn compare(&mut self, interval: &Interval, step: bool) {
        self.comparison.observe(interval, step);
        for gate in &mut self.gates {
            gate.observe(interval, step);
        }
        self.baseline.requests += interval.n_b;
        self.baseline.events += interval.x_b;
    }

    /// Puts the margin around what the baseline had; nothing, where it never had a request.
    fn freeze(&mut self) {
        let Counts { requests, events } = self.baseline;
        if self.frozen.is_none() && requests > 0.0 {
            let boundary = self.comparison.boundary().frozen_at(events / requests);
            let floor = History::Unknown.abort_floor();
            let test = AbortTest::new(boundary, self.alphas.abort, floor, DecayedRate::default());
            self.frozen = Some(test);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stragglers_of_the_baseline_at_100_take_no_proof_away() {
        let boundary = Boundary {
            rho: 1.5,
            delta: 0.005,
        };
        let alphas = Alphas {
            abort: 0.01,
            health: 0.05,
        };
        let mut tests = RateTests::new(boundary, None, alphas, &[], &[1.0]).unwrap();
        let healthy = Interval {
            n_c: 150.0,
            x_c: 0.0,
            n_b: 150.0,
            x_b: 0.0,
        };
        while !tests.gates[0].is_proven() {
            tests.observe(&healthy, 50, false);
        }
        let stragglers = Interval {
            n_c: 295.0,
            x_c: 1.0,
            n_b: 5.0,
            x_b: 0.0,
        };
        let before = tests.gates[0].log_evidence();
        tests.observe(&stragglers, 100, true);
        assert_eq!(tests.gates[0].log_evidence(), before);
    }
}
