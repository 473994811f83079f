//! What an audit says.

use std::fmt;

use serde::Serialize;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// To be mended when there is time.
    Medium,
    /// Somebody on the network, or on the machine, can read or do what they should not.
    High,
    /// Anybody can.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// What is looked for. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The API answers beyond this machine without TLS.
    ApiInTheOpen,
    /// A token that never expires.
    ApiTokenWithoutEnd,
    /// A token that is good for very long.
    ApiTokenLongLived,
    /// A token that expires soon, or has.
    ApiTokenExpires,
    /// Signed tokens count whomever they were made for.
    JwtForAnybody,
    /// The token of webhooks is the one that may do everything.
    WebhookTokenOpensAll,
    /// The database is asked without TLS, or whoever answers is believed.
    DatabaseInTheOpen,
    /// The database's password is one that is tried first.
    DatabaseDefaultPassword,
    /// The database is written to as somebody who may do everything there.
    DatabaseSuperuser,
    /// A data source is asked without TLS.
    DataSourceInTheOpen,
    /// A data source's certificate is taken unchecked.
    DataSourceUnchecked,
    /// News goes out without TLS.
    ChannelInTheOpen,
    /// An address that is a secret stands in a configuration file.
    ChannelAddressInFile,
    /// A webhook's receiver cannot tell who sent it.
    WebhookUnsigned,
    /// A hook is asked without TLS.
    HookInTheOpen,
    /// Somebody else on the machine can read or change a file.
    FileOpenToOthers,
    /// Serin may do in the cluster what it never does.
    RightNotNeeded,
}

impl Check {
    /// Every check that needs no cluster, in the order in which people want to hear of them.
    pub const OF_CONFIGURATION: [Self; 16] = [
        Self::ApiInTheOpen,
        Self::ApiTokenWithoutEnd,
        Self::ApiTokenLongLived,
        Self::ApiTokenExpires,
        Self::JwtForAnybody,
        Self::WebhookTokenOpensAll,
        Self::DatabaseInTheOpen,
        Self::DatabaseDefaultPassword,
        Self::DatabaseSuperuser,
        Self::DataSourceInTheOpen,
        Self::DataSourceUnchecked,
        Self::ChannelInTheOpen,
        Self::ChannelAddressInFile,
        Self::WebhookUnsigned,
        Self::HookInTheOpen,
        Self::FileOpenToOthers,
    ];

    /// The name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiInTheOpen => "api-in-the-open",
            Self::ApiTokenWithoutEnd => "api-token-without-end",
            Self::ApiTokenLongLived => "api-token-long-lived",
            Self::ApiTokenExpires => "api-token-expires",
            Self::JwtForAnybody => "jwt-for-anybody",
            Self::WebhookTokenOpensAll => "webhook-token-opens-all",
            Self::DatabaseInTheOpen => "database-in-the-open",
            Self::DatabaseDefaultPassword => "database-default-password",
            Self::DatabaseSuperuser => "database-superuser",
            Self::DataSourceInTheOpen => "data-source-in-the-open",
            Self::DataSourceUnchecked => "data-source-unchecked",
            Self::ChannelInTheOpen => "channel-in-the-open",
            Self::ChannelAddressInFile => "channel-address-in-file",
            Self::WebhookUnsigned => "webhook-unsigned",
            Self::HookInTheOpen => "hook-in-the-open",
            Self::FileOpenToOthers => "file-open-to-others",
            Self::RightNotNeeded => "right-not-needed",
        }
    }
}

/// Something that could be safer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// What was looked for.
    pub check: Check,
    /// Where: a field of the configuration, a file, a right.
    pub about: String,
    /// What was found.
    pub found: String,
    /// What to do.
    pub recommendation: String,
}

/// What was found, and what was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Audit {
    /// What was found.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
    /// The checks that found nothing.
    pub passed: Vec<Check>,
}

impl Audit {
    pub(super) fn find(
        &mut self,
        severity: Severity,
        check: Check,
        about: impl Into<String>,
        found: impl Into<String>,
        recommendation: impl Into<String>,
    ) {
        self.findings.push(Finding {
            severity,
            check,
            about: about.into(),
            found: found.into(),
            recommendation: recommendation.into(),
        });
    }

    /// The findings, the gravest first, and which of `checks` found nothing.
    #[must_use]
    pub fn sorted(mut self, checks: &[Check]) -> Self {
        self.findings
            .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.check));
        let found = |check: &&Check| !self.findings.iter().any(|finding| finding.check == **check);
        self.passed = checks.iter().filter(found).copied().collect();
        self
    }

    /// Whether something in it should keep a deployment from going ahead.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity >= Severity::High)
    }
}
