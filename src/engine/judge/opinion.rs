//! One metric's verdict: its tests' evidence beside the figures that people know.

use super::health_test::HealthTest;
use super::hedge::Path;
use super::log_sum::anytime_p_value;
use super::panel::{Bench, Case, Tests, UNTOUCHED};
use super::quantile::quantile_ms;
use super::rate::LimitTests;
use super::tail::TailTests;
use super::value::ValueTest;
use crate::engine::arm::{Arm, PerArm};
use crate::engine::tally::Tally;
use crate::engine::verdict::{EdgeVerdict, Evidence, Measure, MetricVerdict, ThresholdVerdict, VerdictKind};
use crate::spec::Question;

/// What a comparison has gathered against the canary.
struct Comparison {
    log_evidence: f64,
    max_log_evidence: f64,
    path: Path,
}

/// What speaks for the canary at a gate.
#[derive(Clone, Copy)]
struct Health {
    log_evidence: f64,
    limit: f64,
    requests_needed: Option<f64>,
}

impl Case {
    /// The comparison's evidence; none before the first look at a histogram, and none of a value.
    fn comparison(&self) -> Option<Comparison> {
        match &self.tests {
            Tests::Rate(rate) => Some(Comparison {
                log_evidence: rate.comparison.log_evidence(),
                max_log_evidence: rate.comparison.max_log_evidence(),
                path: rate.comparison.path(),
            }),
            Tests::Tail(tail) => tail.tests.as_ref().map(|tests| Comparison {
                log_evidence: tests.comparison.abort().log_evidence(),
                max_log_evidence: tests.comparison.abort().max_log_evidence(),
                path: tests.comparison.abort().path(),
            }),
            Tests::Value(_) => None,
        }
    }

    /// The log of the comparison's evidence. While all traffic is the canary's (`no_concurrent_baseline`) what
    /// is frozen goes on where the comparison stopped.
    pub(super) fn against(&self, no_concurrent_baseline: bool) -> f64 {
        let concurrent = self
            .comparison()
            .map_or(UNTOUCHED, |comparison| comparison.log_evidence);
        let frozen = match &self.tests {
            Tests::Rate(rate) => rate.frozen.as_ref(),
            Tests::Tail(tail) => tail.frozen(),
            Tests::Value(_) => None,
        };
        match frozen.filter(|_| no_concurrent_baseline) {
            Some(frozen) => concurrent.max(frozen.log_evidence()),
            None => concurrent,
        }
    }

    /// The threshold's tests, where there is a threshold.
    pub(super) fn limit(&self) -> Option<&LimitTests> {
        match &self.tests {
            Tests::Rate(rate) => rate.limit.as_ref(),
            Tests::Tail(tail) => {
                let tests = tail.tests.as_ref();
                tests
                    .and_then(|tests| tests.limit.as_ref())
                    .map(|limit| &limit.tests)
            }
            Tests::Value(_) => None,
        }
    }

    /// The verdict at a gate, by its index.
    pub(super) fn verdict(&self, index: usize, gate: usize, alpha: f64, now: &Bench<'_>) -> MetricVerdict {
        let metric = &now.canary.analysis.metrics[index];
        let no_tally = Tally::default();
        let tally = now.tallies.get(index).unwrap_or(&no_tally);
        let part = self.part();
        let comparison = self.comparison();
        let harm = self.harm(self.against(now.weight == 100), alpha, self.shares.comparison);
        let threshold = metric
            .threshold
            .zip(self.limit())
            .map(|(threshold, tests)| ThresholdVerdict {
                limit: threshold.limit,
                harm: self.harm(tests.harm.canary().log_evidence(), alpha, self.shares.threshold),
                health: tests.gates.get(gate).map_or_else(|| unproven(0.0), evidence),
                baseline_harm: self.harm(tests.harm.baseline().log_evidence(), alpha, self.shares.threshold),
                excused: tests.harm.baseline_breaks() && !threshold.strict,
            });
        let path = comparison.as_ref().map(|comparison| comparison.path);
        let health = self.health(gate);
        let unjudged = self.unjudged(now);
        let estimate = self.estimates(tally);
        let value = self.value();
        let harmful = value.is_some_and(ValueTest::is_harmful)
            || harm.is_proof()
            || threshold.is_some_and(|threshold| threshold.harm.is_proof() && !threshold.excused);
        let healthy = value.map_or_else(
            || {
                health.log_evidence >= health.limit
                    && threshold.is_none_or(|threshold| threshold.health.is_proof())
            },
            ValueTest::is_healthy,
        );
        let kind = match () {
            () if harmful => VerdictKind::Fail,
            () if now.no_data.is_some() => VerdictKind::NoData,
            () if healthy && unjudged.is_none() => VerdictKind::Pass,
            () => VerdictKind::Inconclusive,
        };
        MetricVerdict {
            metric: metric.template.clone(),
            kind,
            measure: measure(&metric.question),
            on_fail: metric.on_fail,
            acceptable: self.acceptable(estimate.baseline),
            estimate,
            requests: tally.requests,
            bad: tally
                .bad
                .as_ref()
                .map(|bad| bad.get(part).copied().unwrap_or(0.0)),
            harm,
            p_value: comparison
                .as_ref()
                .map_or(1.0, |comparison| anytime_p_value(comparison.max_log_evidence)),
            health: Evidence {
                log: health.log_evidence,
                limit: health.limit,
            },
            no_history: (path == Some(Path::HedgedWithoutHistory)).then(|| self.no_history.clone()),
            path,
            requests_needed: health.requests_needed,
            edges: self.edges(),
            threshold,
            value: value.map(ValueTest::verdict),
            unjudged,
        }
    }

    /// Evidence against the limit that its share of the false-abort rate leaves it. A metric that only holds has no
    /// share, and is held by evidence at the whole rate.
    fn harm(&self, log: f64, alpha: f64, share: f64) -> Evidence {
        let limit = libm::log(1.0 / alpha);
        Evidence {
            log,
            limit: if share > 0.0 {
                limit - libm::log(share)
            } else {
                limit
            },
        }
    }

    fn health(&self, gate: usize) -> Health {
        let nothing = Health {
            log_evidence: 0.0,
            limit: unproven(0.0).limit,
            requests_needed: None,
        };
        match &self.tests {
            Tests::Rate(rate) => rate.gates.get(gate).map_or(nothing, |test| Health {
                log_evidence: test.log_evidence(),
                limit: test.limit(),
                requests_needed: test.requests_to_proof(self.pace.n_c, self.pace.n_b, None),
            }),
            Tests::Value(_) => nothing,
            Tests::Tail(tail) => tail.tests.as_ref().map_or(nothing, |tests| {
                let ground = tests.comparison.ground();
                tests.comparison.gates().get(gate).map_or(nothing, |test| Health {
                    log_evidence: test.log_evidence(),
                    limit: test.limit(),
                    requests_needed: test.requests_to_proof(ground, self.pace.n_c, self.pace.n_b),
                })
            }),
        }
    }

    fn unjudged(&self, now: &Bench<'_>) -> Option<String> {
        let tail = match &self.tests {
            Tests::Rate(_) => return None,
            Tests::Tail(tail) => tail,
            Tests::Value(value) => return value.unanswered.clone(),
        };
        let warming = (now.looked_at < tail.warm_at).then(|| "the pods are warming up".to_owned());
        tail.unjudged.clone().or(warming)
    }

    const fn value(&self) -> Option<&ValueTest> {
        match &self.tests {
            Tests::Value(value) => Some(value),
            Tests::Rate(_) | Tests::Tail(_) => None,
        }
    }

    /// The part of the counts that people want to see: the errors, or what is slower than the main edge.
    fn part(&self) -> usize {
        match &self.tests {
            Tests::Rate(_) | Tests::Value(_) => 0,
            Tests::Tail(tail) => tail.tests.as_ref().map_or(0, super::tail::EdgeTests::main_edge),
        }
    }

    fn estimates(&self, tally: &Tally) -> PerArm<Option<f64>> {
        let of = |arm: Arm| match &self.tests {
            Tests::Rate(_) => tally.bad_ratio(arm, 0),
            Tests::Tail(tail) => quantile_ms(
                &tally.edges_ms,
                tally.bad.get(arm),
                *tally.requests.get(arm),
                tail.quantile,
            ),
            Tests::Value(value) => *value.newest.get(arm),
        };
        PerArm {
            canary: of(Arm::Canary),
            baseline: of(Arm::Baseline),
        }
    }

    /// What the margin makes of the baseline's estimate.
    fn acceptable(&self, baseline: Option<f64>) -> Option<f64> {
        let baseline = baseline?;
        match &self.tests {
            Tests::Rate(rate) => Some(rate.comparison.boundary().tolerated_rate(baseline)),
            Tests::Tail(tail) => Some((baseline * tail.margin.max_ratio).max(baseline + tail.margin.max_ms)),
            Tests::Value(_) => None,
        }
    }

    fn edges(&self) -> Vec<EdgeVerdict> {
        let Tests::Tail(tail) = &self.tests else {
            return Vec::new();
        };
        let TailTests {
            tests: Some(tests), ..
        } = tail.as_ref()
        else {
            return Vec::new();
        };
        let edges_ms = tests.comparison.ground().edges_ms();
        let edge = |(lane, boundary): (super::latency::Lane, super::proportion::Boundary)| EdgeVerdict {
            edge_ms: edges_ms[lane.edge],
            baseline_slow_ratio: lane.slow_share,
            allowed_ratio: boundary.rho,
        };
        tests.comparison.edges().map(edge).collect()
    }
}

fn measure(question: &Question) -> Measure {
    match question {
        Question::SuccessRate { .. } => Measure::ErrorRate,
        Question::Latency { quantile, .. } => Measure::Quantile(*quantile),
        Question::Value { unit, .. } => Measure::Value { unit: unit.clone() },
    }
}

fn evidence(test: &HealthTest) -> Evidence {
    Evidence {
        log: test.log_evidence(),
        limit: test.limit(),
    }
}

/// Evidence of health that nothing was gathered for yet.
fn unproven(log: f64) -> Evidence {
    Evidence {
        log,
        limit: libm::log(1.0 / super::panel::FALSE_PASS_RATE),
    }
}
