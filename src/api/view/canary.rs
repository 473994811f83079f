//! A Canary, and the rollout it has.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rollout::RolloutView;
use super::words;
use crate::api::catalog::KnownCanary;
use crate::document::{Problem, Problems};
use crate::engine::Status;
use crate::spec::{CheckedCanary, Mode};

/// One page of Canaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CanaryList {
    /// The Canaries, by namespace and then by name.
    pub items: Vec<CanaryView>,
    /// What to ask with, as `cursor`, for the next page; null after the last.
    pub next: Option<String>,
    /// What is wrong in the files and belongs to no Canary that is known. Where a namespace was asked for, only what is in files of that one
    /// alone.
    pub problems: Vec<ProblemInFile>,
}

/// A Canary, and its newest rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CanaryView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What its document says; null where the document is gone and a rollout is still there.
    pub definition: Option<DefinitionView>,
    /// Why a later edit of it was refused; empty where there is none. The definition is then the one before that edit.
    pub problems: Vec<ProblemInFile>,
    /// Its newest rollout. In a list only while this daemon holds it.
    pub rollout: Option<RolloutView>,
}

/// A Canary with its whole definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CanaryDetail {
    /// The Canary.
    #[serde(flatten)]
    pub canary: CanaryView,
    /// Its checked form, with every default filled in; null where the document is gone.
    #[schema(value_type = Option<Object>)]
    pub checked: Option<serde_json::Value>,
}

/// What a Canary's document says, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefinitionView {
    /// Whether Serin moves the traffic.
    #[schema(schema_with = words::mode)]
    pub mode: Mode,
    /// Time between two looks.
    #[schema(example = "10s")]
    pub interval: String,
    /// The weights to go through.
    pub steps: Vec<StepView>,
    /// The metrics by their templates; a metric's place is its index elsewhere.
    pub metrics: Vec<String>,
    /// The channels that are told.
    pub notify: Vec<String>,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The canary's share of traffic in percent.
    #[schema(minimum = 1, maximum = 100)]
    pub weight: u8,
    /// Least time at this weight.
    #[schema(example = "5m")]
    pub hold: String,
    /// Least number of canary requests at this weight.
    pub min_requests: u64,
    /// Whether somebody must approve before it begins.
    pub approval: bool,
}

/// One thing that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemInFile {
    /// The file.
    pub file: String,
    /// The line in it, from 1, where it is known.
    pub line: Option<u64>,
    /// The field; null where it is the document or the file as a whole.
    pub field: Option<String>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl CanaryView {
    /// What is known of a Canary: its document, its newest rollout, or both.
    pub(in crate::api) fn new(
        namespace: &str,
        name: &str,
        known: Option<&KnownCanary>,
        rollout: Option<&Status>,
    ) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            definition: known.map(|known| (&*known.canary).into()),
            problems: known.map(|known| problems(&known.problems)).unwrap_or_default(),
            rollout: rollout.map(Into::into),
        }
    }
}

/// Each problem that is listed.
pub(in crate::api) fn problems(problems: &Problems) -> Vec<ProblemInFile> {
    problems.listed.iter().map(Into::into).collect()
}

impl From<&CheckedCanary> for DefinitionView {
    fn from(canary: &CheckedCanary) -> Self {
        let steps = canary.steps.iter().map(|step| StepView {
            weight: step.weight,
            hold: humantime::format_duration(step.hold).to_string(),
            min_requests: step.min_requests,
            approval: step.approval,
        });
        let metrics = canary.analysis.metrics.iter();
        Self {
            mode: canary.mode,
            interval: humantime::format_duration(canary.analysis.interval).to_string(),
            steps: steps.collect(),
            metrics: metrics.map(|metric| metric.template.clone()).collect(),
            notify: canary.notify.clone(),
        }
    }
}

impl From<&Problem> for ProblemInFile {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.file.clone(),
            line: problem.line,
            field: problem.field.clone(),
            expected: problem.expected.clone(),
            found: problem.found.clone(),
            hint: problem.hint.clone(),
        }
    }
}
