//! What the probes are told. The names are what monitoring systems commonly ask for, hence `latency_ms` and not `latencyMs`.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::driver::Leader;

/// How the daemon is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthAnswer {
    /// In one word.
    pub status: HealthStatus,
    /// Why not, where a probe asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The version that runs.
    pub version: String,
    /// Seconds since the process started; only with the checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<u64>,
    /// Who of several replicas leads; only with the checks, and where a Lease is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leadership: Option<LeadershipAnswer>,
    /// Each check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checked>,
}

/// Who of several replicas leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadershipAnswer {
    /// The Lease that says so, as `namespace/name`.
    pub lease: String,
    /// Whether it is this replica.
    pub is_leader: bool,
    /// Its name; null where nobody leads, or nobody was seen yet.
    pub leader: Option<String>,
}

/// How the daemon is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// Well.
    Ok,
    /// It runs, and one check or more fails.
    Degraded,
    /// Not ready: starting, stopping, or without a store.
    Unavailable,
}

/// Each check's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The store.
    pub database: CheckAnswer,
    /// What is needed to read metrics.
    pub metric_source: CheckAnswer,
    /// The deliveries.
    pub outbox: CheckAnswer,
    /// The store's schema.
    pub migrations: CheckAnswer,
    /// The API's certificate; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CheckAnswer>,
    /// The Lease; absent where none is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<CheckAnswer>,
}

impl Checked {
    /// Each check's name, and whether it is well.
    pub(super) fn each(&self) -> Vec<(&'static str, bool)> {
        let Self {
            database,
            metric_source,
            outbox,
            migrations,
            certificate,
            lease,
        } = self;
        let always = [
            ("database", database),
            ("metric_source", metric_source),
            ("outbox", outbox),
            ("migrations", migrations),
        ];
        let certificate = certificate
            .as_ref()
            .map(|certificate| ("certificate", certificate));
        let lease = lease.as_ref().map(|lease| ("lease", lease));
        always
            .into_iter()
            .chain(certificate)
            .chain(lease)
            .map(|(name, check)| (name, check.status == CheckStatus::Ok))
            .collect()
    }
}

/// One check's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// In one word.
    pub status: CheckStatus,
    /// How long the check took, in milliseconds.
    pub latency_ms: u64,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// Well.
    Ok,
    /// Not.
    Error,
}

impl From<Leader> for LeadershipAnswer {
    fn from(leader: Leader) -> Self {
        Self {
            lease: leader.lease,
            is_leader: leader.is_here,
            leader: leader.name,
        }
    }
}

impl HealthAnswer {
    pub(super) fn ok() -> Self {
        Self::bare(HealthStatus::Ok, None)
    }

    pub(super) fn unavailable(detail: &str) -> Self {
        Self::bare(HealthStatus::Unavailable, Some(detail.to_owned()))
    }

    pub(super) fn of(checks: Checked, leadership: Option<LeadershipAnswer>, uptime: Duration) -> Self {
        let status = if checks.each().iter().all(|(_, is_well)| *is_well) {
            HealthStatus::Ok
        } else {
            HealthStatus::Degraded
        };
        Self {
            uptime: Some(uptime.as_secs()),
            leadership,
            checks: Some(checks),
            ..Self::bare(status, None)
        }
    }

    pub(super) fn without_checks(self) -> Self {
        Self::bare(self.status, None)
    }

    pub(super) const fn http_status(&self) -> StatusCode {
        match self.status {
            HealthStatus::Ok => StatusCode::OK,
            HealthStatus::Degraded | HealthStatus::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn bare(status: HealthStatus, detail: Option<String>) -> Self {
        Self {
            status,
            detail,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime: None,
            leadership: None,
            checks: None,
        }
    }
}
