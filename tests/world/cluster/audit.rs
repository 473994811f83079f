//! What one user asked of the API server, by the server's own account.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Cluster;

/// A line a request of a service account, when it was answered; of a watch, when it began.
const POLICY: &str = "
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: Metadata, userGroups: ['system:serviceaccounts:serin'], omitStages: [RequestReceived]}
- {level: None}
";

/// The requests of one user.
pub(crate) struct Audit {
    log: PathBuf,
    user: String,
}

/// Writes the policy, and gives the API server's flags for it.
pub(super) fn flags(folder: &Path) -> [String; 3] {
    let policy = folder.join("audit-policy.yaml");
    fs::write(&policy, POLICY).unwrap();
    [
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", log(folder).display()),
        // Else the file begins anew in the middle of a count.
        "--audit-log-maxsize=10000".to_owned(),
    ]
}

fn log(folder: &Path) -> PathBuf {
    folder.join("audit.log")
}

impl Audit {
    /// Of this service account of Serin's namespace.
    pub(crate) fn of(cluster: &Cluster, service_account: &str) -> Self {
        Self {
            log: log(cluster.folder()),
            user: format!("system:serviceaccount:serin:{service_account}"),
        }
    }

    /// So far, by verb and resource, as `get deployments`.
    pub(crate) fn requests(&self) -> BTreeMap<String, u64> {
        let mut requests = BTreeMap::new();
        // The last line may be half there.
        let events = fs::read_to_string(&self.log).unwrap_or_default();
        for line in events.lines() {
            let Ok(event) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            // A watch has begun, and ends some time; anything else is answered once.
            let counts = match event["verb"].as_str() {
                Some("watch") => event["stage"] == "ResponseStarted",
                _ => event["stage"] == "ResponseComplete",
            };
            if counts && event["user"]["username"] == *self.user {
                let what = format!(
                    "{} {}",
                    word(&event["verb"]),
                    word(&event["objectRef"]["resource"])
                );
                *requests.entry(what).or_default() += 1;
            }
        }
        requests
    }
}
