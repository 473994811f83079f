//! What hooks said, by books of our own: nobody passes a gate that is shut.

use std::collections::{BTreeMap, BTreeSet};

use serin::engine::{Action, Effect, Event, HookOutcome, Leave, Phase, Rollout};
use serin::spec::{HookType, Timestamp};

use super::super::world::Broken;
use super::is_command;

/// The books of one rollout's hooks.
#[derive(Debug, Clone, Default)]
pub(super) struct HookBooks {
    /// The number of each hook's newest call.
    newest: BTreeMap<String, u64>,
    awaited: BTreeSet<String>,
    /// Whose newest answer passed.
    passed: BTreeSet<String>,
    step: Option<usize>,
    promoted_by_hand: bool,
}

impl HookBooks {
    /// An event, what came of it, and the rollout after it.
    pub(super) fn told(
        &mut self,
        event: &Event,
        effects: &[Effect],
        now: Timestamp,
        rollout: &Rollout,
    ) -> Result<(), Broken> {
        if rollout.canary().hooks.is_empty() {
            return Ok(());
        }
        self.take_in(event);
        self.step_ended(event, now, rollout);
        for effect in effects {
            match effect {
                Effect::CallHook(call) => {
                    let hooks = &rollout.canary().hooks;
                    let hook = hooks.iter().find(|hook| hook.name == call.hook);
                    let hook = hook.ok_or("a hook is called that the Canary does not have")?;
                    let newer = self.newest.insert(call.hook.clone(), call.call);
                    if newer.is_some_and(|before| before >= call.call)
                        || !self.awaited.insert(call.hook.clone())
                    {
                        return Err(format!("{hook} is called twice at a time, or with an old number"));
                    }
                    let ended = rollout.phase().is_final() || rollout.phase() == Phase::Aborting;
                    if ended != (hook.r#type == HookType::PostRollout) {
                        return Err(format!("{hook} is called in {}", rollout.phase()));
                    }
                }
                Effect::Raise(raise)
                    if raise.leave != Leave::Operator && rollout.phase() != Phase::Promoting =>
                {
                    let first = raise.leave == Leave::FirstStep;
                    self.must_have_passed(rollout, |r#type| match r#type {
                        HookType::ConfirmRollout
                        | HookType::PreRollout
                        | HookType::ConfirmTrafficIncrease => true,
                        HookType::Rollout => !first,
                        _ => false,
                    })?;
                }
                Effect::PromoteWorkload if !self.promoted_by_hand => {
                    self.must_have_passed(rollout, |r#type| r#type == HookType::ConfirmPromotion)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn take_in(&mut self, event: &Event) {
        match event {
            Event::HookAnswered(answer) => {
                let is_newest = self.newest.get(&answer.hook) == Some(&answer.call);
                if is_newest && self.awaited.remove(&answer.hook) {
                    if answer.outcome == HookOutcome::Passed {
                        self.passed.insert(answer.hook.clone());
                    } else {
                        self.passed.remove(&answer.hook);
                    }
                }
            }
            Event::Restarted => self.awaited.clear(),
            event => self.promoted_by_hand |= is_command(event, Action::Promote),
        }
    }

    /// A raise was read back: what was said of it, and at the weight before it, is said.
    fn step_ended(&mut self, event: &Event, now: Timestamp, rollout: &Rollout) {
        let step = rollout.status(now).step;
        if matches!(event, Event::Wrote(_) | Event::Traffic(_)) && step > self.step {
            for hook in &rollout.canary().hooks {
                if matches!(hook.r#type, HookType::ConfirmTrafficIncrease | HookType::Rollout) {
                    self.passed.remove(&hook.name);
                    self.awaited.remove(&hook.name);
                }
            }
        }
        self.step = step;
        // Nobody waits for anything any more.
        if rollout.phase() == Phase::Aborting || rollout.phase().is_final() {
            self.awaited.clear();
        }
        // Whoever is asked no more is not waited for either.
        for hook in rollout.status(now).hooks {
            if hook.state == serin::engine::HookState::Expired {
                self.awaited.remove(&hook.name);
            }
        }
    }

    fn must_have_passed(&self, rollout: &Rollout, counts: impl Fn(HookType) -> bool) -> Result<(), Broken> {
        let hooks = &rollout.canary().hooks;
        let mut shut = hooks
            .iter()
            .filter(|hook| counts(hook.r#type) && !self.passed.contains(&hook.name));
        match shut.next() {
            Some(hook) => Err(format!("past {hook}, which has not passed")),
            None => Ok(()),
        }
    }
}
