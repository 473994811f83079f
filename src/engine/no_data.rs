//! Missing data is not an outcome: the states that it has.

use serde::{Deserialize, Serialize};

use crate::spec::{NoDataPolicies, NoDataPolicy};

/// Why a look gave nothing to judge by; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoDataState {
    /// The metric source does not answer, or answers what cannot be read.
    SourceDown,
    /// The source answers with samples that do not move.
    Stale,
    /// The canary is silent beside a busy baseline.
    CanarySilent,
    /// The baseline is silent beside a canary with traffic.
    BaselineSilent,
    /// Nobody calls the service.
    NoTraffic,
}

impl NoDataState {
    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SourceDown => "sourceDown",
            Self::Stale => "stale",
            Self::CanarySilent => "canarySilent",
            Self::BaselineSilent => "baselineSilent",
            Self::NoTraffic => "noTraffic",
        }
    }

    /// What the user wants done about it.
    #[must_use]
    pub const fn policy(self, policies: &NoDataPolicies) -> NoDataPolicy {
        match self {
            Self::SourceDown => policies.source_down,
            Self::Stale => policies.stale,
            Self::CanarySilent => policies.canary_silent,
            Self::BaselineSilent => policies.baseline_silent,
            Self::NoTraffic => policies.no_traffic,
        }
    }
}

/// A no-data state with its particulars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoData {
    /// Which state.
    pub state: NoDataState,
    /// For people.
    pub reason: String,
}
