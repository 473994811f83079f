//! What a pod template says, as a few characters.

use kube::core::DynamicObject;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a revision: with a thousand revisions of one Deployment two are alike once in two million times.
const DIGITS: usize = 10;

/// The revision of a Deployment: it changes with the pod template, and with nothing else, such as the replicas.
pub(in crate::controller) fn revision_of(deployment: &DynamicObject) -> String {
    revision(&deployment.data["spec"]["template"])
}

/// The revision that `template` is.
fn revision(template: &Value) -> String {
    let digest = Sha256::digest(canonical(template).to_string());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits[..DIGITS].to_owned()
}

/// The same value with its keys in order, and without those that have no value.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().filter(|(_, value)| !value.is_null()).collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries = entries
                .into_iter()
                .map(|(key, value)| (key.clone(), canonical(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(replicas: u32, image: &str) -> DynamicObject {
        let deployment = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "checkout-canary", "namespace": "shop"},
            "spec": {
                "replicas": replicas,
                "template": {
                    "metadata": {"creationTimestamp": null, "labels": {"app": "checkout", "version": "canary"}},
                    "spec": {"containers": [{"name": "app", "image": image}]},
                },
            },
        });
        serde_json::from_value(deployment).unwrap()
    }

    #[test]
    fn a_revision_is_of_the_template_and_not_of_the_replicas() {
        let revision = revision_of(&deployment(1, "checkout:1"));
        assert_eq!(revision.len(), DIGITS);
        assert_eq!(revision, revision_of(&deployment(5, "checkout:1")));
        assert_ne!(revision, revision_of(&deployment(1, "checkout:2")));
    }

    #[test]
    fn the_order_of_keys_and_empty_ones_are_no_difference() {
        let one = json!({"spec": {"a": 1, "b": [{"c": 1, "d": 2}]}, "metadata": {"creationTimestamp": null}});
        let same = json!({"metadata": {}, "spec": {"b": [{"d": 2, "c": 1}], "a": 1}});
        let other = json!({"metadata": {}, "spec": {"b": [{"d": 2, "c": 1}, {}], "a": 1}});
        assert_eq!(revision(&one), revision(&same));
        assert_ne!(revision(&one), revision(&other));
    }
}
