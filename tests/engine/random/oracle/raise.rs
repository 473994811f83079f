//! Promise 2, no step up in the dark; and promise 4, as far as a look without data must not raise.

use serin::engine::{Action, Event, HoldReason, Leave, Phase, Raise, Rollout, VerdictKind};
use serin::spec::{CheckedCanary, OnInconclusive, Step, Timestamp};

use super::super::world::Broken;
use super::books::LookBook;
use super::{Oracle, is_command, values};

/// Holds that bind a person's promotion too.
const BINDING: [HoldReason; 6] = [
    HoldReason::Paused,
    HoldReason::NotReady,
    HoldReason::Capacity,
    HoldReason::NoData,
    HoldReason::UnconfirmedWeight,
    HoldReason::Drift,
];

/// Looks with data at a weight before the next.
const DWELL: u32 = 2;

fn must(is_so: bool, otherwise: &str) -> Result<(), Broken> {
    if is_so {
        Ok(())
    } else {
        Err(format!("raised {otherwise}"))
    }
}

impl Oracle {
    pub(super) fn raise(
        &self,
        raise: &Raise,
        event: &Event,
        now: Timestamp,
        rollout: &Rollout,
    ) -> Result<(), Broken> {
        let books = &self.books;
        let canary = rollout.canary();
        let operator = raise.leave == Leave::Operator;
        must(!books.ended, "after the end was decided")?;
        must(
            raise.to == 100 || canary.steps.iter().any(|step| step.weight == raise.to),
            "to a weight that is no step's",
        )?;
        must(raise.to > raise.from, "to less")?;
        must(
            books.asked.is_none() && books.ask_by.is_none(),
            "while a write is outstanding",
        )?;
        let wrote = books.wrote.as_ref().map(|(state, _)| state);
        must(
            wrote.is_some_and(|wrote| wrote.epoch == raise.epoch),
            "with an epoch that it did not take",
        )?;
        must(
            raise.from == books.weight,
            "from a weight that is not the one that was read",
        )?;
        must(
            matches!(event, Event::Look(_)) || (operator && is_command(event, Action::Promote)),
            "without a look and without being asked",
        )?;
        self.nothing_holds(raise, now, rollout)?;

        let Some(look) = &books.look else {
            return must(false, "without a look");
        };
        must(
            now.since(look.taken_at) <= canary.analysis.interval * 2,
            "on a look older than two intervals",
        )?;
        match raise.leave {
            Leave::FirstStep => self.first_step(raise, look, canary),
            Leave::Operator => {
                must(books.promoted_by_hand && raise.to == 100, "by hand, unasked")?;
                let kind = look.verdict.map(|(kind, ..)| kind);
                must(
                    matches!(kind, Some(VerdictKind::Pass | VerdictKind::Inconclusive)),
                    "by hand against the verdict",
                )
            }
            Leave::Gate => {
                self.served(look, canary, true)?;
                let passed = matches!(look.verdict, Some((VerdictKind::Pass, gate, _)) if gate == raise.to);
                must(passed, "without the verdict pass at the next gate")?;
                must(
                    values::are_kept(&canary.analysis.metrics, &books.values),
                    "before a value was kept for its looks",
                )
            }
            Leave::Advance => {
                self.served(look, canary, false)?;
                must(
                    canary.on_inconclusive == OnInconclusive::Advance
                        && now >= books.started_at + canary.max_duration,
                    "without proof before the deadline",
                )?;
                let kind = look.verdict.map(|(kind, ..)| kind);
                must(
                    matches!(kind, Some(VerdictKind::Pass | VerdictKind::Inconclusive)),
                    "without proof against the verdict",
                )
            }
        }
    }

    fn nothing_holds(&self, raise: &Raise, now: Timestamp, rollout: &Rollout) -> Result<(), Broken> {
        let books = &self.books;
        let canary = rollout.canary();
        let holds = rollout.status(now).holds;
        let mut binding = holds
            .iter()
            .filter(|hold| raise.leave != Leave::Operator || BINDING.contains(&hold.reason));
        if let Some(hold) = binding.next() {
            return must(false, &format!("under the hold {hold}"));
        }
        must(!books.paused, "while paused")?;
        must(
            books.lowered_since.is_none(),
            "after somebody else lowered the canary",
        )?;
        must(!books.route_unread, "though the route could not be read")?;
        must(!books.workload_unseen, "though the pods could not be seen")?;
        let Some(workload) = &books.workload else {
            return must(false, "before any pod was seen");
        };
        must(
            workload.canary_ready > 0 && workload.canary_failing.is_none(),
            "without a ready canary",
        )?;
        let asked = f64::from(raise.to) / 100.0 * f64::from(workload.stable_replicas) * canary.capacity;
        must(f64::from(workload.canary_ready) >= asked, "without the replicas")?;
        must(
            raise.leave == Leave::Operator || !books.spec_changed,
            "on an edited Canary",
        )
    }

    fn first_step(&self, raise: &Raise, look: &LookBook, canary: &CheckedCanary) -> Result<(), Broken> {
        must(raise.from == 0, "as the first step from another weight than 0")?;
        must(raise.to == canary.steps[0].weight, "by more than the first step")?;
        must(look.baseline_seen, "on a look that did not see the baseline")?;
        self.approved(&canary.steps[0])
    }

    /// The step under way had its looks, its time and its requests, and the next is approved.
    fn served(&self, look: &LookBook, canary: &CheckedCanary, proven: bool) -> Result<(), Broken> {
        let books = &self.books;
        must(look.with_data, "on a look without data")?;
        must(
            books.looks_with_data >= DWELL,
            "before two looks with data at the weight",
        )?;
        let reached = canary
            .steps
            .iter()
            .take_while(|step| step.weight <= books.weight)
            .count();
        must(reached > 0, "by a gate before the first step")?;
        let step = &canary.steps[reached - 1];
        must(
            look.taken_at.since(books.weight_since) + canary.analysis.interval >= step.hold,
            "before the step's hold was over",
        )?;
        must(
            !proven || books.requests >= step.min_requests as f64,
            "before the step's requests",
        )?;
        match canary.steps.get(reached) {
            Some(next) if books.phase != Phase::Promoting => self.approved(next),
            _ => Ok(()),
        }
    }

    fn approved(&self, step: &Step) -> Result<(), Broken> {
        must(!step.approval || self.books.approved, "without the approval")
    }
}
