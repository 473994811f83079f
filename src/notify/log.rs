//! News as log lines: the channel that needs nobody else.

use async_trait::async_trait;

use super::channel::{Channel, SendError, Sent};
use crate::driver::Delivery;
use crate::engine::Urgency;

/// Writes each notice to the log, at the level that its urgency asks for. Never fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogChannel;

#[async_trait]
impl Channel for LogChannel {
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        let Delivery {
            key,
            rollout,
            namespace,
            name,
            notice,
            ..
        } = delivery;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    canary.namespace = namespace,
                    canary.name = name,
                    rollout.id = rollout,
                    notice.key = key,
                    "{}",
                    notice.text
                )
            };
        }
        match notice.urgency {
            Urgency::Info => line!(info),
            Urgency::Warning => line!(warn),
            Urgency::Page => line!(error),
        }
        Ok(Sent::Taken(None))
    }
}
