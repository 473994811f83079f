//! The objects that the controllers make.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::fate::Fate;

/// Tells templates apart.
pub(super) fn hash(template: &Value) -> String {
    let mut sorted = template.clone();
    sorted.sort_all_objects();
    let mut hasher = DefaultHasher::new();
    sorted.to_string().hash(&mut hasher);
    format!("{:08x}", hasher.finish() >> 32)
}

/// The image of a pod's first container.
pub(super) fn image(spec: &Value) -> &str {
    spec["containers"][0]["image"].as_str().unwrap_or_default()
}

/// Whether a pod is of the template with this hash.
pub(super) fn is_of(pod: &Value, hash: &str) -> bool {
    pod["metadata"]["labels"]["pod-template-hash"] == hash
}

pub(super) fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"][0]["status"] == "True"
}

/// The ReplicaSet of the Deployment's template.
pub(super) fn replica_set(deployment: &Value, hash: &str) -> Value {
    let template = labelled(&deployment["spec"]["template"], hash);
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", deployment["metadata"]["name"].as_str().unwrap()),
            "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
            "ownerReferences": [{"kind": "Deployment", "uid": deployment["metadata"]["uid"], "controller": true}],
        },
        "spec": {"template": template},
    })
}

/// The pod of this index of the Deployment's template. (`test` is ours, and tells whose it is.)
pub(super) fn pod(deployment: &Value, hash: &str, index: u64) -> Value {
    let template = labelled(&deployment["spec"]["template"], hash);
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("{}-{hash}-{index}", deployment["metadata"]["name"].as_str().unwrap()),
            "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
        },
        "spec": template["spec"],
        "test": {"deployment": deployment["metadata"]["uid"], "index": index},
    })
}

fn labelled(template: &Value, hash: &str) -> Value {
    let mut template = template.clone();
    template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
    template
}

/// The status of a Deployment that was read like this and has these pods.
pub(super) fn status(deployment: &Value, newest: &str, pods: &[Value], fate: Fate) -> Value {
    let count = |which: &dyn Fn(&Value) -> bool| pods.iter().filter(|pod| which(pod)).count();
    json!({
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": pods.len(),
        "updatedReplicas": count(&|pod| is_of(pod, newest)),
        "readyReplicas": count(&is_ready),
        "availableReplicas": count(&is_ready),
        "conditions": fate.conditions(),
    })
}
