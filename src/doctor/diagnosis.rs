//! Everything that was found: data source, Canary, metric, findings.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::finding::{Finding, Level};

/// What was found, by data source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Those that a Canary names.
    pub data_sources: Vec<SourceDiagnosis>,
    /// The servers that hooks may go to.
    pub hooks: Vec<HookDiagnosis>,
}

/// A server that hooks may go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookDiagnosis {
    /// Its scheme, host and port.
    pub server: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// A data source, and its Canaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceDiagnosis {
    /// Its name in the configuration; `scrape` where the endpoints themselves are asked.
    pub name: String,
    /// Where it is.
    pub address: Option<String>,
    /// What was found of itself.
    pub findings: Vec<Finding>,
    /// The Canaries that name it, in the order written.
    pub canaries: Vec<CanaryDiagnosis>,
}

/// A Canary, and its metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CanaryDiagnosis {
    /// Namespace and name.
    pub canary: String,
    /// Time between two looks; in JSON in milliseconds.
    #[serde(rename = "interval_ms", serialize_with = "milliseconds")]
    pub interval: Duration,
    /// Whether it could be judged: no finding is a problem.
    pub can_be_judged: bool,
    /// What was found of the Canary as a whole.
    pub findings: Vec<Finding>,
    /// Its metrics, in the order written.
    pub metrics: Vec<MetricDiagnosis>,
}

/// A metric of a Canary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricDiagnosis {
    /// Its AnalysisTemplate.
    pub template: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Every Canary.
    pub fn canaries(&self) -> impl Iterator<Item = &CanaryDiagnosis> {
        self.data_sources.iter().flat_map(|source| &source.canaries)
    }
}

impl CanaryDiagnosis {
    pub(super) fn new(
        canary: String,
        interval: Duration,
        findings: Vec<Finding>,
        metrics: Vec<MetricDiagnosis>,
    ) -> Self {
        let of_metrics = metrics.iter().flat_map(|metric| &metric.findings);
        let mut all = findings.iter().chain(of_metrics);
        Self {
            can_be_judged: all.all(|finding| finding.level < Level::Problem),
            canary,
            interval,
            findings,
            metrics,
        }
    }
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
