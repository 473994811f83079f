//! The one table of what each route takes.

use std::fmt::Write;

use axum::http::Method;

use super::role::Role;

/// What somebody may do. In the order in which the README has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// See everything: Canaries, rollouts, verdicts, the stream.
    Read,
    /// Start a rollout.
    Start,
    /// Stop raising.
    Pause,
    /// Go on.
    Resume,
    /// Let a step begin that asks for it.
    Approve,
    /// Send all traffic to stable.
    Abort,
    /// Have a revision judged by webhooks, which raises nothing.
    Judge,
    /// Skip the remaining gates.
    Promote,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Start,
        Self::Pause,
        Self::Resume,
        Self::Approve,
        Self::Abort,
        Self::Judge,
        Self::Promote,
    ];

    /// The name in problems, and the verb.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Approve => "approve",
            Self::Abort => "abort",
            Self::Judge => "judge",
            Self::Promote => "promote",
        }
    }

    /// The least role that has it. Whoever is on call can stop anything, and nobody but an admin skips a gate.
    #[must_use]
    pub const fn least(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Start | Self::Pause | Self::Resume | Self::Approve | Self::Abort | Self::Judge => {
                Role::Operator
            }
            Self::Promote => Role::Admin,
        }
    }
}

/// What a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// Its method.
    pub method: &'static str,
    /// Its path, as the document of the API has it.
    pub path: &'static str,
    /// What its caller must be allowed.
    pub right: Right,
}

const fn permission(method: &'static str, path: &'static str, right: Right) -> Permission {
    Permission { method, path, right }
}

/// Every route with what it takes.
pub const PERMISSIONS: [Permission; 16] = [
    permission("GET", "/api/v1/canaries", Right::Read),
    permission("GET", "/api/v1/canaries/{namespace}/{name}", Right::Read),
    permission("GET", "/api/v1/rollouts", Right::Read),
    permission("GET", "/api/v1/rollouts/{id}", Right::Read),
    permission("GET", "/api/v1/rollouts/{id}/events", Right::Read),
    permission("GET", "/api/v1/rollouts/{id}/deliveries", Right::Read),
    permission("GET", "/api/v1/verdicts/{namespace}/{name}", Right::Read),
    permission("GET", "/api/v1/stream", Right::Read),
    permission("GET", "/api/v1/openapi.json", Right::Read),
    permission("POST", "/api/v1/canaries/{namespace}/{name}/start", Right::Start),
    permission("POST", "/api/v1/canaries/{namespace}/{name}/pause", Right::Pause),
    permission(
        "POST",
        "/api/v1/canaries/{namespace}/{name}/resume",
        Right::Resume,
    ),
    permission(
        "POST",
        "/api/v1/canaries/{namespace}/{name}/approve",
        Right::Approve,
    ),
    permission("POST", "/api/v1/canaries/{namespace}/{name}/abort", Right::Abort),
    permission(
        "POST",
        "/api/v1/canaries/{namespace}/{name}/promote",
        Right::Promote,
    ),
    permission("POST", "/webhooks/flagger/{hook}", Right::Judge),
];

/// The row of a route; a HEAD is a GET.
pub(super) fn row(method: &Method, path: &str) -> Option<Permission> {
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let is_it = |row: &Permission| row.method == method && row.path == path;
    PERMISSIONS.into_iter().find(is_it)
}

/// Whether a path has a row, with whatever method.
pub(super) fn has_path(path: &str) -> bool {
    PERMISSIONS.iter().any(|row| row.path == path)
}

/// The least role that a route takes, for its description.
#[must_use]
pub fn least_role(method: &Method, path: &str) -> Option<Role> {
    row(method, path).map(|row| row.right.least())
}

/// The table for people, in Markdown.
#[must_use]
pub fn table() -> String {
    let mut table = "| right | routes | viewer | operator | admin |\n|---|---|---|---|---|\n".to_owned();
    for right in Right::ALL {
        let mut rows = PERMISSIONS.iter().filter(|row| row.right == right);
        let routes = match (rows.next(), rows.next()) {
            (Some(only), None) => format!("`{} {}`", only.method, only.path),
            _ => "every `GET`".to_owned(),
        };
        let may = Role::ALL.map(|role| if role >= right.least() { "yes" } else { "" });
        // A write to a String does not fail.
        let _ = writeln!(table, "| {} | {routes} | {} |", right.name(), may.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_may_abort_than_may_promote() {
        assert!(Right::Abort.least() < Right::Promote.least());
    }

    #[test]
    fn whatever_changes_something_takes_more_than_a_look() {
        for row in PERMISSIONS {
            assert_eq!(row.method == "GET", row.right == Right::Read, "{row:?}");
            assert_eq!(
                row.right == Right::Read,
                row.right.least() == Role::Viewer,
                "{row:?}"
            );
        }
    }
}
