//! What the probes are told. The names are what monitoring systems commonly ask for, hence `latency_ms` and not `latencyMs`.

use std::time::Duration;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

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
    /// Each check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Checked>,
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
}

impl Checked {
    /// Each check's name, and whether it is well.
    pub(super) fn each(&self) -> [(&'static str, bool); 4] {
        let Self {
            database,
            metric_source,
            outbox,
            migrations,
        } = self;
        [
            ("database", database),
            ("metric_source", metric_source),
            ("outbox", outbox),
            ("migrations", migrations),
        ]
        .map(|(name, check)| (name, check.status == CheckStatus::Ok))
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

impl HealthAnswer {
    pub(super) fn ok() -> Self {
        Self::bare(HealthStatus::Ok, None)
    }

    pub(super) fn unavailable(detail: &str) -> Self {
        Self::bare(HealthStatus::Unavailable, Some(detail.to_owned()))
    }

    pub(super) fn of(checks: Checked, uptime: Duration) -> Self {
        let status = if checks.each().iter().all(|(_, is_well)| *is_well) {
            HealthStatus::Ok
        } else {
            HealthStatus::Degraded
        };
        Self {
            uptime: Some(uptime.as_secs()),
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
            checks: None,
        }
    }
}
