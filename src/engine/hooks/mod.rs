//! What a rollout knows of its hooks: which were asked, and what they answered last.
//!
//! A hook is asked about one thing at a time: the rollout, the next raise, the promotion. Its calls are numbered, and only the answer to
//! the newest one counts, while it is waited for: what comes later, or after the end, changes nothing.

mod call;
mod standing;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use call::checksum;
pub use call::{FlaggerPhase, HookAnswer, HookCall, HookOutcome};
pub use standing::{HookState, HookStatus};

use crate::spec::Timestamp;

/// Every hook of a rollout, in the order of the Canary; none where the rollout only observes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Hooks {
    hooks: Vec<Asked>,
    /// For how long the rollout has waited for hooks, until it began to the last time.
    waited: Duration,
    /// Since when it waits for one.
    waits_since: Option<Timestamp>,
}

/// One hook.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Calls so far, and the number of the newest.
    pub(super) calls: u64,
    /// Whether an answer to the newest is waited for.
    pub(super) is_under_way: bool,
    /// The newest answer about what it is asked about now.
    pub(super) answer: Option<Answered>,
    /// When it was first asked about that.
    pub(super) since: Option<Timestamp>,
    /// Answers in a row that did not pass.
    pub(super) failures: u32,
    /// Whether it is asked no more, as its time is over.
    pub(super) is_expired: bool,
}

/// What a hook answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) at: Timestamp,
    pub(super) outcome: HookOutcome,
    pub(super) detail: String,
}

impl Asked {
    /// Whether the newest answer passes.
    pub(super) fn has_passed(&self) -> bool {
        self.passed_at().is_some()
    }

    /// When the newest answer came, if it passes.
    pub(super) fn passed_at(&self) -> Option<Timestamp> {
        let passed = self
            .answer
            .as_ref()
            .filter(|answer| answer.outcome == HookOutcome::Passed);
        passed.map(|answer| answer.at)
    }
}

impl Hooks {
    /// So many hooks, none of them asked yet.
    pub(super) fn of(number: usize) -> Self {
        Self {
            hooks: vec![Asked::default(); number],
            ..Self::default()
        }
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.hooks.is_empty()
    }

    /// One of them.
    pub(super) fn get(&self, index: usize) -> Option<&Asked> {
        self.hooks.get(index)
    }

    /// A call begins; gives its number.
    pub(super) fn ask(&mut self, index: usize, now: Timestamp) -> Option<u64> {
        let hook = self.hooks.get_mut(index)?;
        hook.calls = hook.calls.saturating_add(1);
        hook.is_under_way = true;
        // Whoever passed a while ago and is asked again is waited for anew.
        if hook.has_passed() {
            hook.since = None;
        }
        hook.since.get_or_insert(now);
        Some(hook.calls)
    }

    /// An answer came; whether it counts.
    pub(super) fn take(&mut self, index: usize, answer: HookAnswer, now: Timestamp) -> bool {
        let awaited = |hook: &&mut Asked| hook.is_under_way && hook.calls == answer.call;
        let Some(hook) = self.hooks.get_mut(index).filter(awaited) else {
            return false;
        };
        hook.is_under_way = false;
        match answer.outcome {
            HookOutcome::Passed => {
                hook.failures = 0;
                hook.is_expired = false;
            }
            HookOutcome::Failed => hook.failures = hook.failures.saturating_add(1),
            HookOutcome::NotCalled => {}
        }
        hook.answer = Some(Answered {
            at: now,
            outcome: answer.outcome,
            detail: answer.detail,
        });
        true
    }

    /// What it was asked about is decided: the next time it is asked about something else.
    pub(super) fn forget_answer(&mut self, index: usize) {
        if let Some(hook) = self.hooks.get_mut(index) {
            *hook = Asked {
                calls: hook.calls,
                failures: hook.failures,
                ..Asked::default()
            };
        }
    }

    /// It is asked no more.
    pub(super) fn expire(&mut self, index: usize) {
        if let Some(hook) = self.hooks.get_mut(index) {
            hook.is_expired = true;
            hook.is_under_way = false;
        }
    }

    /// Whether one of them is asked no more.
    pub(super) fn has_expired(&self) -> bool {
        self.hooks.iter().any(|hook| hook.is_expired)
    }

    /// Those are asked again, and have their whole time again.
    pub(super) fn renew_expired(&mut self) {
        for hook in self.hooks.iter_mut().filter(|hook| hook.is_expired) {
            hook.is_expired = false;
            hook.since = None;
        }
    }

    /// Nobody waits for any answer any more: the rollout ends, or another process goes on with it.
    pub(super) fn give_up_calls(&mut self) {
        for hook in &mut self.hooks {
            hook.is_under_way = false;
        }
    }

    /// The rollout waits for a hook from `now` on, or does not.
    pub(super) fn note_waiting(&mut self, waits: bool, now: Timestamp) {
        match (waits, self.waits_since) {
            (true, None) => self.waits_since = Some(now),
            (false, Some(since)) => {
                self.waited += now.since(since);
                self.waits_since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// For how long the rollout has waited for hooks, by `now`.
    pub(super) fn waited(&self, now: Timestamp) -> Duration {
        let at_present = self.waits_since.map_or(Duration::ZERO, |since| now.since(since));
        self.waited + at_present
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(call: u64, outcome: HookOutcome) -> HookAnswer {
        HookAnswer {
            hook: "gate".into(),
            call,
            outcome,
            detail: String::new(),
        }
    }

    fn at(second: u64) -> Timestamp {
        Timestamp(second * 1000)
    }

    #[test]
    fn only_the_answer_to_the_newest_call_counts_and_once() {
        let mut hooks = Hooks::of(1);
        assert!(
            !hooks.take(0, answer(0, HookOutcome::Passed), at(1)),
            "never asked"
        );
        hooks.ask(0, at(1));
        hooks.give_up_calls();
        hooks.ask(0, at(2));
        assert!(
            !hooks.take(0, answer(1, HookOutcome::Passed), at(3)),
            "an older one"
        );
        assert!(hooks.take(0, answer(2, HookOutcome::Failed), at(3)));
        assert!(
            !hooks.take(0, answer(2, HookOutcome::Passed), at(4)),
            "a second answer"
        );
        assert!(!hooks.get(0).unwrap().has_passed());
    }

    #[test]
    fn what_was_not_called_is_no_failure_and_a_pass_ends_the_row() {
        let mut hooks = Hooks::of(1);
        let mut failures = Vec::new();
        for outcome in [
            HookOutcome::Failed,
            HookOutcome::NotCalled,
            HookOutcome::Failed,
            HookOutcome::Passed,
        ] {
            let call = hooks.ask(0, at(1)).unwrap();
            hooks.take(0, answer(call, outcome), at(2));
            failures.push(hooks.get(0).unwrap().failures);
        }
        assert_eq!(failures, [1, 1, 2, 0]);
    }

    #[test]
    fn the_time_of_waiting_adds_up() {
        let mut hooks = Hooks::of(1);
        for (second, waits) in [(0, false), (10, true), (20, true), (30, false), (100, true)] {
            hooks.note_waiting(waits, at(second));
        }
        assert_eq!(hooks.waited(at(105)), Duration::from_secs(25));
    }
}
