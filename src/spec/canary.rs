//! The Canary document: what to watch, how to move traffic, which metrics, which steps.
//!
//! These structs say which fields there are and of which shape; what may stand in them, and what they are where
//! nothing stands, is the business of [`check`](super::check()). What the schemas can say of that they take from its numbers:
//! a default only where it is the same whatever the other fields say.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check::{
    DEFAULT_BAKE, DEFAULT_CANARY_SILENT_AFTER, DEFAULT_CAPACITY, DEFAULT_EXPIRY, DEFAULT_FALSE_ABORT_RATE,
    DEFAULT_HOOK_TIMEOUT, DEFAULT_INTERVAL, DEFAULT_MAX_DURATION, DEFAULT_NO_DATA_AFTER, DEFAULT_WARMUP,
    DEFAULT_WEIGHTS, MAX_CHANNELS, MAX_ENDPOINT_BYTES, MAX_ENDPOINTS, MAX_FAILURE_LIMIT, MAX_HOOK_NAME,
    MAX_HOOK_URL, MAX_HOOKS, MAX_LOOKS, MAX_METADATA, MAX_METADATA_VALUE, MAX_METRICS, MAX_RETRIES,
};
use super::checked::{
    AfterDeadline, AfterExpiry, HookType, Mode, OnFail, OnInconclusive, PromotionWorkload, Scaling,
};
use super::duration_text::text;
use super::reading::API_VERSION;
use crate::document::units::Quantity;
use crate::document::{MAX_LABEL_BYTES, MAX_SUBDOMAIN_BYTES};

/// A whole Canary document.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanaryDocument {
    /// `serin.dev/v1alpha1`.
    #[schemars(extend("const" = API_VERSION))]
    pub api_version: String,
    /// `Canary`.
    #[schemars(extend("const" = "Canary"))]
    pub kind: String,
    /// Its name.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: CanarySpec,
}

/// Name and namespace, as Kubernetes has them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// A DNS label.
    pub name: String,
    /// A DNS label.
    pub namespace: Option<String>,
    /// Labels; Serin does not look at them.
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations; Serin does not look at them.
    pub annotations: Option<BTreeMap<String, String>>,
}

/// What is wanted of a Canary.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanarySpec {
    /// Whether Serin moves traffic (`control`) or only watches (`observe`).
    #[schemars(extend("default" = "control"))]
    pub mode: Option<Mode>,
    /// What runs behind the traffic.
    pub workloads: WorkloadsSpec,
    /// Where the weights are written.
    pub traffic: TrafficSpec,
    /// The weights to go through.
    #[schemars(length(min = 1, max = 100), extend("default" = default_steps()))]
    pub steps: Option<Vec<StepSpec>>,
    /// Share of the stable replicas that a weight asks of the canary.
    #[schemars(extend("default" = DEFAULT_CAPACITY.to_string()))]
    pub capacity: Option<Quantity>,
    /// Who scales the canary.
    #[schemars(extend("default" = "none"))]
    pub scaling: Option<Scaling>,
    /// How long a rollout may look for proof.
    #[schemars(extend("default" = text(DEFAULT_MAX_DURATION)))]
    pub max_duration: Option<Quantity>,
    /// What happens when it found none by then.
    #[schemars(extend("default" = "hold"))]
    pub on_inconclusive: Option<OnInconclusive>,
    /// How the two arms are compared.
    pub analysis: AnalysisSpec,
    /// What happens after the last step.
    pub promotion: Option<PromotionSpec>,
    /// HTTP calls out to a user's gates and tests.
    #[schemars(length(max = MAX_HOOKS))]
    pub hooks: Option<Vec<HookSpec>>,
    /// Names of notification channels.
    #[schemars(length(max = MAX_CHANNELS), inner(length(max = MAX_LABEL_BYTES)))]
    pub notify: Option<Vec<String>>,
}

fn default_steps() -> Value {
    DEFAULT_WEIGHTS
        .map(|weight| json!({ "weight": weight }))
        .to_vec()
        .into()
}

/// The two arms' workloads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadsSpec {
    /// The version in production before the run.
    pub stable: WorkloadSpec,
    /// The version under test.
    pub canary: WorkloadSpec,
    /// A fresh copy of stable to compare with.
    pub baseline: Option<WorkloadSpec>,
}

/// One workload: `kind` and `name` in a cluster, `endpoints` outside; there a `name` is what its series carry in a
/// Prometheus server.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkloadSpec {
    /// Kind of the Kubernetes object.
    pub kind: Option<WorkloadKind>,
    /// Name of the Kubernetes object, or outside a cluster of whatever `${workload}` is to stand for in templates.
    #[schemars(length(max = MAX_SUBDOMAIN_BYTES))]
    pub name: Option<String>,
    /// Base addresses, such as `http://127.0.0.1:8081`.
    #[schemars(length(min = 1, max = MAX_ENDPOINTS), inner(length(max = MAX_ENDPOINT_BYTES)))]
    pub endpoints: Option<Vec<String>>,
}

/// Kinds of workload in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// `apps/v1` Deployment.
    Deployment,
}

/// Where the weights are written; exactly one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrafficSpec {
    /// A VirtualService in a cluster.
    pub istio: Option<IstioSpec>,
    /// A VirtualService manifest in a file.
    pub file: Option<FileSpec>,
}

/// A VirtualService in a cluster.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IstioSpec {
    /// Its name.
    #[schemars(length(max = MAX_SUBDOMAIN_BYTES))]
    pub virtual_service: String,
    /// Name of the HTTP route.
    pub route: Option<String>,
    /// The destination that serves the stable version.
    pub stable: DestinationSpec,
    /// The destination that serves the canary.
    pub canary: DestinationSpec,
}

/// A VirtualService manifest in a file.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileSpec {
    /// The manifest's path; a relative one starts at the Canary's own file.
    pub path: String,
    /// Its name.
    #[schemars(length(max = MAX_SUBDOMAIN_BYTES))]
    pub virtual_service: String,
    /// Name of the HTTP route.
    pub route: Option<String>,
    /// The destination that serves the stable version.
    pub stable: DestinationSpec,
    /// The destination that serves the canary.
    pub canary: DestinationSpec,
}

impl FileSpec {
    /// The same VirtualService as one in a cluster. (Strict reading knows no flattened fields, hence the two types.)
    pub(super) fn as_in_cluster(&self) -> IstioSpec {
        IstioSpec {
            virtual_service: self.virtual_service.clone(),
            route: self.route.clone(),
            stable: self.stable.clone(),
            canary: self.canary.clone(),
        }
    }
}

/// One destination of a route; at least one of the two.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DestinationSpec {
    /// Host, short or fully qualified.
    #[schemars(length(max = MAX_SUBDOMAIN_BYTES))]
    pub host: Option<String>,
    /// Subset.
    #[schemars(length(max = MAX_LABEL_BYTES))]
    pub subset: Option<String>,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepSpec {
    /// The canary's share of traffic in percent.
    #[schemars(range(min = 1, max = 100))]
    pub weight: u64,
    /// Least time at this weight.
    pub hold: Option<Quantity>,
    /// Least number of canary requests at this weight.
    pub min_requests: Option<u64>,
    /// Whether somebody must approve before this step begins.
    #[schemars(extend("default" = false))]
    pub approval: Option<bool>,
}

/// How the two arms are compared.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisSpec {
    /// Where the counters are read: a data source of the configuration, or `scrape` for the endpoints' own `/metrics`.
    pub data_source: Option<String>,
    /// Time between two looks.
    #[schemars(extend("default" = text(DEFAULT_INTERVAL)))]
    pub interval: Option<Quantity>,
    /// How long after a change of an arm's pods latency is not judged.
    #[schemars(extend("default" = text(DEFAULT_WARMUP)))]
    pub warmup: Option<Quantity>,
    /// False-abort rate over the whole rollout.
    #[schemars(extend("default" = DEFAULT_FALSE_ABORT_RATE.to_string()))]
    pub false_abort_rate: Option<Quantity>,
    /// The questions.
    #[schemars(length(min = 1, max = MAX_METRICS))]
    pub metrics: Vec<MetricSpec>,
    /// What happens in each no-data state.
    pub no_data: Option<NoDataSpec>,
}

/// One question about the two arms.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricSpec {
    /// Name of the AnalysisTemplate.
    pub template: String,
    /// Values for the template's parameters.
    pub parameters: Option<BTreeMap<String, String>>,
    /// The quantile that is watched; latency only.
    pub quantile: Option<Quantity>,
    /// How much worse than the baseline is still acceptable.
    pub margin: Option<MarginSpec>,
    /// An absolute limit.
    pub threshold: Option<ThresholdSpec>,
    /// What a `fail` does.
    #[schemars(extend("default" = "abort"))]
    pub on_fail: Option<OnFail>,
}

/// How much worse than the baseline is still acceptable.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarginSpec {
    /// In proportion to the baseline.
    pub relative: Option<Quantity>,
    /// Beyond that: a share of requests for a success rate, a time for a latency.
    pub absolute: Option<Quantity>,
}

/// An absolute limit: `min` for a success rate, `max` for a latency, either for a value. In a cluster a fraction stands in quotes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThresholdSpec {
    /// Least acceptable success rate, or value.
    pub min: Option<Quantity>,
    /// Longest acceptable time, or largest acceptable value.
    pub max: Option<Quantity>,
    /// Value: how many looks in a row prove that it breaks the limit, or keeps it; 1 to 100, and 3 where none is given.
    #[schemars(range(min = 1, max = MAX_LOOKS))]
    pub looks: Option<u64>,
    /// Count a breach against the canary even while the baseline breaks the same limit.
    pub strict: Option<bool>,
}

/// What happens in each no-data state.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoDataSpec {
    /// The metric source does not answer.
    #[schemars(extend("default" = policy(DEFAULT_NO_DATA_AFTER, "hold")))]
    pub source_down: Option<NoDataPolicySpec>,
    /// The source answers with samples that do not move.
    #[schemars(extend("default" = policy(DEFAULT_NO_DATA_AFTER, "hold")))]
    pub stale: Option<NoDataPolicySpec>,
    /// Nobody calls the service.
    #[schemars(extend("default" = policy(DEFAULT_NO_DATA_AFTER, "hold")))]
    pub no_traffic: Option<NoDataPolicySpec>,
    /// The canary is silent beside a busy baseline.
    #[schemars(extend("default" = policy(DEFAULT_CANARY_SILENT_AFTER, "abort")))]
    pub canary_silent: Option<NoDataPolicySpec>,
    /// The baseline is silent beside a canary with traffic.
    #[schemars(extend("default" = policy(DEFAULT_NO_DATA_AFTER, "hold")))]
    pub baseline_silent: Option<NoDataPolicySpec>,
}

fn policy(after: Duration, then: &str) -> Value {
    json!({ "after": text(after), "then": then })
}

/// Hold until `after`, then do `then`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoDataPolicySpec {
    /// How long the state may last.
    pub after: Option<Quantity>,
    /// What happens then.
    pub then: Option<AfterDeadline>,
}

/// What happens after the last step.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PromotionSpec {
    /// How long to go on watching at the last step.
    #[schemars(extend("default" = text(DEFAULT_BAKE)))]
    pub bake: Option<Quantity>,
    /// How the canary becomes the new stable.
    pub workload: Option<PromotionWorkload>,
}

/// An HTTP call out to a user's gate or test, as Flagger's webhooks are.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookSpec {
    /// Its name.
    #[schemars(length(min = 1, max = MAX_HOOK_NAME))]
    pub name: String,
    /// When it is called.
    pub r#type: HookType,
    /// Where. It begins as one of the addresses that the administrator lists does (`hooks.allow` of the configuration).
    #[schemars(length(max = MAX_HOOK_URL))]
    pub url: String,
    /// How long its answer may take.
    #[schemars(extend("default" = text(DEFAULT_HOOK_TIMEOUT)))]
    pub timeout: Option<Quantity>,
    /// How often it is called again where it does not answer, or with 429 or 5xx.
    #[schemars(range(max = MAX_RETRIES), extend("default" = 0))]
    pub retries: Option<u64>,
    /// What it is told beside the Canary's name.
    #[schemars(extend(
        "maxProperties" = MAX_METADATA,
        "additionalProperties" = json!({ "type": "string", "maxLength": MAX_METADATA_VALUE }),
    ))]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Of a `pre-rollout` or `rollout` hook: how many answers in a row that do not pass abort the rollout. Without it they only hold it.
    #[schemars(range(min = 1, max = MAX_FAILURE_LIMIT))]
    pub failure_limit: Option<u64>,
    /// How long a rollout waits for it.
    pub expires: Option<ExpirySpec>,
}

/// How long a rollout waits for a hook.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpirySpec {
    /// From the first time that it is asked about the same thing.
    #[schemars(extend("default" = text(DEFAULT_EXPIRY)))]
    pub after: Option<Quantity>,
    /// What happens then.
    #[schemars(extend("default" = "hold"))]
    pub then: Option<AfterExpiry>,
}
