//! What the judge says of a look, with its reasons as data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use super::judge::hedge::Path;
use super::no_data::NoData;
use crate::spec::{Bound, OnFail};

/// The four things a verdict can be. Only `pass` may raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// The canary is proven healthy for the next gate, and no evidence of harm is rising.
    Pass,
    /// The canary is proven harmful.
    Fail,
    /// Too little evidence either way.
    Inconclusive,
    /// Nothing to judge by.
    NoData,
}

impl VerdictKind {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no-data",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rollout's verdict at a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What it is.
    pub kind: VerdictKind,
    /// The gate it was asked for: the weight to reach, in percent; 100 for the promotion.
    pub gate_weight: u8,
    /// Evidence of harm over all metrics, against the limit at which the rollout aborts.
    pub harm: Evidence,
    /// Whether the evidence of harm is high enough to stop steps up.
    pub evidence_rising: bool,
    /// The metric with the most evidence of harm, by its index.
    pub blame: Option<usize>,
    /// Which no-data state, where the kind is `no-data`.
    pub no_data: Option<NoData>,
    /// The threshold that both arms break, where there is one.
    pub shared_incident: Option<String>,
    /// Whether there is no baseline beside the canary any more (at 100 %): then limits frozen from this
    /// rollout judge, and no error rate is claimed.
    pub no_concurrent_baseline: bool,
    /// By metric index.
    pub metrics: Vec<MetricVerdict>,
}

/// Evidence as it stands against its limit. Both are natural logarithms of an e-value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `ln E`. Negative where the data speak against it.
    #[serde(with = "super::judge::log_text")]
    pub log: f64,
    /// The limit that proves it.
    pub limit: f64,
}

impl Evidence {
    /// Whether it is proven.
    #[must_use]
    pub fn is_proof(self) -> bool {
        self.log >= self.limit
    }

    /// The same evidence in the units of a whole that it is a share of, whose limit this is: as much of that limit as it is of its own.
    #[must_use]
    pub fn in_units_of(self, limit: f64) -> Self {
        Self {
            log: self.log + (limit - self.limit),
            limit,
        }
    }

    /// How far it is on its way to the limit, in 0..=1.
    #[must_use]
    pub fn progress(self) -> f64 {
        (self.log / self.limit).clamp(0.0, 1.0)
    }
}

/// One metric's verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricVerdict {
    /// The metric's template.
    pub metric: String,
    /// What it is.
    pub kind: VerdictKind,
    /// What is measured.
    pub measure: Measure,
    /// What a `fail` of this metric does.
    pub on_fail: OnFail,
    /// Error ratio, or the quantile in milliseconds (interpolated, for display only), since the rollout began; of a value,
    /// the number of the newest look.
    pub estimate: PerArm<Option<f64>>,
    /// Above this the canary counts as harmful, in the unit of `estimate`; display only.
    pub acceptable: Option<f64>,
    /// Requests since the rollout began.
    pub requests: PerArm<f64>,
    /// Bad requests among them: errors, or those slower than the edge nearest the quantile.
    pub bad: PerArm<f64>,
    /// Evidence of harm by comparison, before its share of the budget; the limit includes that share. There is none for or
    /// against a value.
    pub harm: Evidence,
    /// Probability bound of such evidence from a canary within its margins, valid at any time.
    pub p_value: f64,
    /// Evidence of health at the gate.
    pub health: Evidence,
    /// How the evidence of harm was formed; none before the first look at a histogram.
    pub path: Option<Path>,
    /// Why the stable version's noise before the rollout is not known, where the path is the one without history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_history: Option<String>,
    /// Expected further canary requests until health is proven at the gate, if it ever is at this rate.
    pub requests_needed: Option<f64>,
    /// Latency: which bucket edges were compared.
    pub edges: Vec<EdgeVerdict>,
    /// The threshold's part, where there is one.
    pub threshold: Option<ThresholdVerdict>,
    /// The looks that judge a value, where the metric is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueVerdict>,
    /// Why the metric is not judged at this look, if it is not.
    pub unjudged: Option<String>,
}

impl MetricVerdict {
    /// What speaks most against the canary: the limit, in the unit of `estimate`, and the evidence that it is beyond that. By comparison
    /// with the baseline, unless the threshold has more evidence.
    #[must_use]
    pub fn gravest_harm(&self) -> (Option<f64>, Evidence) {
        match self.broken_threshold() {
            Some(threshold) => (Some(threshold.limit), threshold.harm),
            None => (self.acceptable, self.harm),
        }
    }

    /// The threshold, where it has more evidence against the canary than the comparison has.
    #[must_use]
    pub fn broken_threshold(&self) -> Option<&ThresholdVerdict> {
        let threshold = self.threshold.as_ref();
        // Each has a limit of its own, by its share.
        let short_of_proof = |harm: Evidence| harm.limit - harm.log;
        threshold.filter(|threshold| short_of_proof(threshold.harm) < short_of_proof(self.harm))
    }
}

/// What a metric measures, which is the unit of its estimates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of bad requests, in 0..=1.
    ErrorRate,
    /// This quantile (in 0..1) of the durations, in milliseconds.
    Quantile(f64),
    /// The number that a query gave.
    Value {
        /// Its unit, as the template writes it.
        unit: Option<String>,
    },
}

/// One bucket edge of a latency comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EdgeVerdict {
    /// The edge in milliseconds.
    pub edge_ms: f64,
    /// The baseline's share of slower requests.
    pub baseline_slow_ratio: f64,
    /// How many times that share the margin allows the canary.
    pub allowed_ratio: f64,
}

/// A threshold's part of a metric's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdVerdict {
    /// The limit: largest share of errors, or longest quantile in milliseconds.
    pub limit: f64,
    /// Evidence that the canary breaks it.
    pub harm: Evidence,
    /// Evidence that the canary keeps it, at the gate.
    pub health: Evidence,
    /// Evidence that the baseline breaks it.
    pub baseline_harm: Evidence,
    /// Whether the canary's evidence counts as nothing because the baseline breaks the limit too.
    pub excused: bool,
}

/// How a value stands against its limit: by looks in a row, which no false-abort rate covers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValueVerdict {
    /// Which side of the limit is harm.
    pub bound: Bound,
    /// The limit, in the value's unit.
    pub limit: f64,
    /// Looks in a row that prove harm, or health.
    pub looks: u32,
    /// The looks in a row that each arm has, up to the newest with a number.
    pub runs: PerArm<Run>,
    /// Whether the canary is not held to account because the baseline breaks the limit too.
    pub excused: bool,
}

/// Looks in a row that said the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    /// Whether they break the limit.
    pub breaks: bool,
    /// How many they are.
    pub looks: u32,
}

impl Run {
    /// Adds a look.
    pub(super) const fn add(&mut self, breaks: bool) {
        if self.breaks != breaks {
            *self = Self { breaks, looks: 0 };
        }
        self.looks = self.looks.saturating_add(1);
    }
}
