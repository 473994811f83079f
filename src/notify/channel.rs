//! What a channel is.
//!
//! A channel sends one delivery and says how it went. It keeps no queue, retries nothing, remembers nothing and has no time-out of its
//! own: the pipeline and the outbox do all that, for every channel alike.

use std::time::Duration;

use async_trait::async_trait;

use super::receiver::ReceiverError;
use super::retry_after::RetryAfter;
use super::wording::WordingError;
use crate::driver::Delivery;

/// Why a channel cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// An address or a token is none.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// A template cannot be used.
    #[error(transparent)]
    Wording(#[from] WordingError),
}

/// A way to reach people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Sends one delivery. The same one may come again, with the same key and the same content, and the channel hands the key on
    /// where the other side can use it. Several may be under way at once, and each may be dropped at any await.
    ///
    /// # Errors
    /// Where the other side did not take it, or it is not known whether it did.
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError>;
}

/// What became of a delivery that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The other side took it, and gave this receipt if any. The outbox keeps the receipt.
    Taken(Option<String>),
    /// The other side took it, and what it tells of lasts: the channel is to be given it again, until it says otherwise.
    Lasts {
        /// After how long.
        again_in: Duration,
        /// What the other side gave for it.
        receipt: Option<String>,
    },
    /// There was nothing to tell any more.
    Needless,
}

/// Why a delivery was not taken. The reasons are kept, logged and shown: no secret may be in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may work later.
    #[error("{reason}")]
    Later {
        /// What was attempted and what happened.
        reason: String,
        /// How long the other side asked to wait. That counts for the whole channel: nothing else is sent meanwhile.
        wait: Option<RetryAfter>,
    },
    /// It will never work, however often it is tried.
    #[error("{reason}")]
    Never {
        /// What was attempted, what happened, and what to change.
        reason: String,
    },
}

impl SendError {
    /// It may work later, and the other side asked for nothing.
    #[must_use]
    pub fn later(reason: impl Into<String>) -> Self {
        Self::Later {
            reason: reason.into(),
            wait: None,
        }
    }

    /// It will never work.
    #[must_use]
    pub fn never(reason: impl Into<String>) -> Self {
        Self::Never {
            reason: reason.into(),
        }
    }

    /// Whether it will never work.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Never { .. })
    }

    /// What the other side asked for.
    #[must_use]
    pub const fn wait(&self) -> Option<RetryAfter> {
        match self {
            Self::Later { wait, .. } => *wait,
            Self::Never { .. } => None,
        }
    }
}
