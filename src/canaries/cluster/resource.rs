//! A Canary, and a template, as objects of a cluster.

use std::sync::Arc;

use kube::core::DynamicObject;

use super::document;
use crate::kubernetes::Kind;
use crate::spec::Timestamp;

/// The annotation that starts a rollout when it changes. Its value means nothing.
pub const START_ANNOTATION: &str = "serin.dev/start";

/// The finalizer that keeps a Canary until its rollout is rolled back.
pub const FINALIZER: &str = "serin.dev/rollback";

/// A Canary as an object: what is beside the spec that somebody wrote, but for the status. That one changes with every write of it,
/// and who needs it reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What tells it from another one of its name.
    pub uid: String,
    /// Counts up with every edit of the spec.
    pub generation: i64,
    /// When it was made, by the server's clock.
    pub created_at: Timestamp,
    /// The value of [`START_ANNOTATION`].
    pub start: Option<String>,
    /// Whether it is being deleted.
    pub is_deleted: bool,
    /// Whether it has [`FINALIZER`].
    pub is_held: bool,
    /// What somebody wrote, as a document.
    pub(super) text: Arc<str>,
}

impl Resource {
    pub(super) fn of(object: &DynamicObject) -> Self {
        let metadata = &object.metadata;
        let created = metadata.creation_timestamp.as_ref();
        let created = created.map_or(0, |created| created.0.as_millisecond());
        Self {
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            created_at: Timestamp(u64::try_from(created).unwrap_or_default()),
            start: metadata
                .annotations
                .as_ref()
                .and_then(|annotations| annotations.get(START_ANNOTATION).cloned()),
            is_deleted: metadata.deletion_timestamp.is_some(),
            is_held: metadata
                .finalizers
                .as_ref()
                .is_some_and(|finalizers| finalizers.iter().any(|finalizer| finalizer == FINALIZER)),
            text: document::text(Kind::CANARY, object),
        }
    }
}

/// An AnalysisTemplate as an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateResource {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What tells it from another one of its name.
    pub uid: String,
    /// Counts up with every edit of the spec.
    pub generation: i64,
    /// What somebody wrote, as a document.
    pub(super) text: Arc<str>,
}

impl TemplateResource {
    pub(super) fn of(object: &DynamicObject) -> Self {
        let metadata = &object.metadata;
        Self {
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            generation: metadata.generation.unwrap_or_default(),
            text: document::text(Kind::ANALYSIS_TEMPLATE, object),
        }
    }
}
