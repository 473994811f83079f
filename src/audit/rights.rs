//! What Serin may do in the cluster, and never does.

use async_trait::async_trait;

use super::finding::{Audit, Check, Severity};

/// Knows what this process may do in its cluster.
#[async_trait]
pub trait Rights: Send + Sync {
    /// Whether it may do `verb` to `resource` of `group`, in every namespace.
    ///
    /// # Errors
    /// Where nobody says, with the reason.
    async fn may(&self, verb: &str, group: &str, resource: &str) -> Result<bool, String>;
}

/// What no part of Serin does, and whoever takes its token over would like to: verb, group, resource, and how grave.
const NEVER: [(&str, &str, &str, Severity); 13] = [
    ("*", "*", "*", Severity::Critical),
    ("get", "", "secrets", Severity::High),
    ("list", "", "secrets", Severity::High),
    ("create", "", "pods", Severity::High),
    ("create", "", "pods/exec", Severity::High),
    ("create", "", "serviceaccounts/token", Severity::High),
    ("impersonate", "", "users", Severity::High),
    (
        "escalate",
        "rbac.authorization.k8s.io",
        "clusterroles",
        Severity::High,
    ),
    ("create", "apps", "deployments", Severity::High),
    ("delete", "apps", "deployments", Severity::High),
    (
        "update",
        "networking.istio.io",
        "virtualservices",
        Severity::Medium,
    ),
    ("delete", "networking.istio.io", "virtualservices", Severity::High),
    ("delete", "serin.dev", "canaries", Severity::Medium),
];

/// Asks `rights` for everything that is not needed, and adds what it has.
pub async fn excess(rights: &dyn Rights, audit: &mut Audit) {
    for (verb, group, resource, severity) in NEVER {
        match rights.may(verb, group, resource).await {
            Ok(false) => {}
            Ok(true) => {
                let name = if group.is_empty() {
                    resource.to_owned()
                } else {
                    format!("{resource}.{group}")
                };
                audit.find(
                    severity,
                    Check::RightNotNeeded,
                    format!("{verb} {name}"),
                    "it may, in every namespace, and never does",
                    "bind it to the roles in `deploy/`, and to no others",
                );
                if severity == Severity::Critical {
                    // It may do everything else as well.
                    return;
                }
            }
            Err(reason) => {
                audit.unseen.push(format!("rights in the cluster: {reason}"));
                return;
            }
        }
    }
}
