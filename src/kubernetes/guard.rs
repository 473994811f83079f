//! What makes a JSON patch (RFC 6902) hold for one version of an object alone.

use serde_json::{Value, json};

/// The first operation of a patch that is meant for the object of this `metadata.resourceVersion` and for no other: where the version
/// that is to be replaced by itself is stale, the server answers 409 and changes nothing. (A `test` operation would be a 422, which
/// says no more than that something is wrong.)
#[must_use]
pub fn guard(version: impl Into<Value>) -> Value {
    json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version.into()})
}
