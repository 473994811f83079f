//! What can go wrong for those who ask the driver for something.

use super::ROLLOUTS_MAX;
use crate::engine::Refusal;

/// Why a rollout could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A rollout of this Canary is under way.
    #[error("{canary} has a rollout under way ({id}); abort it first, or wait for its end")]
    UnderWay {
        /// `namespace/name`.
        canary: String,
        /// The rollout's id.
        id: String,
    },
    /// The rollout before it has ended, and the journal does not know yet: after a restart both would run.
    #[error(
        "the end of {canary}'s last rollout ({id}) is not journalled yet; try again once the journal is back"
    )]
    EndNotJournalled {
        /// `namespace/name`.
        canary: String,
        /// The ended rollout's id.
        id: String,
    },
    /// The rollout before it has ended, and its workloads are still changed, or its hooks called: what it does would hit this one.
    #[error(
        "{canary}'s last rollout ({id}) still clears up: its workloads are put back or scaled down, or its post-rollout hooks \
         called; try again afterwards"
    )]
    ClearingUp {
        /// `namespace/name`.
        canary: String,
        /// The ended rollout's id.
        id: String,
    },
    /// Too many rollouts.
    #[error("{ROLLOUTS_MAX} rollouts are under way already; nothing more is started")]
    TooMany,
    /// The driver is shutting down.
    #[error("the driver is shutting down")]
    ShuttingDown,
}

/// Why a command was not carried out, or may be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No such rollout.
    #[error("there is no rollout {0}")]
    NotFound(String),
    /// Too many commands wait.
    #[error("rollout {0} has too many commands waiting; try again")]
    Busy(String),
    /// The engine refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The rollout took it and acts on it; only a process that ends before the journal is back would forget it.
    #[error("rollout {id} took the command, but it is not journalled yet: {reason}")]
    NotJournalled {
        /// The rollout's id.
        id: String,
        /// Why not.
        reason: String,
    },
    /// The rollout's loop ended, or turned the question away, before it could answer.
    #[error("rollout {0} gave no answer; its status says where it stands")]
    Unanswered(String),
}
