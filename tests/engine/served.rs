//! What a look counts, as a value: services that err and are slow to order, and the ways of saying nothing.

use serin::engine::judge::counts::{ArmCounts, Counts, Coverage, MetricCounts};
use serin::engine::{Arm, PerArm};
use serin::spec::{CheckedCanary, Question, Timestamp};

/// Bucket edges of every latency in these tests, in milliseconds.
pub(crate) const EDGES_MS: [f64; 13] = [
    5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 125.0, 150.0, 200.0, 300.0, 500.0, 1000.0, 2500.0,
];

/// Durations are log-normal around this median, in milliseconds, ...
const MEDIAN_MS: f64 = 40.0;

/// ... with this sigma: the p95 is at 71 ms.
const SIGMA: f64 = 0.35;

/// What one look shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Poll {
    /// Both arms answer.
    Served(Served),
    /// The source does not answer.
    SourceDown,
    /// This arm does not answer.
    Silent(Arm),
    /// Half of this arm's pods do not answer.
    Partial(Arm),
    /// Both arms answer with samples that do not move.
    Stale,
}

/// What both arms served since the last look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Served {
    /// Requests of both arms together.
    pub(crate) requests: f64,
    /// The share of requests that the canary has; by its weight where `None`.
    pub(crate) share: Option<f64>,
    /// Error rates.
    pub(crate) errors: PerArm<f64>,
    /// How many times slower than the median.
    pub(crate) slower: PerArm<f64>,
    /// The number that every value's query gives; none where it gives none.
    pub(crate) value: PerArm<Option<f64>>,
}

/// Three hundred requests a second, of which one in a thousand fails on either arm.
pub(crate) const HEALTHY: Served = Served {
    requests: 3000.0,
    share: None,
    errors: PerArm {
        canary: 0.001,
        baseline: 0.001,
    },
    slower: PerArm {
        canary: 1.0,
        baseline: 1.0,
    },
    value: PerArm {
        canary: Some(100.0),
        baseline: Some(100.0),
    },
};

/// The same with a canary of which one request in twenty fails.
pub(crate) const ERRING: Served = Served {
    errors: PerArm {
        canary: 0.05,
        ..HEALTHY.errors
    },
    ..HEALTHY
};

/// The same with a canary that is half as slow again.
pub(crate) const SLOW: Served = Served {
    slower: PerArm {
        canary: 1.5,
        ..HEALTHY.slower
    },
    ..HEALTHY
};

/// Both arms answer, and nobody calls.
pub(crate) const NOBODY: Served = Served {
    requests: 0.0,
    ..HEALTHY
};

impl From<Served> for Poll {
    fn from(served: Served) -> Self {
        Self::Served(served)
    }
}

impl Poll {
    /// What the look counts, taken at a canary weight (percent).
    pub(crate) fn counts(self, canary: &CheckedCanary, weight: u8, taken_at: Timestamp) -> Counts {
        let metrics = &canary.analysis.metrics;
        match self {
            Self::SourceDown => Counts {
                taken_at,
                source_down: Some("connection refused".into()),
                metrics: Vec::new(),
            },
            _ => Counts {
                taken_at,
                source_down: None,
                metrics: metrics
                    .iter()
                    .map(|metric| self.metric(&metric.question, weight))
                    .collect(),
            },
        }
    }

    fn metric(self, question: &Question, weight: u8) -> MetricCounts {
        let served = match self {
            Self::Served(served) => served,
            Self::Stale => NOBODY,
            Self::SourceDown | Self::Silent(_) | Self::Partial(_) => HEALTHY,
        };
        let edges_ms = match question {
            Question::SuccessRate { .. } => Vec::new(),
            Question::Latency { .. } => EDGES_MS.to_vec(),
            Question::Value { .. } => return self.value(served),
        };
        let share = served.share.unwrap_or_else(|| f64::from(weight) / 100.0);
        let arm = |arm: Arm, share: f64| {
            let requests = (served.requests * share).round();
            let bad = match question {
                Question::SuccessRate { .. } | Question::Value { .. } => {
                    vec![(requests * served.errors.get(arm)).round()]
                }
                Question::Latency { .. } => {
                    let median_ms = MEDIAN_MS * served.slower.get(arm);
                    let slow = |edge_ms: &f64| (requests * share_above(*edge_ms, median_ms)).round();
                    EDGES_MS.iter().map(slow).collect()
                }
            };
            let answered = ArmCounts {
                requests,
                bad,
                ..ArmCounts::default()
            };
            let said_nothing = |coverage| ArmCounts {
                requests: 0.0,
                bad: vec![0.0; answered.bad.len()],
                coverage,
                ..ArmCounts::default()
            };
            match self {
                Self::Silent(silent) if silent == arm => said_nothing(Coverage::Silent {
                    reason: "connection refused".into(),
                }),
                Self::Partial(partial) if partial == arm => ArmCounts {
                    coverage: Coverage::Partial {
                        reason: "1 of 2 did not answer".into(),
                    },
                    ..answered
                },
                Self::Stale => said_nothing(Coverage::Stale),
                _ => answered,
            }
        };
        MetricCounts {
            edges_ms,
            arms: PerArm {
                canary: arm(Arm::Canary, share),
                baseline: arm(Arm::Baseline, 1.0 - share),
            },
            value: None,
        }
    }

    fn value(self, served: Served) -> MetricCounts {
        let number = |arm: Arm| match self {
            Self::Silent(silent) if silent == arm => Err("no series".to_owned()),
            _ => served.value.get(arm).ok_or_else(|| "no series".to_owned()),
        };
        MetricCounts::of_value(PerArm {
            canary: number(Arm::Canary),
            baseline: number(Arm::Baseline),
        })
    }
}

/// The share of log-normal durations above `edge_ms`.
fn share_above(edge_ms: f64, median_ms: f64) -> f64 {
    0.5 * libm::erfc((edge_ms / median_ms).ln() / (SIGMA * std::f64::consts::SQRT_2))
}
