//! A call of a hook, and its answer.

use serde::{Deserialize, Serialize};

/// A hook is to be called. It names the moment, so that repeating it does no harm: a receiver has the same key again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCall {
    /// The hook's name.
    pub hook: String,
    /// Which call of that hook it is, counted from 1 over the rollout.
    pub call: u64,
    /// The rollout's id, the hook's type and place, and the call: never given twice.
    pub key: String,
    /// What Flagger would say where the rollout is.
    pub phase: FlaggerPhase,
    /// The same for every rollout of the same revision.
    pub checksum: String,
}

/// A hook was called, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAnswer {
    /// The hook's name.
    pub hook: String,
    /// Which call of it this answers.
    pub call: u64,
    /// What came of it.
    pub outcome: HookOutcome,
    /// The status and the first line of the answer, or why there is none; for people.
    pub detail: String,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookOutcome {
    /// It was answered with a status of up to 202.
    Passed,
    /// It was answered with another, or not in its time.
    Failed,
    /// Serin did not call: the address is not one that hooks may go to, or too many calls were under way. That says nothing of the canary.
    NotCalled,
}

/// Flagger's words for where a canary is, as receivers of its webhooks know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlaggerPhase {
    /// Nothing is rolled out yet.
    Initialized,
    /// It waits for leave to begin.
    Waiting,
    /// It is under way.
    Progressing,
    /// It waits for leave to promote.
    WaitingPromotion,
    /// It is being promoted.
    Promoting,
    /// It was promoted.
    Succeeded,
    /// It was not.
    Failed,
}

impl FlaggerPhase {
    /// The word in a payload.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::Waiting => "Waiting",
            Self::Progressing => "Progressing",
            Self::WaitingPromotion => "WaitingPromotion",
            Self::Promoting => "Promoting",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// What stands for a revision in a payload: as long and of such letters as Flagger's (32-bit FNV-1a, in the digits and letters that
/// Kubernetes has in the names of ReplicaSets).
pub(in crate::engine) fn checksum(revision: &str) -> String {
    const LETTERS: [char; 27] = [
        'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z',
        '2', '4', '5', '6', '7', '8', '9',
    ];
    let hash = revision.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let letter = |digit: u8| LETTERS[usize::from(digit) % LETTERS.len()];
    hash.to_string().bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_has_one_checksum() {
        assert_eq!(checksum("v2"), checksum("v2"));
        assert_ne!(checksum("v2"), checksum("v3"));
        // FNV-1a of nothing is 2166136261.
        assert_eq!(checksum(""), "65bb57b6b5");
        assert_eq!(checksum("v2"), "697d66d957");
    }
}
