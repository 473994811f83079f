//! One metric of a Canary: what is counted, whose it is, and how much worse is too much.

use std::sync::Arc;

use litemap::LiteMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One question about the two arms, resolved from its template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metric {
    /// Name of the AnalysisTemplate, which also names the metric in verdicts.
    pub template: String,
    /// What is counted.
    pub question: Question,
    /// Whose series these are. `None` where the scrape source asks the arms themselves, and for a value.
    pub arms: Option<Arc<ArmLabels>>,
    /// How much worse than the baseline is still acceptable.
    pub margin: Margin,
    /// An absolute limit, if any. A value has its own, in its question.
    pub threshold: Option<Threshold>,
    /// What a `fail` of this metric does.
    pub on_fail: OnFail,
}

/// What is counted for a metric, with the template's parameters filled in.
///
/// In the label maps a value is an anchored regular expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// Requests and the bad ones among them.
    SuccessRate {
        /// Counter of all requests.
        requests: Series,
        /// Counter of failed requests: a part of `requests` (same metric, more labels), or a counter of its own.
        errors: Series,
    },
    /// A classic cumulative histogram of request durations.
    Latency {
        /// Family name, without `_bucket`, `_count` or `_sum`.
        histogram: Series,
        /// Milliseconds per unit of the histogram's `le` (1 for ms, 1000 for seconds).
        unit_ms: f64,
        /// The quantile that is watched, in (0, 1); 0.95 for the p95.
        quantile: f64,
    },
    /// One number of each arm, held against a limit and never against the other arm's.
    Value {
        /// What is asked, of a server that speaks PromQL.
        query: ArmQueries,
        /// The number's unit, for people; as the template writes it.
        unit: Option<String>,
        /// What the canary's number may be.
        limit: ValueLimit,
    },
}

/// The PromQL that asks for one number, with every variable filled in. It parses, and gives an instant vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmQueries {
    /// For the canary's number.
    pub canary: String,
    /// For that of the stable version, which is the baseline.
    pub stable: String,
}

/// What a value may be, and for how long it may be otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValueLimit {
    /// Which side of the limit is harm.
    pub bound: Bound,
    /// The limit itself, which is not harm; finite, in the query's own unit.
    pub limit: f64,
    /// Looks with a number in a row that prove harm, or health; 1..=100.
    pub looks: u32,
    /// Count a breach against the canary even while the baseline breaks the same limit.
    pub strict: bool,
}

/// A side of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// Harm is above it.
    Max,
    /// Harm is below it.
    Min,
}

impl ValueLimit {
    /// Whether a number breaks the limit.
    #[must_use]
    pub fn is_broken_by(&self, number: f64) -> bool {
        match self.bound {
            Bound::Max => number > self.limit,
            Bound::Min => number < self.limit,
        }
    }
}

/// Label name to anchored regular expression.
pub type Labels = LiteMap<String, String>;

/// How the series of the two arms are told apart, and those of their pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmLabels {
    /// The canary's: label name to anchored regular expression. Names the same labels as `stable`; at least one.
    pub canary: Labels,
    /// The stable workload's.
    pub stable: Labels,
    /// The label that tells pods apart; none of the arms' own.
    pub pod: String,
}

/// A metric name and what its labels must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Metric name.
    pub metric: String,
    /// Label name to anchored regular expression.
    pub labels: Labels,
}

/// How much worse than the baseline is still acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Margin {
    /// Error rate: harmful above `baseline × (1 + relative) + absolute`.
    ErrorRate {
        /// Relative part as a fraction: 0.5 for 50 %.
        relative: f64,
        /// Absolute part as a fraction of requests, in 0..=1: 0.005 for 0.5 %.
        absolute: f64,
    },
    /// Latency: harmful when slower than both parts allow (the laxer of the two holds).
    Latency {
        /// Relative part as a fraction: 0.2 for 20 %.
        relative: f64,
        /// Absolute part in milliseconds.
        absolute_ms: f64,
    },
    /// Value: not compared with the baseline at all.
    NotCompared,
}

/// An absolute limit on what is counted, judged on evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Threshold {
    /// Success rate: the largest acceptable share of bad requests (`min: 99%` is 0.01).
    /// Latency: the longest acceptable quantile in milliseconds.
    pub limit: f64,
    /// Count a breach against the canary even while the baseline breaks the same limit.
    pub strict: bool,
}

/// What a `fail` of one metric does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFail {
    /// Abort the rollout.
    Abort,
    /// Hold; such a metric takes no share of the false-abort rate.
    Hold,
}
