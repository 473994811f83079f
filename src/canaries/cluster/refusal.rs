//! What a Canary can be in a folder and not in a cluster.

use crate::spec::{FiledCanary, Problem, Traffic};

/// Whoever may write a Canary in one namespace may not let the daemon write to its own disk, or call whatever it can reach: so in a
/// cluster everything that a Canary names is an object of its namespace.
pub(super) fn refuse(filed: &mut FiledCanary) -> Option<Problem> {
    let problem = |field: &str, expected: &str, found: &str| Problem {
        file: filed.file.clone(),
        line: None,
        field: Some(field.to_owned()),
        expected: expected.to_owned(),
        found: found.to_owned(),
        hint: Some("the rest is for Canaries in a folder (`canaries.from: folder`)".to_owned()),
    };
    if matches!(filed.canary.traffic, Traffic::File(_)) {
        return Some(problem("spec.traffic", "`istio`, in a cluster", "`file`"));
    }
    if !filed.canary.workloads.are_in_cluster() {
        let expected = "`kind: Deployment`, in a cluster";
        return Some(problem("spec.workloads.canary", expected, "`endpoints`"));
    }
    None
}
