//! One write of a status.

use serde_json::{Value, json};

use super::difference::difference;
use super::projection::{Facts, project};
use crate::canaries::cluster::Resource;
use crate::controller::Parts;
use crate::controller::notes::{Dealt, Missing, Note};
use crate::engine::Status;
use crate::kubernetes::{Failure, Kind};
use crate::spec::{Problem, Timestamp};

/// What there is to tell of a Canary beside its rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ground {
    pub(super) generation: i64,
    pub(super) refused: Option<Vec<Problem>>,
    pub(super) missing: Missing,
    pub(super) dealt: Option<Dealt>,
}

/// The facts of one write, for as long as it takes.
pub(super) struct Own {
    pub(super) ground: Ground,
    pub(super) rollout: Option<Status>,
    pub(super) now: Timestamp,
}

impl Own {
    pub(super) fn project(&self, before: &Value) -> Value {
        project(&Facts {
            generation: self.ground.generation,
            refused: self.ground.refused.as_deref(),
            missing: &self.ground.missing,
            rollout: self.rollout.as_ref(),
            dealt: self.ground.dealt.as_ref(),
            before,
            now: self.now,
        })
    }
}

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
    facts: &Own,
) -> Result<Value, Failure> {
    let canaries = parts.cluster.objects(Kind::CANARY);
    let before = match before {
        Some(before) => before,
        None => canaries.get(namespace, name).await?["status"].take(),
    };
    let after = facts.project(&before);
    if let Some(patch) = difference(&before, &after) {
        let patch = json!({ "status": patch });
        canaries.merge_status(namespace, name, &patch).await?;
    }
    Ok(after)
}
