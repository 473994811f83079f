//! One write of a status.

use serde_json::{Value, json};

use super::difference::difference;
use super::projection::{Facts, project};
use crate::canaries::cluster::Resource;
use crate::controller::Parts;
use crate::controller::notes::Note;
use crate::engine::Status;
use crate::kubernetes::{Failure, Kind};

/// The newest rollout.
pub(super) fn newest(parts: &Parts, resource: &Resource, note: Note) -> Option<Status> {
    let status = parts.driver.status_of(&resource.namespace, &resource.name);
    status.or_else(|| note.past.as_deref().cloned())
}

/// Writes what differs from `before`, which is read where it is not known; gives the status as it is then.
pub(super) async fn write(
    parts: &Parts,
    namespace: &str,
    name: &str,
    before: Option<Value>,
    facts: &Facts,
) -> Result<Value, Failure> {
    let canaries = parts.cluster.objects(Kind::CANARY);
    let before = match before {
        Some(before) => before,
        None => canaries.get(namespace, name).await?["status"].take(),
    };
    let after = project(facts, &before);
    if let Some(patch) = difference(&before, &after) {
        let patch = json!({ "status": patch });
        canaries.merge_status(namespace, name, &patch).await?;
    }
    Ok(after)
}
