//! What the judge says of a Canary's newest rollout, as plainly as a pipeline wants it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::per_arm::PerArmView;
use super::{finite, words as sets};
use crate::engine::{Arm, MetricVerdict, Outcome, Phase, Status, VerdictKind, words};
use crate::spec::Mode;

/// The newest rollout's verdict in short. [`RolloutView`](super::RolloutView) has the evidence behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgementView {
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// The rollout's id.
    pub rollout: String,
    /// What is judged.
    pub revision: String,
    /// Whether Serin moves the traffic.
    #[schema(schema_with = sets::mode)]
    pub mode: Mode,
    /// What the judge says of the newest look; null where nothing was judged yet.
    #[schema(schema_with = sets::optional_verdict)]
    pub verdict: Option<VerdictKind>,
    /// Where the rollout is in its life.
    #[schema(schema_with = sets::phase)]
    pub phase: Phase,
    /// How it ended; null while it has not.
    #[schema(schema_with = sets::optional_outcome)]
    pub outcome: Option<Outcome>,
    /// The canary's weight in percent, as it was read or written last.
    #[schema(maximum = 100)]
    pub weight: u8,
    /// Why, in one sentence.
    pub why: String,
    /// The numbers behind it, in the order of the Canary's metrics; none where nothing was judged yet.
    pub metrics: Vec<JudgedMetricView>,
    /// Since when it is in this phase.
    #[schema(format = DateTime)]
    pub since: String,
    /// When the newest look was taken; null before the first.
    #[schema(format = DateTime)]
    pub looked_at: Option<String>,
}

/// One metric's verdict, with the numbers of both arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgedMetricView {
    /// The metric's template.
    pub metric: String,
    /// What is measured: `errors`, a quantile such as `p95`, or `value`.
    #[schema(example = "errors")]
    pub measure: String,
    /// What the judge says of it.
    #[schema(schema_with = sets::verdict)]
    pub verdict: VerdictKind,
    /// The numbers.
    #[serde(flatten)]
    pub arms: PerArmView<NumbersView>,
    /// Above this the canary counts as harmful, in the unit of `estimate`; null where that is not known.
    pub acceptable: Option<f64>,
}

/// One arm's numbers since the rollout began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NumbersView {
    /// A ratio of bad requests, a quantile in milliseconds, or the newest number; null where there is none.
    pub estimate: Option<f64>,
    /// Requests.
    pub requests: f64,
    /// Bad ones among them.
    pub bad: f64,
}

impl From<&Status> for JudgementView {
    fn from(status: &Status) -> Self {
        let verdict = status.verdict.as_ref();
        let ending = status.ending.as_ref().filter(|_| status.phase.is_final());
        Self {
            namespace: status.namespace.clone(),
            name: status.name.clone(),
            rollout: status.id.clone(),
            revision: status.revision.clone(),
            mode: status.mode,
            verdict: verdict.map(|verdict| verdict.kind),
            phase: status.phase,
            outcome: ending.map(|ending| ending.outcome),
            weight: status.weight,
            why: words::why(status),
            metrics: verdict.map_or_else(Vec::new, |verdict| {
                verdict.metrics.iter().map(Into::into).collect()
            }),
            since: status.phase_since.to_string(),
            looked_at: status.looked_at.map(|at| at.to_string()),
        }
    }
}

impl From<&MetricVerdict> for JudgedMetricView {
    fn from(metric: &MetricVerdict) -> Self {
        let numbers = |arm: Arm| NumbersView {
            estimate: metric.estimate.get(arm).and_then(finite),
            requests: *metric.requests.get(arm),
            bad: *metric.bad.get(arm),
        };
        Self {
            metric: metric.metric.clone(),
            measure: metric.measure.name(),
            verdict: metric.kind,
            arms: PerArmView {
                canary: numbers(Arm::Canary),
                baseline: numbers(Arm::Baseline),
            },
            acceptable: metric.acceptable.and_then(finite),
        }
    }
}
