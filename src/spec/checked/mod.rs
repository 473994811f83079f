//! The checked form of a Canary: every default filled in, every reference resolved.
//!
//! These types are proof. They are built by [`check`](super::check()) alone (tests build theirs through it too), and the
//! engine relies on what their field docs promise without asking again.

mod hook;
mod metric;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::hook::{AfterExpiry, Expiry, Hook, HookType};
pub use self::metric::{
    ArmLabels, ArmQueries, Bound, Labels, Margin, Metric, OnFail, Question, Series, Threshold, ValueLimit,
};
use super::duration_text;

/// A Canary whose every field was checked, with its templates resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckedCanary {
    /// Namespace; `default` where the document names none.
    pub namespace: String,
    /// Name, a DNS label.
    pub name: String,
    /// Whether Serin moves traffic or only watches.
    pub mode: Mode,
    /// What runs behind the traffic.
    pub workloads: Workloads,
    /// Where the weights are written.
    pub traffic: Traffic,
    /// The weights to go through: at least one, rising strictly, each in 1..=100.
    pub steps: Vec<Step>,
    /// Share of the stable replicas that a weight asks of the canary, as a fraction in 0..=1.
    /// Before a raise to *w* percent the canary needs `ceil(w/100 × stable replicas × capacity)` ready replicas.
    pub capacity: f64,
    /// Who scales the canary; `auto` only for workloads in a cluster.
    #[serde(default)]
    pub scaling: Scaling,
    /// How long a rollout may look for proof.
    #[serde(with = "duration_text")]
    pub max_duration: Duration,
    /// What happens when it found none by then.
    pub on_inconclusive: OnInconclusive,
    /// How the two arms are compared.
    pub analysis: Analysis,
    /// What happens after the last step.
    pub promotion: Promotion,
    /// HTTP calls out to a user's gates and tests, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
    /// Names of the notification channels, in the order written.
    pub notify: Vec<String>,
    /// Where it is from, and who asks for its rollouts.
    #[serde(default, skip_serializing_if = "Origin::is_document")]
    pub origin: Origin,
}

/// A rollout that somebody outside asked for is watched for so long after everything is proven, as a run of theirs waits for people; it
/// ends before that once they say that it has.
const GATE_BAKE_MIN: Duration = Duration::from_secs(24 * 60 * 60);

impl CheckedCanary {
    /// This Canary for a rollout that somebody outside asks for, who moves the traffic. Its own bake is what Serin itself would wait, and
    /// is no shorter than a day here.
    #[must_use]
    pub fn for_gate(&self) -> Self {
        let mut canary = self.clone();
        canary.origin = Origin::DocumentForGate;
        canary.promotion.bake = canary.promotion.bake.max(GATE_BAKE_MIN);
        canary
    }
}

/// Where a Canary is from, and who asks for its rollouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A document, whose rollouts Serin starts and ends.
    #[default]
    Document,
    /// A document; somebody outside, who moves the traffic, asked for this rollout.
    DocumentForGate,
    /// A request of somebody outside, who moves the traffic. There is no document.
    Gate,
}

impl Origin {
    /// Whether Serin itself starts and ends the rollouts.
    #[must_use]
    pub const fn is_document(&self) -> bool {
        matches!(self, Self::Document)
    }
}

/// Whether Serin moves traffic or only watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Judge and write weights.
    Control,
    /// Judge, journal and notify; never write traffic.
    Observe,
}

/// The two arms' workloads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workloads {
    /// The version in production before the run.
    pub stable: Workload,
    /// The version under test.
    pub canary: Workload,
}

/// One arm's workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Processes outside a cluster.
    Endpoints(Endpoints),
    /// A Deployment in the Canary's namespace.
    Deployment(Deployment),
}

/// A workload outside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// What `${workload}` stands for in templates. Given where the data source is a Prometheus server.
    pub name: Option<String>,
    /// Base addresses (`http://127.0.0.1:8081`); at least one, no two alike.
    pub addresses: Vec<String>,
}

/// A workload in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// `metadata.name`, and what `${workload}` stands for in templates.
    pub name: String,
}

impl Workload {
    /// What `${workload}` stands for in templates.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Endpoints(endpoints) => endpoints.name.as_deref(),
            Self::Deployment(deployment) => Some(&deployment.name),
        }
    }
}

impl Workloads {
    /// Whether they are objects in a cluster. Both arms are of one sort.
    #[must_use]
    pub const fn are_in_cluster(&self) -> bool {
        matches!(self.canary, Workload::Deployment(_))
    }
}

/// Where the weights are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Traffic {
    /// An Istio VirtualService manifest in a file.
    File(FileTraffic),
    /// An Istio VirtualService in a cluster.
    Istio(WeightedRoute),
}

impl Traffic {
    /// The route, wherever its VirtualService is.
    #[must_use]
    pub const fn route(&self) -> &WeightedRoute {
        match self {
            Self::File(file) => &file.route,
            Self::Istio(route) => route,
        }
    }
}

/// A VirtualService in a file, and which of its routes is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileTraffic {
    /// The manifest's path, as written; relative paths start at the Canary's own file.
    pub path: String,
    /// The VirtualService and its route.
    #[serde(flatten)]
    pub route: WeightedRoute,
}

/// A route of a VirtualService whose two weights are Serin's to move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WeightedRoute {
    /// `metadata.name` of the VirtualService.
    pub virtual_service: String,
    /// Namespace of the VirtualService: the Canary's.
    pub namespace: String,
    /// Name of the HTTP route; `None` means the only one with exactly our two destinations.
    pub route: Option<String>,
    /// The destination that serves the stable version.
    pub stable: RouteDestination,
    /// The destination that serves the canary. Never equal to `stable`.
    pub canary: RouteDestination,
}

/// The VirtualService, as messages call it.
impl fmt::Display for WeightedRoute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "VirtualService {}/{}",
            self.namespace, self.virtual_service
        )
    }
}

/// One destination of a route. At least one of the two is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteDestination {
    /// Host, short or fully qualified; `None` matches any host.
    pub host: Option<String>,
    /// Subset; `None` matches a destination without one.
    pub subset: Option<String>,
}

/// One step of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The canary's share of traffic in percent, 1..=100.
    pub weight: u8,
    /// Least time at this weight.
    #[serde(with = "duration_text")]
    pub hold: Duration,
    /// Least number of canary requests at this weight.
    pub min_requests: u64,
    /// Whether somebody must approve before this step begins.
    pub approval: bool,
}

/// Who scales the canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scaling {
    /// Not Serin.
    #[default]
    None,
    /// Serin, unless an autoscaler does.
    Auto,
}

/// What happens when `maxDuration` passed without proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// Stay at the weight, keep judging and aborting, tell people.
    Hold,
    /// Go on without proof; journalled as such.
    Advance,
    /// Lower to 0; the outcome is `inconclusive`.
    Abort,
}

/// How the two arms are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// Where the counters are read.
    pub data_source: DataSource,
    /// Time between two looks; at least a second.
    #[serde(with = "duration_text")]
    pub interval: Duration,
    /// How long after a change of an arm's pods latency is not judged.
    #[serde(with = "duration_text")]
    pub warmup: Duration,
    /// False-abort rate over the whole rollout (alpha), in (0, 0.5].
    pub false_abort_rate: f64,
    /// The questions; at least one. A metric's position here is its index everywhere else. One copy, of which every rollout of the Canary
    /// has a share: they are most of what a Canary is, and never change.
    pub metrics: Arc<[Metric]>,
    /// What happens in each no-data state.
    pub no_data: NoDataPolicies,
}

/// Where counters are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DataSource {
    /// The workloads' own `/metrics`: every endpoint is a pod.
    Scrape,
    /// The Prometheus server of this name in the configuration.
    Prometheus(String),
}

/// What happens in each no-data state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoDataPolicies {
    /// The metric source does not answer, or answers what cannot be read.
    pub source_down: NoDataPolicy,
    /// The source answers with samples that do not move.
    pub stale: NoDataPolicy,
    /// Nobody calls the service.
    pub no_traffic: NoDataPolicy,
    /// The canary is silent beside a busy baseline.
    pub canary_silent: NoDataPolicy,
    /// The baseline is silent beside a canary with traffic.
    pub baseline_silent: NoDataPolicy,
}

/// Hold until `after`, then do `then`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoDataPolicy {
    /// How long the state may last.
    #[serde(with = "duration_text")]
    pub after: Duration,
    /// What happens then.
    pub then: AfterDeadline,
}

/// What happens when a no-data state outlasts its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AfterDeadline {
    /// Go on holding, and page.
    Hold,
    /// Lower the canary to 0 and go on holding there.
    Lower,
    /// Abort.
    Abort,
}

/// What happens after the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// How long to go on watching at the last step before promotion.
    #[serde(with = "duration_text")]
    pub bake: Duration,
    /// How the canary becomes the new stable.
    pub workload: PromotionWorkload,
}

/// How the canary becomes the new stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromotionWorkload {
    /// The stable workload takes the canary's pod template; traffic returns to it.
    Copy,
    /// The canary stays at 100 until an outsider changes it.
    None,
}
