//! Hooks: when each is asked, and what its answers mean.
//!
//! | type | asked | until it passes | passes |
//! |---|---|---|---|
//! | confirm-rollout | before the first weight, from the start | holds | once for the rollout |
//! | pre-rollout | then, once the canary could have the first weight | holds | once for the rollout |
//! | rollout | at every look at a weight | holds; so many in a row abort, where `failureLimit` says so | for the weight, until its next answer |
//! | confirm-traffic-increase | when nothing else stops the next raise | holds | for that raise, and as long as a look |
//! | confirm-promotion | when nothing else stops the promotion | holds | as long as a look |
//! | rollback | at every look | | aborts |
//! | post-rollout | after the outcome | | |
//!
//! Hooks are asked at looks, each at most once at a time. A step that was made is not asked for again: who passed before it need not
//! pass again after it. Nothing of an abort waits for a hook. Events are for the driver to tell: nothing is decided by them.

use super::effect::{Effect, NoticeKind, Urgency};
use super::ending::Cause;
use super::hooks::{FlaggerPhase, HookAnswer, HookCall, HookOutcome, HookStatus, checksum};
use super::judge::policy::Decision;
use super::phase::{Hold, HoldReason, Outcome, Phase};
use super::rollout::Rollout;
use crate::spec::{AfterExpiry, Hook, HookType, Mode, PromotionWorkload, Timestamp};

impl Rollout {
    /// Whether it calls hooks: where somebody else moves the traffic, they call their own.
    #[must_use]
    pub fn calls_hooks(&self) -> bool {
        self.canary.mode == Mode::Control && !self.canary.hooks.is_empty()
    }

    /// What Flagger would say where it is.
    #[must_use]
    pub fn flagger_phase(&self, now: Timestamp) -> FlaggerPhase {
        match self.phase {
            Phase::Preparing if self.waits_for(HookType::ConfirmRollout, now) => FlaggerPhase::Waiting,
            Phase::Baking if self.waits_for(HookType::ConfirmPromotion, now) => {
                FlaggerPhase::WaitingPromotion
            }
            Phase::Preparing | Phase::Analysing | Phase::Baking => FlaggerPhase::Progressing,
            Phase::Promoting => FlaggerPhase::Promoting,
            Phase::Succeeded => FlaggerPhase::Succeeded,
            Phase::Aborting | Phase::Aborted | Phase::Inconclusive => FlaggerPhase::Failed,
        }
    }

    /// What stands for the revision in a payload.
    #[must_use]
    pub fn checksum(&self) -> String {
        checksum(&self.revision)
    }

    /// Every hook as it stands; none where the rollout calls none.
    pub(super) fn hook_statuses(&self) -> Vec<HookStatus> {
        let hooks = self.canary.hooks.iter().enumerate();
        let known = hooks.filter_map(|(index, hook)| {
            let asked = self.hooks.get(index)?;
            let is_due =
                hook.r#type == HookType::PostRollout && self.phase.is_final() && asked.answer.is_none();
            Some(asked.status(hook, is_due))
        });
        known.collect()
    }

    /// Whether the rollout has ended and waits for an answer.
    pub(super) fn owes_hooks(&self) -> bool {
        self.hook_statuses().iter().any(|hook| hook.is_due)
    }

    /// The hook that stops progress, as a hold; of several the first, as they are written.
    pub(super) fn hook_hold(&self, now: Timestamp) -> Option<Hold> {
        let mut holding = self.holding_hooks(now);
        let (index, hook) = holding.next()?;
        let others = match holding.count() {
            0 => String::new(),
            number => format!(" (and {number} more)"),
        };
        let why = self.hooks.get(index)?.why();
        Some(Hold::new(HoldReason::Hook, format!("{hook}: {why}{others}")))
    }

    /// Whether people have something to hear of the hook that holds: an answer.
    pub(super) fn hook_hold_was_answered(&self, now: Timestamp) -> bool {
        let mut answers = self
            .holding_hooks(now)
            .filter_map(|(index, _)| self.hooks.get(index)?.answer.as_ref());
        answers.any(|answer| answer.outcome != HookOutcome::Passed)
    }

    /// The hooks that have not passed and are waited for now.
    fn holding_hooks(&self, now: Timestamp) -> impl Iterator<Item = (usize, &Hook)> {
        let hooks = if self.hooks.is_empty() {
            &[]
        } else {
            self.canary.hooks.as_slice()
        };
        let stops = |hook: &Hook| hook.r#type.is_waited_for() || hook.r#type == HookType::Rollout;
        hooks.iter().enumerate().filter(move |(index, hook)| {
            stops(hook) && !self.passes(*index, hook.r#type, now) && self.is_open(hook.r#type, now)
        })
    }

    /// Whether one of this type has not passed and is waited for now.
    fn waits_for(&self, r#type: HookType, now: Timestamp) -> bool {
        self.holding_hooks(now).any(|(_, hook)| hook.r#type == r#type)
    }

    /// Whether hooks of this type are to be asked now: what they are asked about is at hand.
    fn is_open(&self, r#type: HookType, now: Timestamp) -> bool {
        match r#type {
            HookType::ConfirmRollout => self.phase == Phase::Preparing,
            HookType::PreRollout => {
                self.phase == Phase::Preparing
                    && self.all_pass(HookType::ConfirmRollout, now)
                    && self.decide_but_for_hooks(now) == Decision::Step
            }
            HookType::Rollout => matches!(self.phase, Phase::Analysing | Phase::Baking),
            HookType::ConfirmTrafficIncrease => match self.phase {
                Phase::Preparing => {
                    self.all_pass(HookType::ConfirmRollout, now)
                        && self.all_pass(HookType::PreRollout, now)
                        && self.decide_but_for_hooks(now) == Decision::Step
                }
                Phase::Analysing => {
                    self.all_pass(HookType::Rollout, now) && self.decide_but_for_hooks(now) == Decision::Step
                }
                Phase::Baking => {
                    self.ends_with_a_raise()
                        && self.all_pass(HookType::Rollout, now)
                        && self.decide_but_for_hooks(now) == Decision::Promote
                }
                _ => false,
            },
            HookType::ConfirmPromotion => {
                self.phase == Phase::Baking
                    && self.all_pass(HookType::Rollout, now)
                    && self.decide_but_for_hooks(now) == Decision::Promote
            }
            HookType::Rollback => self.phase != Phase::Aborting && !self.phase.is_final(),
            HookType::PostRollout => self.phase.is_final(),
            HookType::Event => false,
        }
    }

    /// Whether the promotion gives the canary the traffic that it does not have yet.
    fn ends_with_a_raise(&self) -> bool {
        self.canary.promotion.workload == PromotionWorkload::None && self.route.weight() < 100
    }

    fn all_pass(&self, r#type: HookType, now: Timestamp) -> bool {
        let mut of_type = self.canary.hooks.iter().enumerate();
        of_type.all(|(index, hook)| hook.r#type != r#type || self.passes(index, r#type, now))
    }

    /// Whether the newest answer passes, and still does. A gate that was open an hour ago may be shut by now.
    fn passes(&self, index: usize, r#type: HookType, now: Timestamp) -> bool {
        let Some(hook) = self.hooks.get(index) else {
            return true;
        };
        match r#type {
            HookType::ConfirmTrafficIncrease | HookType::ConfirmPromotion => {
                let good_for = self.look_good_for();
                hook.passed_at().is_some_and(|at| now.since(at) <= good_for)
            }
            _ => hook.has_passed(),
        }
    }

    /// Asks every hook that is to be asked at this look.
    pub(super) fn ask_hooks(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        // What is under way was asked for.
        if self.hooks.is_empty() || self.route.is_busy() {
            return;
        }
        let wanted = |(index, hook): (usize, &Hook)| {
            let asked = self.hooks.get(index)?;
            let is_free = !asked.is_under_way && !asked.is_expired;
            let again = matches!(hook.r#type, HookType::Rollout | HookType::Rollback);
            let is_wanted = is_free
                && (again || !self.passes(index, hook.r#type, now))
                && hook.r#type != HookType::PostRollout
                && self.is_open(hook.r#type, now);
            is_wanted.then_some(index)
        };
        let wanted: Vec<usize> = self.canary.hooks.iter().enumerate().filter_map(wanted).collect();
        effects.extend(wanted.into_iter().filter_map(|index| self.ask_hook(index, now)));
    }

    /// Asks the hooks that the end leads to and that have not answered.
    pub(super) fn ask_post_rollout(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let hooks = self.canary.hooks.iter().enumerate();
        let due = hooks.filter(|(index, hook)| {
            let asked = self.hooks.get(*index);
            let is_unanswered = asked.is_some_and(|asked| asked.answer.is_none() && !asked.is_under_way);
            hook.r#type == HookType::PostRollout && is_unanswered
        });
        let due: Vec<usize> = due.map(|(index, _)| index).collect();
        effects.extend(due.into_iter().filter_map(|index| self.ask_hook(index, now)));
    }

    fn ask_hook(&mut self, index: usize, now: Timestamp) -> Option<Effect> {
        let phase = self.phase_told_to(index, now);
        let hook = self.canary.hooks.get(index)?;
        let call = self.hooks.ask(index, now)?;
        Some(Effect::CallHook(HookCall {
            hook: hook.name.clone(),
            call,
            key: format!("{}/{}/{index}/{call}", self.id, hook.r#type),
            phase,
            checksum: self.checksum(),
        }))
    }

    /// What Flagger says of itself to a hook of this type.
    fn phase_told_to(&self, index: usize, now: Timestamp) -> FlaggerPhase {
        let r#type = self.canary.hooks.get(index).map(|hook| hook.r#type);
        match r#type {
            Some(HookType::ConfirmRollout) => {
                let is_first = self.hooks.get(index).is_some_and(|hook| hook.calls == 0);
                if is_first {
                    FlaggerPhase::Initialized
                } else {
                    FlaggerPhase::Waiting
                }
            }
            Some(HookType::Rollback) if self.waits_for(HookType::ConfirmPromotion, now) => {
                FlaggerPhase::WaitingPromotion
            }
            Some(HookType::PostRollout) => self.flagger_phase(now),
            _ => FlaggerPhase::Progressing,
        }
    }

    /// A hook answered.
    pub(super) fn hook_answered(&mut self, answer: HookAnswer, now: Timestamp, effects: &mut Vec<Effect>) {
        let found = self.canary.hooks.iter().position(|hook| hook.name == answer.hook);
        let Some(index) = found else { return };
        let (outcome, detail) = (answer.outcome, answer.detail.clone());
        if !self.hooks.take(index, answer, now) {
            return;
        }
        let hook = &self.canary.hooks[index];
        let failures = self.hooks.get(index).map_or(0, |hook| hook.failures);
        let cause = match (hook.r#type, outcome) {
            (HookType::Rollback, HookOutcome::Passed) => format!("{hook} asks for it: {detail}"),
            (_, HookOutcome::Failed) if hook.failure_limit.is_some_and(|limit| failures >= limit) => {
                format!("{hook} failed {failures} times in a row: {detail}")
            }
            _ => return,
        };
        self.end(Outcome::Aborted, Cause::Hook(cause), now, effects);
    }

    /// Whoever has not passed in its time is asked no more, or ends the rollout.
    pub(super) fn expire_hooks(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let expired: Vec<usize> = self
            .holding_hooks(now)
            .filter(|(index, hook)| {
                let asked = self.hooks.get(*index).filter(|asked| !asked.is_expired);
                let since = asked.and_then(|asked| asked.since);
                hook.r#type.is_waited_for()
                    && since.is_some_and(|since| now.since(since) >= hook.expires.after)
            })
            .map(|(index, _)| index)
            .collect();
        for index in expired {
            let hook = &self.canary.hooks[index];
            let after = humantime::format_duration(hook.expires.after);
            let why = self.hooks.get(index).map_or_else(String::new, |hook| hook.why());
            let text = format!("{hook} has not passed within {after}: {why}");
            match hook.expires.then {
                AfterExpiry::Abort => {
                    return self.end(Outcome::Aborted, Cause::Hook(text), now, effects);
                }
                AfterExpiry::Hold => {
                    self.hooks.expire(index);
                    if !self.notified_holds.contains(&HoldReason::Hook) {
                        self.notified_holds.push(HoldReason::Hook);
                    }
                    let told = format!(
                        "{}/{} holds: {text}; resume asks it again",
                        self.canary.namespace, self.canary.name
                    );
                    let hold = Hold::new(HoldReason::Hook, text);
                    effects.push(self.notice(NoticeKind::Holding(hold), Urgency::Warning, told, now));
                }
            }
        }
    }

    /// A step began: what was asked about it is decided, and nobody has said anything of the new weight.
    pub(super) fn hooks_of_step_answered(&mut self) {
        let of_a_step =
            |hook: &Hook| matches!(hook.r#type, HookType::ConfirmTrafficIncrease | HookType::Rollout);
        for (index, hook) in self.canary.hooks.iter().enumerate() {
            if of_a_step(hook) {
                self.hooks.forget_answer(index);
            }
        }
    }

    /// Time in which a hook is waited for is no time in which proof is looked for.
    pub(super) fn count_waiting(&mut self, now: Timestamp) {
        if !self.hooks.is_empty() {
            let waits = self
                .holding_hooks(now)
                .any(|(_, hook)| hook.r#type.is_waited_for());
            self.hooks.note_waiting(waits, now);
        }
    }
}
