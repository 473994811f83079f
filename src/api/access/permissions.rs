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
    /// The same in a cluster's words, where its rules decide: a verb on `canaries.serin.dev`.
    pub verb: &'static str,
    /// On which of them.
    pub scope: Scope,
}

/// Which Canaries a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The one that its path names.
    Canary,
    /// Those of the namespace that its query names; without one all of them.
    Query,
    /// All of them: what names a rollout does not say whose it is.
    All,
    /// None: whoever is known may.
    Nothing,
}

const fn reads(path: &'static str, verb: &'static str, scope: Scope) -> Permission {
    Permission {
        method: "GET",
        path,
        right: Right::Read,
        verb,
        scope,
    }
}

const fn commands(path: &'static str, right: Right, scope: Scope) -> Permission {
    Permission {
        method: "POST",
        path,
        right,
        verb: right.name(),
        scope,
    }
}

/// Every route with what it takes.
pub const PERMISSIONS: [Permission; 16] = [
    reads("/api/v1/canaries", "list", Scope::Query),
    reads("/api/v1/canaries/{namespace}/{name}", "get", Scope::Canary),
    reads("/api/v1/rollouts", "list", Scope::Query),
    reads("/api/v1/rollouts/{id}", "list", Scope::All),
    reads("/api/v1/rollouts/{id}/events", "list", Scope::All),
    reads("/api/v1/rollouts/{id}/deliveries", "list", Scope::All),
    reads("/api/v1/verdicts/{namespace}/{name}", "get", Scope::Canary),
    reads("/api/v1/stream", "watch", Scope::Query),
    reads("/api/v1/openapi.json", "get", Scope::Nothing),
    commands(
        "/api/v1/canaries/{namespace}/{name}/start",
        Right::Start,
        Scope::Canary,
    ),
    commands(
        "/api/v1/canaries/{namespace}/{name}/pause",
        Right::Pause,
        Scope::Canary,
    ),
    commands(
        "/api/v1/canaries/{namespace}/{name}/resume",
        Right::Resume,
        Scope::Canary,
    ),
    commands(
        "/api/v1/canaries/{namespace}/{name}/approve",
        Right::Approve,
        Scope::Canary,
    ),
    commands(
        "/api/v1/canaries/{namespace}/{name}/abort",
        Right::Abort,
        Scope::Canary,
    ),
    commands(
        "/api/v1/canaries/{namespace}/{name}/promote",
        Right::Promote,
        Scope::Canary,
    ),
    commands("/webhooks/flagger/{hook}", Right::Judge, Scope::All),
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
    let mut table = "| right | routes | viewer | operator | admin | verb on `canaries.serin.dev` |\n|---|---|---|---|---|---|\n".to_owned();
    for right in Right::ALL {
        let rows = || PERMISSIONS.iter().filter(|row| row.right == right);
        let routes = match (rows().next(), rows().count()) {
            (Some(only), 1) => format!("`{} {}`", only.method, only.path),
            _ => "every `GET`".to_owned(),
        };
        let mut verbs: Vec<String> = rows().map(|row| format!("`{}`", row.verb)).collect();
        verbs.sort();
        verbs.dedup();
        let may = Role::ALL.map(|role| if role >= right.least() { "yes" } else { "" });
        let (may, verbs) = (may.join(" | "), verbs.join(", "));
        // A write to a String does not fail.
        let _ = writeln!(table, "| {} | {routes} | {may} | {verbs} |", right.name());
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
