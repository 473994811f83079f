//! What one look adds to what was counted: the only numbers that the tests ever see.
//!
//! The journal keeps them in this form, so that a replay needs no raw counters.

use serde::{Deserialize, Serialize};

use crate::engine::arm::{Arm, PerArm};
use crate::spec::Timestamp;

/// One look as counts: what it added to each metric and arm. This is what the journal keeps, and all
/// that a replay needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// When the poll began.
    pub taken_at: Timestamp,
    /// Why the source as a whole gave nothing; then `metrics` is empty.
    pub source_down: Option<String>,
    /// By metric index.
    pub metrics: Vec<MetricCounts>,
}

/// What one look added to one metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MetricCounts {
    /// Finite bucket edges in milliseconds, ascending; empty for a success rate.
    pub edges_ms: Vec<f64>,
    /// What each arm added. Nothing, where the metric is a value.
    pub arms: PerArm<ArmCounts>,
    /// Value: the number that each arm's query gave, or why it gave none; `None` for counters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueCounts>,
}

/// What the queries of a value gave: a finite number, or for people why there is none.
pub type ValueCounts = PerArm<Result<f64, String>>;

/// What one look added to one arm.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ArmCounts {
    /// Requests.
    pub requests: f64,
    /// Success rate: one number, the errors. Latency: requests slower than each edge.
    pub bad: Vec<f64>,
    /// How much of the arm answered.
    pub coverage: Coverage,
    /// Whether a pod came or started anew: its caches are cold.
    pub pods_changed: bool,
    /// The oldest among the newest samples of the pods that counted something, by the clock that polls are of. `None` where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<Timestamp>,
    /// What was seen and not counted.
    pub dropped: Dropped,
}

/// How much of an arm answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Enough to judge by: at most a fifth of the pods is missing.
    #[default]
    Answered,
    /// More than a fifth of the pods did not answer.
    Partial {
        /// How many did not, and why the first of them did not.
        reason: String,
    },
    /// Nobody answered.
    Silent {
        /// Why.
        reason: String,
    },
    /// Everybody answered with samples that had been seen before.
    Stale,
    /// The source answered, and has no series of this arm: nobody called it yet, or nobody is there.
    Absent,
}

impl Coverage {
    /// Whether the arm's requests are known, be they none.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Answered | Self::Absent)
    }
}

/// What was seen and not counted.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Dropped {
    /// Pods whose sums lost a series or changed their layout.
    pub gaps: u32,
    /// Time between the samples on both sides of those gaps, all pods together, in milliseconds: what they served in it is not known.
    #[serde(default)]
    pub gap_ms: u64,
    /// Pods that were new and not known to be young.
    pub new_bases: u32,
    /// Requests that those had counted by then: what they served since the look before is at most that.
    #[serde(default)]
    pub new_base_requests: f64,
}

impl Counts {
    /// From when the oldest sample is that this look counted, by the clock that polls are of; the poll's own time where nothing
    /// was counted, and at the latest.
    #[must_use]
    pub fn sampled_at(&self) -> Timestamp {
        let arms = self
            .counted()
            .flat_map(|metric| [&metric.arms.canary, &metric.arms.baseline]);
        arms.filter_map(|arm| arm.sampled_at)
            .min()
            .unwrap_or(self.taken_at)
            .min(self.taken_at)
    }

    /// The metrics that count requests: a value has none, and says nothing of who was served.
    fn counted(&self) -> impl Iterator<Item = &MetricCounts> {
        self.metrics.iter().filter(|metric| metric.value.is_none())
    }

    /// Whether every metric that counts requests was answered by the arms that a canary weight (percent) gives traffic:
    /// at 0 nothing is asked of the canary, and at 100 nothing of the baseline.
    #[must_use]
    pub fn answered_at(&self, weight: u8) -> bool {
        let mut counted = self.counted().peekable();
        counted.peek().is_some() && counted.all(|metric| metric.answered_at(weight))
    }

    /// Whether every metric that counts requests has some of this arm.
    #[must_use]
    pub fn has_requests(&self, arm: Arm) -> bool {
        let mut counted = self.counted().peekable();
        counted.peek().is_some() && counted.all(|metric| metric.arms.get(arm).requests > 0.0)
    }

    /// The requests of each arm where it is known whether the canary has some, by the same metric as [`requests`](Self::requests), and
    /// until when they are counted.
    ///
    /// # Errors
    /// Why they are not known, for people.
    pub fn known_requests(&self) -> Result<(PerArm<f64>, Timestamp), String> {
        if let Some(reason) = &self.source_down {
            return Err(reason.clone());
        }
        let metric = self.counted().next();
        let PerArm { canary, baseline } = &metric.ok_or("no metric counts requests")?.arms;
        match &canary.coverage {
            Coverage::Partial { reason } | Coverage::Silent { reason } => Err(reason.clone()),
            Coverage::Stale => Err("the samples do not move".to_owned()),
            Coverage::Answered | Coverage::Absent if canary.dropped.gaps > 0 => {
                Err("what some pods counted was lost to a gap".to_owned())
            }
            Coverage::Answered | Coverage::Absent => {
                let sampled_at = canary.sampled_at.unwrap_or(self.taken_at);
                let requests = PerArm {
                    canary: canary.requests,
                    baseline: baseline.requests,
                };
                Ok((requests, sampled_at.min(self.taken_at)))
            }
        }
    }

    /// The requests of each arm, by the first metric that counts them: several metrics of one service count the same ones.
    #[must_use]
    pub fn requests(&self) -> PerArm<f64> {
        let first = self.counted().next();
        first.map_or_else(PerArm::default, |metric| {
            metric.arms.as_ref().map(|arm| arm.requests)
        })
    }
}

impl MetricCounts {
    /// What the queries of a value gave.
    #[must_use]
    pub fn of_value(value: ValueCounts) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }

    /// Whether the arms answered that a canary weight (percent) gives traffic.
    #[must_use]
    pub fn answered_at(&self, weight: u8) -> bool {
        let answered = |counts: &ArmCounts| counts.coverage.is_known();
        match &self.value {
            Some(value) => unanswered(value, weight).is_none(),
            None => {
                (weight == 0 || answered(&self.arms.canary))
                    && (weight == 100 || answered(&self.arms.baseline))
            }
        }
    }
}

/// Why there is no number of an arm that a canary weight (percent) gives traffic, if there is none: at 0 nothing is asked of
/// the canary, which may not exist yet, and at 100 nothing of the baseline.
#[must_use]
pub fn unanswered(value: &ValueCounts, weight: u8) -> Option<String> {
    let reason = |arm: &str, number: &Result<f64, String>| {
        let reason = number.as_ref().err()?;
        Some(format!("{arm}: {reason}"))
    };
    let canary = reason("canary", &value.canary).filter(|_| weight > 0);
    let baseline = reason("baseline", &value.baseline).filter(|_| weight < 100);
    match (canary, baseline) {
        (Some(canary), Some(baseline)) => Some(format!("{canary}; {baseline}")),
        (canary, baseline) => canary.or(baseline),
    }
}
