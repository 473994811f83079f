//! How far a Deployment is with its newest pod template.

use super::deployment::Deployment;

/// How far a Deployment is, as `kubectl rollout status` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rolling {
    /// All pods that it asks for, at least one, are made from the newest template and available; none of another is left.
    Complete,
    /// Not yet, for this reason.
    Waiting(String),
    /// Kubernetes gave up waiting for progress, with these words.
    Stuck(String),
}

/// How far `deployment` is.
pub(super) fn rolling(deployment: &Deployment) -> Rolling {
    if deployment.is_paused() {
        return Rolling::Waiting("its rollout is paused; hint: `kubectl rollout resume`".to_owned());
    }
    if !deployment.is_observed() {
        return Rolling::Waiting("the Deployment controller has not seen its newest template yet".to_owned());
    }
    if let Some(words) = progress_deadline(deployment) {
        return Rolling::Stuck(words);
    }
    let wanted = deployment.replicas();
    let updated = deployment.status("updatedReplicas");
    let old = deployment.status("replicas").saturating_sub(updated);
    let available = deployment.status("availableReplicas");
    if wanted == 0 {
        Rolling::Waiting("it asks for 0 replicas".to_owned())
    } else if updated < wanted {
        Rolling::Waiting(format!("{updated} of {wanted} pods have the newest template"))
    } else if old > 0 {
        Rolling::Waiting(format!("{old} pods of an older template are still there"))
    } else if available < updated {
        Rolling::Waiting(format!("{available} of {updated} pods are available"))
    } else {
        Rolling::Complete
    }
}

/// Kubernetes' words, where `progressDeadlineSeconds` passed without progress.
pub(super) fn progress_deadline(deployment: &Deployment) -> Option<String> {
    let (reason, message) = deployment.condition("Progressing", "False")?;
    (reason == "ProgressDeadlineExceeded").then(|| format!("ProgressDeadlineExceeded: {message}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Three wanted, all of them new and available, and then `changes` (RFC 7386).
    fn after(changes: &Value) -> Rolling {
        let mut object = json!({
            "metadata": {"generation": 2},
            "spec": {"replicas": 3},
            "status": {
                "observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
            },
        });
        merge(&mut object, changes);
        rolling(&object.into())
    }

    fn merge(object: &mut Value, changes: &Value) {
        match changes {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(key, value)| merge(&mut object[key], value)),
            value => *object = value.clone(),
        }
    }

    #[test]
    fn all_new_and_available_is_complete() {
        assert_eq!(after(&json!({})), Rolling::Complete);
    }

    #[test]
    fn everything_less_waits_and_says_for_what() {
        for (changes, words) in [
            (json!({"metadata": {"generation": 3}}), "not seen"),
            (json!({"spec": {"paused": true}}), "kubectl rollout resume"),
            (json!({"spec": {"replicas": 0}}), "0 replicas"),
            (
                json!({"status": {"updatedReplicas": 2}}),
                "2 of 3 pods have the newest",
            ),
            (json!({"status": {"replicas": 4}}), "1 pods of an older"),
            (
                json!({"status": {"availableReplicas": 1}}),
                "1 of 3 pods are available",
            ),
        ] {
            let Rolling::Waiting(reason) = after(&changes) else {
                panic!("{changes} should wait");
            };
            assert!(reason.contains(words), "{changes}: {reason}");
        }
    }

    #[test]
    fn a_progress_deadline_that_passed_is_stuck_only_for_the_template_it_speaks_of() {
        let passed = json!([{
            "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
            "message": "ReplicaSet \"checkout-1\" has timed out progressing.",
        }]);
        let stuck = after(&json!({"status": {"updatedReplicas": 1, "conditions": passed}}));
        assert!(matches!(stuck, Rolling::Stuck(words) if words.contains("timed out progressing")));
        let older = after(&json!({"metadata": {"generation": 3}, "status": {"conditions": passed}}));
        assert!(matches!(older, Rolling::Waiting(_)), "{older:?}");
    }
}
