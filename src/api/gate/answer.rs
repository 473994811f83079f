//! Whether a webhook passes, by where its judgement stands. Pure.

use super::hook::passes_undecided;
use super::judgement::Judgement;
use crate::engine::judge::policy::DWELL_MIN;
use crate::engine::{Cause, HoldReason, Outcome, Phase, Status, VerdictKind, words};
use crate::spec::{HookType, Timestamp};

/// The gate before the promotion, in percent.
const PROMOTION_GATE: u8 = 100;

/// What a webhook is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Whether it passes.
    pub(super) passes: bool,
    /// Why, in one sentence.
    pub(super) why: String,
}

impl Answer {
    pub(super) fn passed(why: impl Into<String>) -> Self {
        Self {
            passes: true,
            why: why.into(),
        }
    }

    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self {
            passes: false,
            why: why.into(),
        }
    }
}

impl Judgement {
    /// What `hook` is answered.
    pub(super) fn answer(&self, hook: HookType) -> Answer {
        match self {
            Self::Undecided(why) => Answer {
                passes: passes_undecided(hook),
                why: format!("undecided: {why}"),
            },
            Self::Known(status, now) => answer(hook, status, *now),
        }
    }
}

fn answer(hook: HookType, status: &Status, now: Timestamp) -> Answer {
    let why = || words::why(status);
    let is_failed = is_failed(status);
    let is_promoted = outcome(status) == Some(Outcome::Promoted);
    let passes_if = |passes: bool| Answer { passes, why: why() };
    match hook {
        HookType::Rollback => passes_if(is_failed),
        HookType::PreRollout | HookType::Rollout => passes_if(!is_failed),
        // What happens to the canary since then nobody sees.
        HookType::ConfirmTrafficIncrease | HookType::ConfirmPromotion if is_promoted => Answer::refused(
            format!("the judgement has ended, and nobody looks any more: {}", why()),
        ),
        _ if is_promoted => passes_if(true),
        _ if status.phase.is_final() => passes_if(false),
        HookType::ConfirmRollout => begins(status, now),
        HookType::ConfirmTrafficIncrease => raises(status, now),
        HookType::ConfirmPromotion => promotes(status, now),
        HookType::PostRollout | HookType::Event => passes_if(true),
    }
}

/// A judgement that failed: Serin itself would have sent all traffic back, because of what it saw or because somebody said so.
fn is_failed(status: &Status) -> bool {
    let cause = status.ending.as_ref().map(|ending| &ending.cause);
    outcome(status) == Some(Outcome::Aborted)
        && matches!(
            cause,
            Some(Cause::Harmful(_) | Cause::NoData(_) | Cause::CanaryFailing(_) | Cause::Commanded(_))
        )
}

fn outcome(status: &Status) -> Option<Outcome> {
    let ending = status.ending.as_ref().filter(|_| status.phase.is_final());
    ending.map(|ending| ending.outcome)
}

/// Before anything of the canary runs: whether it could be judged once it does.
fn begins(status: &Status, now: Timestamp) -> Answer {
    let blind = status.holds.iter().find(|hold| {
        matches!(
            hold.reason,
            HoldReason::Paused | HoldReason::NoHistory | HoldReason::NoData | HoldReason::UnconfirmedWeight
        )
    });
    match (blind, &status.verdict) {
        (Some(hold), _) => Answer::refused(format!("holds: {hold}")),
        (None, None) => Answer::refused("the stable version's requests were not seen yet"),
        (None, Some(_)) => unless_old(status, now, || Answer::passed("the canary can be judged")),
    }
}

/// Before more traffic: what is proven has to reach beyond what the canary has already.
fn raises(status: &Status, now: Timestamp) -> Answer {
    let weight = status.weight;
    if status.phase == Phase::Preparing || !status.holds.is_empty() {
        return Answer::refused(words::why(status));
    }
    unless_old(status, now, || {
        let kind = status.verdict.as_ref().map(|verdict| verdict.kind);
        if weight == 0 {
            return Answer::passed("the canary has no traffic yet, and can be judged");
        }
        if kind == Some(VerdictKind::NoData) {
            return Answer::refused(words::why(status));
        }
        if status.looks_at_weight < DWELL_MIN {
            let looks = status.looks_at_weight;
            return Answer::refused(format!("{looks} of {DWELL_MIN} looks with data at {weight} %"));
        }
        let proven = status.step_weight.filter(|_| status.phase == Phase::Analysing);
        match proven {
            Some(proven) if proven <= weight => Answer::refused(format!(
                "not proven beyond {proven} % yet, and the canary has {weight} %: {}",
                words::why(status)
            )),
            Some(proven) => Answer::passed(format!("proven for {proven} %, and the canary has {weight} %")),
            None => Answer::passed(words::why(status)),
        }
    })
}

/// Before the promotion: every gate is passed, and the newest look says so too.
fn promotes(status: &Status, now: Timestamp) -> Answer {
    let verdict = status.verdict.as_ref();
    let is_proven = verdict
        .is_some_and(|verdict| verdict.kind == VerdictKind::Pass && verdict.gate_weight == PROMOTION_GATE);
    let has_passed = matches!(status.phase, Phase::Baking | Phase::Promoting);
    if !status.holds.is_empty() || !is_proven || !has_passed {
        return Answer::refused(words::why(status));
    }
    unless_old(status, now, || Answer::passed(words::why(status)))
}

/// Nothing is let through by a look that nobody would act on any more.
fn unless_old(status: &Status, now: Timestamp, answer: impl FnOnce() -> Answer) -> Answer {
    if status.look_good_until.is_some_and(|until| now <= until) {
        answer()
    } else {
        Answer::refused("the newest look is older than two intervals")
    }
}
