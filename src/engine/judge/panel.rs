//! All metrics of a rollout before one judge.

use serde::{Deserialize, Serialize};

use super::budget::{self, Claim, Shares};
use super::combine::{Part, combine};
use super::counts::{Counts, MetricCounts};
use super::hedge::{NoHistory, Unprovable};
use super::latency::{LatencyCounts, LatencyMargin};
use super::pairing::{Pair, Pairing};
use super::policy::RISING_EVIDENCE;
use super::proportion::{Boundary, Interval};
use super::rate::{Alphas, RateTests};
use super::tail::{TailTests, at_edge};
use super::value::ValueTest;
use crate::engine::no_data::NoData;
use crate::engine::plan::gate_weights;
use crate::engine::reading::{MetricHistory, MetricPast};
use crate::engine::tally::Tally;
use crate::engine::verdict::{Evidence, MetricVerdict, Verdict, VerdictKind};
use crate::spec::{CheckedCanary, Margin, Metric, OnFail, Question, Timestamp};

/// Probability of letting a canary at its margin through one gate (alpha_h). Five percent: behind a wrong
/// pass the abort test keeps watching, and a stricter gate would make every rollout wait.
pub(super) const FALSE_PASS_RATE: f64 = 0.05;

/// The evidence of one rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    alpha: f64,
    /// By gate, ascending, in percent.
    gate_weights: Vec<u8>,
    /// By metric index.
    docket: Vec<Case>,
}

/// One metric before the judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) shares: Shares,
    pub(super) on_fail: OnFail,
    pub(super) tests: Tests,
    /// Why nothing is known of the stable version's noise, if it turns out that nothing is.
    pub(super) no_history: String,
    pairing: Pairing,
    /// Requests of the newest pair, for what more is needed.
    pub(super) pace: Interval,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tests {
    Rate(Box<RateTests>),
    Tail(Box<TailTests>),
    Value(ValueTest),
}

impl Judge {
    /// A judge for `canary` that knows what the stable version did before, by metric index.
    ///
    /// # Errors
    /// [`Unprovable`] where a margin is too narrow to be judged without a past.
    pub fn new(canary: &CheckedCanary, history: &[MetricPast]) -> Result<Self, Unprovable> {
        let metrics = &canary.analysis.metrics;
        let claim = |metric: &Metric| Claim {
            comparison: metric.margin != Margin::NotCompared,
            threshold: metric.threshold.is_some(),
            on_fail: metric.on_fail,
        };
        let shares = budget::split(&metrics.iter().map(claim).collect::<Vec<_>>());
        let gate_weights = gate_weights(&canary.steps);
        let gates: Vec<f64> = gate_weights
            .iter()
            .map(|&weight| f64::from(weight) / 100.0)
            .collect();
        let alphas = Alphas {
            abort: canary.analysis.false_abort_rate,
            health: FALSE_PASS_RATE,
        };
        let case = |(index, metric): (usize, &Metric)| -> Result<Case, Unprovable> {
            let past = history.get(index);
            let reason = || match past {
                Some(MetricPast::Unknown(reason)) => reason.clone(),
                Some(MetricPast::Known(_)) | None => TOO_LITTLE.to_owned(),
            };
            let tests = Tests::new(metric, alphas, past.and_then(MetricPast::known), &gates);
            Ok(Case {
                shares: shares[index],
                on_fail: metric.on_fail,
                tests: tests.map_err(|NoHistory| Unprovable {
                    metric: metric.template.clone(),
                    reason: reason(),
                })?,
                no_history: reason(),
                pairing: Pairing::default(),
                pace: Interval::default(),
            })
        };
        Ok(Self {
            alpha: alphas.abort,
            docket: metrics.iter().enumerate().map(case).collect::<Result<_, _>>()?,
            gate_weights,
        })
    }

    /// One look at a canary weight (percent), of a Canary whose latency warms up for `warmup`; `step` marks the
    /// first look after a change of the weight. A look without data changes nothing.
    pub fn observe(&mut self, counts: &Counts, canary: &CheckedCanary, weight: u8, step: bool) {
        for (case, metric) in self.docket.iter_mut().zip(&counts.metrics) {
            case.observe(metric, counts.taken_at, canary, weight, step);
        }
    }

    /// What the evidence says at the gate before `gate_weight` (percent), at a canary weight (percent), with the
    /// rollout's totals for the estimates, and the no-data state of the newest look.
    #[must_use]
    pub fn verdict(&self, now: &Bench<'_>) -> Verdict {
        let gate = self.gate_weights.iter().position(|&gate| gate == now.gate_weight);
        let last = self.gate_weights.len().saturating_sub(1);
        let gate = gate.unwrap_or(last);
        let metrics: Vec<MetricVerdict> = self
            .docket
            .iter()
            .enumerate()
            .map(|(index, case)| case.verdict(index, gate, self.alpha, now))
            .collect();
        let no_concurrent_baseline = now.weight == 100;
        let parts = |case: &Case| case.parts(no_concurrent_baseline);
        let combined = combine(&self.docket.iter().flat_map(parts).collect::<Vec<_>>());
        let harm = Evidence {
            log: combined.log_evidence,
            limit: libm::log(1.0 / self.alpha),
        };
        let is_rising = |evidence: Evidence| evidence.log >= libm::log(RISING_EVIDENCE);
        let holding = metrics.iter().position(|metric| {
            let threshold = metric.threshold.filter(|threshold| !threshold.excused);
            metric.on_fail == OnFail::Hold
                && (is_rising(metric.harm)
                    || threshold.is_some_and(|threshold| is_rising(threshold.harm))
                    || is_broken(metric))
        });
        let broken = metrics
            .iter()
            .position(|metric| metric.on_fail == OnFail::Abort && is_broken(metric));
        let shared_incident = metrics.iter().find_map(|metric| {
            let threshold = metric.threshold.filter(|threshold| threshold.excused);
            let value = metric.value.filter(|value| value.excused);
            let limit = threshold.map(|threshold| threshold.limit);
            let limit = limit.or_else(|| value.map(|value| value.limit))?;
            Some(format!(
                "{}: the baseline breaks the threshold of {} too",
                metric.metric,
                metric.measure.value(Some(limit))
            ))
        });
        let by_evidence = combined.blame.map(|part| part / PARTS_A_METRIC);
        let blame = match (broken, holding) {
            _ if harm.is_proof() => by_evidence,
            (Some(broken), _) => Some(broken),
            _ if is_rising(harm) => by_evidence,
            (None, holding) => holding.or(by_evidence),
        };
        let healthy = metrics.iter().all(|metric| metric.kind == VerdictKind::Pass);
        let kind = if harm.is_proof() || broken.is_some() {
            VerdictKind::Fail
        } else if now.no_data.is_some() {
            VerdictKind::NoData
        } else if healthy && !is_rising(harm) && holding.is_none() && shared_incident.is_none() {
            VerdictKind::Pass
        } else {
            VerdictKind::Inconclusive
        };
        Verdict {
            kind,
            gate_weight: now.gate_weight,
            harm,
            evidence_rising: is_rising(harm) || holding.is_some(),
            blame,
            no_data: now.no_data.cloned(),
            shared_incident,
            no_concurrent_baseline,
            metrics,
        }
    }
}

/// Whether the metric is a value that broke its limit for long enough. Evidence has no part in that.
fn is_broken(metric: &MetricVerdict) -> bool {
    metric.value.is_some() && metric.kind == VerdictKind::Fail
}

/// Why a history that could be read says nothing of noise.
const TOO_LITTLE: &str = "too few bad requests before the rollout, or too short a time";

/// Money that was never bet is still all there: `ln 1`.
pub(super) const UNTOUCHED: f64 = 0.0;

/// Each metric brings two parts: its comparison and its threshold.
const PARTS_A_METRIC: usize = 2;

/// What a verdict is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The Canary of the rollout.
    pub canary: &'a CheckedCanary,
    /// When the newest look was taken.
    pub looked_at: Timestamp,
    /// The weight that the next gate leads to, in percent; 100 for the promotion.
    pub gate_weight: u8,
    /// The canary's weight now, in percent.
    pub weight: u8,
    /// The rollout's totals, by metric index.
    pub tallies: &'a [Tally],
    /// The no-data state of the newest look.
    pub no_data: Option<&'a NoData>,
}

impl Tests {
    fn new(
        metric: &Metric,
        alphas: Alphas,
        past: Option<&MetricHistory>,
        gates: &[f64],
    ) -> Result<Self, NoHistory> {
        let threshold = metric.threshold;
        match (&metric.question, metric.margin) {
            (Question::Value { limit, .. }, _) => Ok(Self::Value(ValueTest::new(*limit))),
            (Question::Latency { quantile, .. }, margin) => {
                let margin = match margin {
                    Margin::Latency {
                        relative,
                        absolute_ms,
                    } => LatencyMargin::new(1.0 + relative, absolute_ms),
                    Margin::ErrorRate { relative, .. } => LatencyMargin::new(1.0 + relative, 0.0),
                    Margin::NotCompared => LatencyMargin::new(1.0, 0.0),
                };
                let tests = TailTests::new(*quantile, margin, threshold, alphas, past, gates)?;
                Ok(Self::Tail(Box::new(tests)))
            }
            (Question::SuccessRate { .. }, margin) => {
                let boundary = match margin {
                    Margin::ErrorRate { relative, absolute } => Boundary {
                        rho: 1.0 + relative,
                        delta: absolute,
                    },
                    Margin::Latency { relative, .. } => Boundary {
                        rho: 1.0 + relative,
                        delta: 0.0,
                    },
                    Margin::NotCompared => Boundary { rho: 1.0, delta: 0.0 },
                };
                let past = past.map(|past| at_edge(past, 0)).unwrap_or_default();
                Ok(Self::Rate(Box::new(RateTests::new(
                    boundary, threshold, alphas, &past, gates,
                )?)))
            }
        }
    }
}

impl Case {
    fn observe(
        &mut self,
        metric: &MetricCounts,
        taken_at: Timestamp,
        canary: &CheckedCanary,
        weight: u8,
        step: bool,
    ) {
        if let (Tests::Value(test), Some(value)) = (&mut self.tests, &metric.value) {
            return test.observe(value, weight);
        }
        if let Tests::Tail(tail) = &mut self.tests {
            // Where the canary has all the traffic, it does not matter how warm the baseline is.
            if metric.arms.canary.pods_changed || (weight < 100 && metric.arms.baseline.pods_changed) {
                tail.warm_at = taken_at + canary.analysis.warmup;
            }
            if taken_at < tail.warm_at {
                // What cold pods served reaches neither the tests nor what they learn from the baseline.
                return self.pairing.clear();
            }
        }
        let Some(pair) = self.pairing.add(metric, weight) else {
            return;
        };
        if pair.requests.canary > 0.0 {
            self.pace = Interval {
                n_c: pair.requests.canary,
                n_b: pair.requests.baseline,
                ..Interval::default()
            };
        }
        let Pair { requests, bad } = pair;
        match &mut self.tests {
            Tests::Rate(rate) => {
                let errors = |bad: &[f64]| bad.first().copied().unwrap_or(0.0);
                let interval = Interval {
                    n_c: requests.canary,
                    x_c: errors(&bad.canary),
                    n_b: requests.baseline,
                    x_b: errors(&bad.baseline),
                };
                rate.observe(&interval, weight, step);
            }
            Tests::Tail(tail) => {
                let counts = LatencyCounts {
                    n_c: requests.canary,
                    n_b: requests.baseline,
                    slow_c: &bad.canary,
                    slow_b: &bad.baseline,
                };
                tail.observe(&metric.edges_ms, &counts, weight, step);
            }
            // Counts are nothing that a value is judged by.
            Tests::Value(_) => {}
        }
    }

    /// The evidence of the comparison and of the threshold.
    fn parts(&self, no_concurrent_baseline: bool) -> [Part; PARTS_A_METRIC] {
        let threshold = self.limit().map_or(UNTOUCHED, |limit| limit.harm.log_evidence());
        [
            Part {
                weight: self.shares.comparison,
                log_evidence: self.against(no_concurrent_baseline),
            },
            Part {
                weight: self.shares.threshold,
                log_evidence: threshold,
            },
        ]
    }
}
