//! An object as the document that somebody could have written.

use std::sync::Arc;

use kube::core::DynamicObject;
use serde_json::json;

use crate::kubernetes::Kind;

/// Name of the file that an object of `kind` is taken for, as kubectl writes it: `canary shop/checkout`.
pub(super) fn file(kind: Kind, name: &str) -> String {
    format!("{} {name}", kind.kind.to_lowercase())
}

/// What somebody wrote of the object: its names and its spec.
pub(super) fn text(kind: Kind, object: &DynamicObject) -> Arc<str> {
    let document = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "metadata": { "name": object.metadata.name, "namespace": object.metadata.namespace },
        "spec": object.data.get("spec"),
    });
    document.to_string().into()
}
