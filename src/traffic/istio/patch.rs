//! Edits as the operations of one JSON patch (RFC 6902).

use serde_json::{Value, json};

use crate::kubernetes::guard;
use crate::traffic::virtual_service::Edit;

/// The operations that make `edits` on the object of this `version`, and on no other: the server answers 409 where the version that
/// is to be replaced by itself is stale. `add` sets an entry whether or not it is there.
pub(super) fn operations(version: &str, edits: &[Edit]) -> Vec<Value> {
    let edits = edits.iter().map(|edit| match edit {
        Edit::Set { pointer, value } => json!({"op": "add", "path": pointer, "value": value}),
        Edit::Remove { pointer } => json!({"op": "remove", "path": pointer}),
    });
    std::iter::once(guard(version)).chain(edits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_guard() {
        let weight = Edit::Set {
            pointer: "/spec/http/0/route/1/weight".to_owned(),
            value: json!(20),
        };
        assert_eq!(
            operations("4711", &[weight]),
            [
                json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "4711"}),
                json!({"op": "add", "path": "/spec/http/0/route/1/weight", "value": 20}),
            ]
        );
    }
}
