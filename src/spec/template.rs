//! The AnalysisTemplate document: a metric's definition, for many Canaries to use.
//!
//! As with [`canary`](super::canary): the shapes are here, the rules in [`check`](super::check()).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::canary::Metadata;
use super::reading::API_VERSION;

/// A whole AnalysisTemplate document.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateDocument {
    /// `serin.dev/v1alpha1`.
    #[schemars(extend("const" = API_VERSION))]
    pub api_version: String,
    /// `AnalysisTemplate`.
    #[schemars(extend("const" = "AnalysisTemplate"))]
    pub kind: String,
    /// Its name.
    pub metadata: Metadata,
    /// What is measured.
    pub spec: TemplateSpec,
}

/// What is measured: exactly one of `successRate`, `latency` and `value`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["successRate"] },
    { "required": ["latency"] },
    { "required": ["value"] },
]))]
pub struct TemplateSpec {
    /// Names that the rest may use as `${name}`, with the value that each has unless the Canary gives another. A value may itself use
    /// what is built in: `${workload}` and `${subset}` of the arm, `${host}` of its destination, `${namespace}` and `${name}` of the
    /// Canary. What speaks of an arm is for `arm`, `stable` and `canary`.
    pub parameters: Option<BTreeMap<String, String>>,
    /// Requests and the failed ones among them.
    pub success_rate: Option<SuccessRateSpec>,
    /// Request durations.
    pub latency: Option<LatencySpec>,
    /// One number, judged against a threshold only.
    pub value: Option<ValueSpec>,
    /// Labels of an arm's series, by label name: anchored regular expressions that may use what is built in.
    pub arm: Option<BTreeMap<String, String>>,
    /// More labels of the stable arm's series, for exporters that have no name for each arm.
    pub stable: Option<BTreeMap<String, String>>,
    /// More labels of the canary's; the same ones.
    pub canary: Option<BTreeMap<String, String>>,
    /// The label that tells pods apart.
    pub pod: Option<String>,
}

/// Requests and the failed ones among them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuccessRateSpec {
    /// Counter of all requests.
    pub requests: RequestsSpec,
    /// Counter of the failed ones.
    pub errors: ErrorsSpec,
}

/// Counter of all requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestsSpec {
    /// Name of the metric.
    pub metric: String,
    /// Label name to anchored regular expression.
    pub r#match: Option<BTreeMap<String, String>>,
}

/// Counter of failed requests: without `metric` a part of the requests, with it a counter of its own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorsSpec {
    /// Name of the metric.
    pub metric: Option<String>,
    /// Label name to anchored regular expression. Where this is a part of the requests these are added to theirs, and
    /// win where both name a label.
    pub r#match: Option<BTreeMap<String, String>>,
}

/// A classic histogram of request durations.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencySpec {
    /// Name of the family, without `_bucket`.
    pub histogram: String,
    /// Unit of its `le`. Without a default: a guess that is wrong is wrong by a factor of a thousand.
    pub unit: LatencyUnit,
    /// Label name to anchored regular expression.
    pub r#match: Option<BTreeMap<String, String>>,
}

/// Unit of a histogram's `le`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum LatencyUnit {
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
}

/// One number.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueSpec {
    /// PromQL; may use the parameters, `${workload}` and `${namespace}`.
    pub query: String,
    /// Unit of the number, for people.
    pub unit: Option<String>,
}
