//! What the stream sends.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rollout::RolloutView;
use super::words;
use crate::engine::{Notice, Status, Urgency};
use crate::spec::Timestamp;

/// `event: status`: where a rollout stands after something happened to it, or when the stream began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatusEvent {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Whether a look came in.
    pub looked: bool,
    /// The rollout.
    pub rollout: RolloutView,
}

/// `event: notice`: news for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticeEvent {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// The rollout's id.
    pub rollout: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What it tells of.
    #[schema(example = "stepped")]
    pub kind: String,
    /// Whether somebody is needed.
    #[schema(schema_with = words::urgency)]
    pub urgency: Urgency,
    /// One sentence with the numbers.
    pub text: String,
}

/// `event: missed`: events were lost on the way to this reader. Every rollout's status follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissedEvent {
    /// How many; null where nobody knows, after a restart of the daemon.
    pub events: Option<u64>,
}

impl StatusEvent {
    pub(in crate::api) fn new(at: Timestamp, looked: bool, status: &Status) -> Self {
        Self {
            at: at.to_string(),
            looked,
            rollout: status.into(),
        }
    }
}

impl NoticeEvent {
    pub(in crate::api) fn new(at: Timestamp, status: &Status, notice: &Notice) -> Self {
        Self {
            at: at.to_string(),
            rollout: status.id.clone(),
            namespace: status.namespace.clone(),
            name: status.name.clone(),
            kind: notice.kind.name().to_owned(),
            urgency: notice.urgency,
            text: notice.text.clone(),
        }
    }
}
