//! What one poll read from a metric source, before any difference is taken.
//!
//! A source reports raw counters and the numbers that `value` queries gave, and nothing else: it takes no rates,
//! invents no zeros, and says of each pod that it expected and did not hear why. The differences are the judge's
//! (`judge/counting.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use crate::spec::{CheckedCanary, Timestamp};

/// One poll, as it is handed to the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// When the poll began. Only a look that began after a weight was read back counts for that weight.
    pub taken_at: Timestamp,
    /// One reading for each metric of the Canary, by its index, or why the source as a whole gave none.
    pub readings: Result<Vec<MetricReading>, SourceDown>,
}

/// The source gave nothing that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDown {
    /// Why, for people.
    pub reason: String,
}

/// What was read for one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricReading {
    /// Success rate and latency: raw counters.
    Counters(CounterReading),
    /// Value: the number that each arm's query gave, which is finite; or, for people, why there is none (no series, say, or
    /// several where one was due).
    Value(PerArm<Result<f64, String>>),
}

/// The raw counters that were read for one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CounterReading {
    /// Finite bucket edges in milliseconds, ascending; empty for a success rate.
    pub edges_ms: Vec<f64>,
    /// What each arm answered.
    pub arms: PerArm<ArmReading>,
    /// When this was, by the clock that the samples' times are of.
    pub read_at: Timestamp,
}

/// What one arm answered for one metric. With neither pods nor missing ones, the source answered and has no series of this arm.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ArmReading {
    /// Pods that answered, by name. An endpoint outside a cluster is a pod.
    pub pods: BTreeMap<String, PodReading>,
    /// Pods that should have answered and did not, with the reason. A pod that is in `pods` as well did
    /// answer and is counted: the reason then says what people should know about its zeros (that no pod has
    /// such a series, say).
    pub missing: BTreeMap<String, String>,
}

impl ArmReading {
    /// Adds what a pod answered, or why it did not.
    pub fn add(&mut self, pod: &str, answer: Result<PodReading, String>) {
        match answer {
            Ok(reading) => drop(self.pods.insert(pod.to_owned(), reading)),
            Err(reason) => drop(self.missing.insert(pod.to_owned(), reason)),
        }
    }
}

/// The counters of one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodReading {
    /// When the pod's process started, where that is known.
    pub started_at: Option<Timestamp>,
    /// Time of the samples (not of their arrival).
    pub sampled_at: Timestamp,
    /// All requests.
    pub requests: CounterSum,
    /// Success rate: one sum, the errors. Latency: one cumulative sum for each of `edges_ms`.
    pub parts: Vec<CounterSum>,
}

/// A sum over the counters that share a pod and a class.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CounterSum {
    /// The sum; finite and not negative.
    pub value: f64,
    /// How many series it has. A sum that lost a member looks like a reset and is not one.
    pub series: u32,
}

/// What the stable version did before the rollout, for one metric: where its noise and its usual rate are
/// learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricHistory {
    /// Finite bucket edges in milliseconds, ascending; empty for a success rate.
    pub edges_ms: Vec<f64>,
    /// Counts by poll, oldest first, and within it by pod; every poll has the same pods in the same order.
    pub polls: Vec<Vec<PodCounts>>,
}

/// What is known of a metric's history when a rollout begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MetricPast {
    /// All that there is.
    Known(MetricHistory),
    /// Nothing, and why, for people.
    Unknown(String),
}

impl MetricPast {
    /// The same reason for all metrics of `canary`.
    #[must_use]
    pub fn unknown_to_all(canary: &CheckedCanary, reason: &str) -> Vec<Self> {
        vec![Self::Unknown(reason.to_owned()); canary.analysis.metrics.len()]
    }

    /// The history, where there is one.
    #[must_use]
    pub const fn known(&self) -> Option<&MetricHistory> {
        match self {
            Self::Known(history) => Some(history),
            Self::Unknown(_) => None,
        }
    }
}

/// What one poll added to one pod.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PodCounts {
    /// Requests.
    pub requests: f64,
    /// Success rate: one number, the errors. Latency: requests slower than each edge.
    pub bad: Vec<f64>,
}
