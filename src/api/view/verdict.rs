//! A verdict, with its reasons as data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::per_arm::PerArmView;
use super::{finite, words};
use crate::engine::{
    EdgeVerdict, Evidence, EvidencePath, Measure, MetricVerdict, NoData, NoDataState, PerArm, Run,
    ThresholdVerdict, ValueVerdict, Verdict, VerdictKind,
};
use crate::spec::{Bound, OnFail};

/// What the judge says of a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerdictView {
    /// What it is. Only `pass` may raise.
    #[schema(schema_with = words::verdict)]
    pub kind: VerdictKind,
    /// The gate it was asked for: the weight to reach, in percent; 100 for the promotion.
    #[schema(maximum = 100)]
    pub gate_weight: u8,
    /// Evidence of harm over all metrics.
    pub harm: EvidenceView,
    /// Whether it is high enough to stop steps up.
    pub evidence_rising: bool,
    /// The metric with the most evidence of harm, by its index.
    pub blame: Option<usize>,
    /// Which no-data state, where the kind is `no-data`.
    pub no_data: Option<NoDataView>,
    /// The threshold that both arms break, where there is one.
    pub shared_incident: Option<String>,
    /// Whether there is no baseline beside the canary any more; then no error rate is claimed.
    pub no_concurrent_baseline: bool,
    /// By metric index.
    pub metrics: Vec<MetricView>,
}

/// Evidence as it stands against its limit: natural logarithms of how many times likelier the data are if it is so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceView {
    /// Negative where the data speak against it; null where they rule it out.
    pub log: Option<f64>,
    /// What proves it; null where nothing can.
    pub limit: Option<f64>,
    /// How far the one is on its way to the other.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub progress: f64,
}

/// A no-data state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoDataView {
    /// Which.
    #[schema(schema_with = words::no_data)]
    pub state: NoDataState,
    /// For people.
    pub reason: String,
}

/// One metric's verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricView {
    /// The metric's template.
    pub metric: String,
    /// What it is.
    #[schema(schema_with = words::verdict)]
    pub kind: VerdictKind,
    /// What is measured.
    pub measure: MeasureView,
    /// What a `fail` of this metric does.
    #[schema(schema_with = words::on_fail)]
    pub on_fail: OnFail,
    /// A ratio of bad requests, or a quantile in milliseconds (interpolated, for display), since the rollout began; null without
    /// requests. Of a value, the number of the newest look.
    pub estimate: PerArmView<Option<f64>>,
    /// Above this the canary counts as harmful, in the unit of `estimate`; for display.
    pub acceptable: Option<f64>,
    /// Requests since the rollout began.
    pub requests: PerArmView<f64>,
    /// Bad ones among them: errors, or those slower than the edge nearest the quantile.
    pub bad: PerArmView<f64>,
    /// Evidence of harm by comparison. There is none for or against a value.
    pub harm: EvidenceView,
    /// Probability bound of such evidence from a canary within its margins, valid at any time.
    pub p_value: Option<f64>,
    /// Evidence of health at the gate.
    pub health: EvidenceView,
    /// How the evidence of harm was formed; null before there was any.
    #[schema(schema_with = words::optional_path)]
    pub path: Option<EvidencePath>,
    /// Why the stable version's noise before the rollout is not known; null where it is, or is not needed.
    pub no_history: Option<String>,
    /// Expected further canary requests until health is proven at the gate; null where it never is at this rate.
    pub requests_needed: Option<f64>,
    /// Latency: which bucket edges were compared.
    pub edges: Vec<EdgeView>,
    /// The threshold's part, where there is one.
    pub threshold: Option<ThresholdView>,
    /// The looks that judge a value; null where the metric is none.
    pub value: Option<ValueView>,
    /// Why the metric is not judged at this look, if it is not.
    pub unjudged: Option<String>,
}

/// What a metric measures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum MeasureView {
    /// The ratio of bad requests, in 0..=1.
    ErrorRate,
    /// A quantile of the durations, in milliseconds.
    Quantile {
        /// Which, in 0..1.
        quantile: f64,
    },
    /// The number that a query gave.
    Value {
        /// Its unit, as the template writes it.
        unit: Option<String>,
    },
}

/// One bucket edge of a latency comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EdgeView {
    /// In milliseconds.
    pub edge_ms: Option<f64>,
    /// The baseline's ratio of slower requests.
    pub baseline_slow_ratio: Option<f64>,
    /// How many times that ratio the margin allows the canary.
    pub allowed_ratio: Option<f64>,
}

/// A threshold's part of a metric's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdView {
    /// The largest acceptable ratio of bad requests, or the longest quantile in milliseconds.
    pub limit: f64,
    /// Evidence that the canary breaks it.
    pub harm: EvidenceView,
    /// Evidence that the canary keeps it, at the gate.
    pub health: EvidenceView,
    /// Evidence that the baseline breaks it.
    pub baseline_harm: EvidenceView,
    /// Whether the canary's evidence counts as nothing because the baseline breaks the limit too.
    pub excused: bool,
}

/// How a value stands against its limit: by looks in a row, which no false-abort rate covers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueView {
    /// Which side of the limit is harm: above a `max`, below a `min`.
    #[schema(schema_with = words::bound)]
    pub bound: Bound,
    /// The limit, in the value's unit.
    pub limit: f64,
    /// Looks in a row that prove harm, or health.
    pub looks: u32,
    /// The looks in a row that each arm has, up to the newest with a number.
    pub runs: PerArmView<RunView>,
    /// Whether the canary is not held to account because the baseline breaks the limit too.
    pub excused: bool,
}

/// Looks in a row that said the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// Whether they break the limit.
    pub breaks: bool,
    /// How many they are.
    pub looks: u32,
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        Self {
            kind: verdict.kind,
            gate_weight: verdict.gate_weight,
            harm: verdict.harm.into(),
            evidence_rising: verdict.evidence_rising,
            blame: verdict.blame,
            no_data: verdict.no_data.as_ref().map(Into::into),
            shared_incident: verdict.shared_incident.clone(),
            no_concurrent_baseline: verdict.no_concurrent_baseline,
            metrics: verdict.metrics.iter().map(Into::into).collect(),
        }
    }
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        Self {
            log: finite(evidence.log),
            limit: finite(evidence.limit),
            progress: finite(evidence.progress()).unwrap_or(0.0),
        }
    }
}

impl From<&NoData> for NoDataView {
    fn from(no_data: &NoData) -> Self {
        Self {
            state: no_data.state,
            reason: no_data.reason.clone(),
        }
    }
}

impl From<&MetricVerdict> for MetricView {
    fn from(metric: &MetricVerdict) -> Self {
        Self {
            metric: metric.metric.clone(),
            kind: metric.kind,
            measure: (&metric.measure).into(),
            on_fail: metric.on_fail,
            estimate: PerArmView::of(&metric.estimate, |estimate| estimate.and_then(finite)),
            acceptable: metric.acceptable.and_then(finite),
            requests: PerArmView::of(&metric.requests, |requests| *requests),
            bad: PerArmView::of(&metric.bad, |bad| *bad),
            harm: metric.harm.into(),
            p_value: finite(metric.p_value),
            health: metric.health.into(),
            path: metric.path,
            no_history: metric.no_history.clone(),
            requests_needed: metric.requests_needed.and_then(finite),
            edges: metric.edges.iter().map(Into::into).collect(),
            threshold: metric.threshold.as_ref().map(Into::into),
            value: metric.value.as_ref().map(Into::into),
            unjudged: metric.unjudged.clone(),
        }
    }
}

impl From<&Measure> for MeasureView {
    fn from(measure: &Measure) -> Self {
        match measure {
            Measure::ErrorRate => Self::ErrorRate,
            Measure::Quantile(quantile) => Self::Quantile { quantile: *quantile },
            Measure::Value { unit } => Self::Value { unit: unit.clone() },
        }
    }
}

impl From<&EdgeVerdict> for EdgeView {
    fn from(edge: &EdgeVerdict) -> Self {
        Self {
            edge_ms: finite(edge.edge_ms),
            baseline_slow_ratio: finite(edge.baseline_slow_ratio),
            allowed_ratio: finite(edge.allowed_ratio),
        }
    }
}

impl From<&ThresholdVerdict> for ThresholdView {
    fn from(threshold: &ThresholdVerdict) -> Self {
        Self {
            limit: threshold.limit,
            harm: threshold.harm.into(),
            health: threshold.health.into(),
            baseline_harm: threshold.baseline_harm.into(),
            excused: threshold.excused,
        }
    }
}

impl From<&ValueVerdict> for ValueView {
    fn from(value: &ValueVerdict) -> Self {
        Self {
            bound: value.bound,
            limit: value.limit,
            looks: value.looks,
            runs: PerArmView::of(&value.runs, |run| (*run).into()),
            excused: value.excused,
        }
    }
}

/// As the client tells it in the engine's words.
impl From<&ValueView> for ValueVerdict {
    fn from(value: &ValueView) -> Self {
        let run = |run: RunView| Run {
            breaks: run.breaks,
            looks: run.looks,
        };
        Self {
            bound: value.bound,
            limit: value.limit,
            looks: value.looks,
            runs: PerArm {
                canary: run(value.runs.canary),
                baseline: run(value.runs.baseline),
            },
            excused: value.excused,
        }
    }
}

impl From<Run> for RunView {
    fn from(Run { breaks, looks }: Run) -> Self {
        Self { breaks, looks }
    }
}
