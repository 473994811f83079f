//! A hook as people and machines look at it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Asked;
use super::call::HookOutcome;
use crate::spec::{Hook, HookType, Timestamp};

/// A hook at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookStatus {
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: HookType,
    /// How it stands.
    pub state: HookState,
    /// The status and the first line of its newest answer, or why there is none.
    pub detail: Option<String>,
    /// When that came.
    pub answered_at: Option<Timestamp>,
    /// Whether the ended rollout still waits for its answer.
    pub is_due: bool,
}

/// How a hook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookState {
    /// It was not asked yet about what comes next.
    Unasked,
    /// It is asked, and has not answered yet.
    Asked,
    /// Its newest answer passes.
    Passed,
    /// Its newest answer does not, or none came.
    Failed,
    /// It was not called.
    NotCalled,
    /// It is asked no more.
    Expired,
}

impl HookState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Unasked,
        Self::Asked,
        Self::Passed,
        Self::Failed,
        Self::NotCalled,
        Self::Expired,
    ];

    /// The name in documents and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Asked => "asked",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotCalled => "not-called",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for HookState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Asked {
    /// As people see it.
    pub(in crate::engine) fn status(&self, hook: &Hook, is_due: bool) -> HookStatus {
        HookStatus {
            name: hook.name.clone(),
            r#type: hook.r#type,
            state: self.state(),
            detail: self.answer.as_ref().map(|answer| answer.detail.clone()),
            answered_at: self.answer.as_ref().map(|answer| answer.at),
            is_due,
        }
    }

    fn state(&self) -> HookState {
        match self.answer.as_ref().map(|answer| answer.outcome) {
            _ if self.is_expired => HookState::Expired,
            Some(HookOutcome::Passed) => HookState::Passed,
            Some(HookOutcome::Failed) => HookState::Failed,
            Some(HookOutcome::NotCalled) => HookState::NotCalled,
            None if self.is_under_way => HookState::Asked,
            None => HookState::Unasked,
        }
    }

    /// Why it has not passed.
    pub(in crate::engine) fn why(&self) -> String {
        let answer = self.answer.as_ref();
        let detail = answer.map_or("it has not answered yet", |answer| answer.detail.as_str());
        if self.is_expired {
            return format!("its time is over, resume asks again; {detail}");
        }
        detail.to_owned()
    }
}
