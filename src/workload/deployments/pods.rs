//! The pods of a Deployment's newest template, and which of them serve.
//!
//! A pod of an older ReplicaSet may be ready for a long time after the template changed: it is another version, and does not count.

use serde_json::Value;

use super::deployment::Deployment;
use super::template::same;
use super::trouble::{Trouble, trouble};

/// The label by which the Deployment controller tells the pods of its ReplicaSets apart.
pub(super) const HASH_LABEL: &str = "pod-template-hash";

/// What the pods of the newest template say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pods {
    /// How many are there; those that are being deleted are not.
    pub(super) there: u32,
    /// How many of them are ready.
    pub(super) ready: u32,
    /// What keeps one of the others from it: the gravest, and of those the first by its pod's name.
    pub(super) trouble: Option<Trouble>,
}

/// What `deployment`'s newest pods say; `None` while there is no ReplicaSet for its newest template.
pub(super) fn newest(deployment: &Deployment, replica_sets: &[Value], pods: &[Value]) -> Option<Pods> {
    let hash = newest_hash(deployment, replica_sets)?;
    let mut pods: Vec<&Value> = pods
        .iter()
        .filter(|pod| pod["metadata"]["labels"][HASH_LABEL] == hash)
        .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null())
        .collect();
    pods.sort_by_key(|pod| pod["metadata"]["name"].as_str());
    let ready = pods.iter().filter(|pod| is_ready(pod)).count();
    let troubles = pods.iter().filter(|pod| !is_ready(pod)).map(|pod| trouble(pod));
    Some(Pods {
        there: count(pods.len()),
        ready: count(ready),
        trouble: troubles.reduce(Trouble::graver),
    })
}

/// The Deployment controller's own rule: the ReplicaSet with the same template, the oldest of several.
fn newest_hash<'a>(deployment: &Deployment, replica_sets: &'a [Value]) -> Option<&'a str> {
    let own = replica_sets
        .iter()
        .filter(|set| is_owned_by(set, deployment.uid()))
        .filter(|set| same(&set["spec"]["template"], deployment.template()));
    let newest = own.min_by_key(|set| set["metadata"]["creationTimestamp"].as_str())?;
    newest["metadata"]["labels"][HASH_LABEL].as_str()
}

fn is_owned_by(object: &Value, uid: &str) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(image: &str) -> Value {
        json!({"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "app", "image": image}]}})
    }

    fn deployment(image: &str) -> Deployment {
        json!({"metadata": {"uid": "d1"}, "spec": {"template": template(image)}}).into()
    }

    /// The ReplicaSet of one image, whose hash is that image.
    fn replica_set(owner: &str, image: &str, created: &str) -> Value {
        let mut template = template(image);
        template["metadata"]["labels"][HASH_LABEL] = json!(image);
        json!({
            "metadata": {
                "creationTimestamp": created, "labels": {HASH_LABEL: image}, "ownerReferences": [{"uid": owner}],
            },
            "spec": {"template": template},
        })
    }

    fn pod(name: &str, hash: &str, ready: &str) -> Value {
        json!({
            "metadata": {"name": name, "labels": {HASH_LABEL: hash}},
            "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
        })
    }

    #[test]
    fn a_ready_pod_of_an_older_template_does_not_count() {
        let sets = [replica_set("d1", "v1", "1"), replica_set("d1", "v2", "2")];
        let pods = [
            pod("a", "v1", "True"),
            pod("b", "v1", "True"),
            pod("c", "v2", "False"),
        ];
        let newest = newest(&deployment("v2"), &sets, &pods).expect("v2 has its ReplicaSet");
        assert_eq!((newest.there, newest.ready), (1, 0));
        assert!(newest.trouble.is_some());
    }

    #[test]
    fn a_template_that_went_back_has_its_old_replica_set_again() {
        let sets = [replica_set("d1", "v1", "1"), replica_set("d1", "v2", "2")];
        let pods = [pod("a", "v1", "True"), pod("c", "v2", "True")];
        let newest = newest(&deployment("v1"), &sets, &pods).expect("v1 has its ReplicaSet");
        assert_eq!((newest.there, newest.ready), (1, 1));
    }

    #[test]
    fn a_template_without_a_replica_set_of_its_own_has_no_pods() {
        let sets = [replica_set("d1", "v1", "1"), replica_set("another", "v2", "2")];
        assert_eq!(newest(&deployment("v2"), &sets, &[pod("a", "v2", "True")]), None);
    }

    #[test]
    fn a_pod_that_is_being_deleted_does_not_count() {
        let mut leaving = pod("a", "v1", "True");
        leaving["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        let newest = newest(&deployment("v1"), &[replica_set("d1", "v1", "1")], &[leaving]);
        assert_eq!(newest, Some(Pods::default()));
    }
}
