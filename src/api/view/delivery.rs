//! A delivery: who was told what, and how it went.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;
use crate::driver::{Delivery, DeliveryState};
use crate::engine::Urgency;

/// One notice on its way to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The same whenever this delivery is tried again, and no other's: the receiver's way to tell duplicates.
    pub key: String,
    /// The channel's name.
    pub channel: String,
    /// What the notice tells of.
    #[schema(example = "stepped")]
    pub kind: String,
    /// Whether somebody is needed.
    #[schema(schema_with = words::urgency)]
    pub urgency: Urgency,
    /// The notice in one sentence.
    pub text: String,
    /// When it was decided.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// How it stands.
    #[schema(schema_with = words::delivery_state)]
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt that failed said.
    pub last_error: Option<String>,
    /// Where the channel has it, in its own terms; null where it said nothing, or has not taken it.
    #[serde(default)]
    pub receipt: Option<String>,
    /// The channel that should have taken it, and did not in time.
    #[serde(default)]
    pub instead_of: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            key: delivery.key,
            channel: delivery.channel,
            kind: delivery.notice.kind.name().to_owned(),
            urgency: delivery.notice.urgency,
            text: delivery.notice.text,
            created_at: delivery.created_at.to_string(),
            state: delivery.state,
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            receipt: delivery.receipt,
            instead_of: delivery.instead_of,
        }
    }
}
