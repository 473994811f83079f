//! Hooks: HTTP calls out to a user's gates and tests, of Flagger's webhook types.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::duration_text;

/// One hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    /// Its name; no other hook of the Canary has it.
    pub name: String,
    /// When it is called, and what its answer means.
    pub r#type: HookType,
    /// Where: `http` or `https` with a host and no credentials, in the one way to write it that browsers have (WHATWG URL).
    pub url: String,
    /// How long one attempt may take, its answer's body included; at least a second.
    #[serde(with = "duration_text")]
    pub timeout: Duration,
    /// Attempts beyond the first where no answer came, or one that may be another later.
    pub retries: u32,
    /// What the payload carries beside the Canary's name.
    pub metadata: BTreeMap<String, String>,
    /// How many answers in a row that do not pass abort the rollout; none where they only hold it.
    pub failure_limit: Option<u32>,
    /// How long a rollout waits for it, and what happens then. Without effect for a type that nothing waits for.
    pub expires: Expiry,
}

/// How long a rollout waits for a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expiry {
    /// From the first time that it is asked about the same thing.
    #[serde(with = "duration_text")]
    pub after: Duration,
    /// What happens then.
    pub then: AfterExpiry,
}

/// What happens when a hook has not passed in its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AfterExpiry {
    /// The hook is asked no more, people are told, and the rollout goes on holding until somebody resumes it, which asks again.
    Hold,
    /// The rollout aborts.
    Abort,
}

/// When a hook is called; Flagger's webhook types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookType {
    /// Before the first weight, once the canary is ready, until it passes.
    PreRollout,
    /// At every look at a weight; the canary gets no more traffic while its newest answer does not pass.
    Rollout,
    /// Before the rollout begins, until it passes.
    ConfirmRollout,
    /// Before each raise, until it passes.
    ConfirmTrafficIncrease,
    /// Before promotion, until it passes.
    ConfirmPromotion,
    /// After the outcome.
    PostRollout,
    /// At every look: the rollout aborts when it passes.
    Rollback,
    /// For every event, as news.
    Event,
}

impl HookType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::ConfirmRollout,
        Self::PreRollout,
        Self::Rollout,
        Self::ConfirmTrafficIncrease,
        Self::ConfirmPromotion,
        Self::PostRollout,
        Self::Rollback,
        Self::Event,
    ];

    /// The type of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// The name in documents, logs and the addresses of webhooks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreRollout => "pre-rollout",
            Self::Rollout => "rollout",
            Self::ConfirmRollout => "confirm-rollout",
            Self::ConfirmTrafficIncrease => "confirm-traffic-increase",
            Self::ConfirmPromotion => "confirm-promotion",
            Self::PostRollout => "post-rollout",
            Self::Rollback => "rollback",
            Self::Event => "event",
        }
    }

    /// Whether a rollout waits until it passes, and the hook expires.
    #[must_use]
    pub const fn is_waited_for(self) -> bool {
        matches!(
            self,
            Self::ConfirmRollout | Self::PreRollout | Self::ConfirmTrafficIncrease | Self::ConfirmPromotion
        )
    }

    /// Whether an answer that does not pass is a failed check, as Flagger calls it, and not only a wish to wait.
    #[must_use]
    pub const fn is_check(self) -> bool {
        matches!(self, Self::PreRollout | Self::Rollout)
    }
}

impl fmt::Display for HookType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// As messages call it: `smoke (pre-rollout)`.
impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.r#type)
    }
}
