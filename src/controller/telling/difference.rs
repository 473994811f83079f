//! What makes one status of another, as a merge patch (RFC 7386).

use serde_json::{Map, Value};

/// The patch that makes `after` of `before`; none where they are equal. What is in `before` and not in `after` is taken away by a
/// null; a list is one value.
pub(in crate::controller) fn difference(before: &Value, after: &Value) -> Option<Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return (before != after).then(|| after.clone());
    };
    let mut patch = Map::new();
    for (key, value) in after {
        let known = before.get(key).unwrap_or(&Value::Null);
        if let Some(changed) = difference(known, value) {
            patch.insert(key.clone(), changed);
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_sent_and_what_is_gone_is_taken_away() {
        let before = json!({"phase": "analysing", "weight": 5, "holds": [1], "observed": {"a": 1, "b": 2}});
        let after = json!({"phase": "aborted", "weight": 5, "observed": {"a": 1}, "outcome": "aborted"});
        let patch = json!({"phase": "aborted", "outcome": "aborted", "holds": null, "observed": {"b": null}});
        assert_eq!(difference(&before, &after), Some(patch));
        assert_eq!(difference(&after, &after), None);
        assert_eq!(difference(&Value::Null, &after), Some(after));
    }
}
