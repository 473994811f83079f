//! What a pod template says, as a few characters.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a revision: with a thousand revisions of one Deployment two are alike once in two million times.
const DIGITS: usize = 10;

/// The revision that the pod template of a Deployment is: what starts a rollout when it changes, what is judged, and what is promoted.
#[must_use]
pub fn revision(template: &Value) -> String {
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

    #[test]
    fn another_image_is_another_revision() {
        let of = |image: &str| {
            revision(&json!({
                "metadata": {"creationTimestamp": null, "labels": {"app": "checkout", "version": "canary"}},
                "spec": {"containers": [{"name": "app", "image": image}]},
            }))
        };
        assert_eq!(of("checkout:1").len(), DIGITS);
        assert_eq!(of("checkout:1"), of("checkout:1"));
        assert_ne!(of("checkout:1"), of("checkout:2"));
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
