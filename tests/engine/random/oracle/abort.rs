//! Promise 3, abort comes first; promise 10, at any time; and promise 4, as far as missing data must not abort.

use std::time::Duration;

use serin::engine::{Action, Cause, Effect, Event, Lower, Outcome, Phase, Rollout};
use serin::spec::{AfterDeadline, Mode, OnInconclusive, Timestamp};

use super::super::world::Broken;
use super::{Oracle, is_command, values};

const ABORT: &str = "the first effect is not the lowering to 0 with the mark";

impl Oracle {
    /// What ends a rollout ends it at once, and nothing else does.
    pub(super) fn endings(
        &self,
        event: &Event,
        now: Timestamp,
        effects: &[Effect],
        rollout: &Rollout,
    ) -> Result<(), Broken> {
        let phase = rollout.phase();
        let ends_now = !self.books.ended && (phase == Phase::Aborting || phase.is_final());
        let controls = rollout.canary().mode == Mode::Control;
        if !self.books.ended && self.must_end(event, rollout) && !ends_now {
            return Err("it does not abort".into());
        }
        if !ends_now || phase == Phase::Succeeded {
            return Ok(());
        }
        if controls
            && !matches!(
                effects.first(),
                Some(Effect::Lower(Lower {
                    to: 0,
                    abort: true,
                    ..
                }))
            )
        {
            return Err(ABORT.into());
        }
        self.has_cause(event, now, rollout)
    }

    fn must_end(&self, event: &Event, rollout: &Rollout) -> bool {
        let limit = (1.0 / rollout.canary().analysis.false_abort_rate).ln();
        let proven = self.books.harm_log >= limit || self.breaks_a_value(rollout);
        let harmful = matches!(event, Event::Look(_)) && proven;
        let told = matches!(event, Event::RevisionChanged(_) | Event::Deleted);
        harmful || told || is_command(event, Action::Abort)
    }

    fn breaks_a_value(&self, rollout: &Rollout) -> bool {
        values::is_harmful(&rollout.canary().analysis.metrics, &self.books.values)
    }

    fn has_cause(&self, event: &Event, now: Timestamp, rollout: &Rollout) -> Result<(), Broken> {
        let books = &self.books;
        let canary = rollout.canary();
        let status = rollout.status(now);
        let ending = status.ending.ok_or("it ends without an ending")?;
        let holds = match &ending.cause {
            Cause::Proven(_) => false,
            Cause::Harmful(_) => {
                books.harm_log >= (1.0 / canary.analysis.false_abort_rate).ln()
                    || self.breaks_a_value(rollout)
            }
            Cause::NoData(no_data) => {
                let policies = &canary.analysis.no_data;
                let policy = match no_data.state.name() {
                    "sourceDown" => policies.source_down,
                    "stale" => policies.stale,
                    "noTraffic" => policies.no_traffic,
                    "canarySilent" => policies.canary_silent,
                    _ => policies.baseline_silent,
                };
                let lasted = books.gap_since.map(|since| now.since(since));
                policy.then == AfterDeadline::Abort
                    && lasted.is_some_and(|lasted| lasted >= policy.after)
                    && !self.leaves_all_to_the_canary(canary.mode)
            }
            Cause::CanaryFailing(_) => {
                let failing = books
                    .workload
                    .as_ref()
                    .and_then(|workload| workload.canary_failing.as_ref());
                failing.is_some() && books.weight > 0
            }
            Cause::Commanded(_) => is_command(event, Action::Abort),
            Cause::Deadline(_) => {
                canary.on_inconclusive == OnInconclusive::Abort
                    && now >= books.started_at + canary.max_duration
                    && matches!(event, Event::Look(_))
                    && !self.leaves_all_to_the_canary(canary.mode)
            }
            Cause::Drift(_) => now.since(books.started_at) >= Duration::from_secs(30 * 60),
            Cause::RevisionChanged(_) => matches!(event, Event::RevisionChanged(_)),
            // Here a canary is of one revision for ever.
            Cause::OtherRevision { .. } => false,
            Cause::Deleted => *event == Event::Deleted,
            // An answer, or none in time.
            Cause::Hook(_) => !canary.hooks.is_empty(),
            // Here nobody else moves the traffic.
            Cause::Concluded(_) => false,
            Cause::NotPromoted(_) => matches!(event, Event::WorkloadNotPromoted(_)),
            Cause::MarkFound => books.mark_found,
        };
        let inconclusive = ending.outcome == Outcome::Inconclusive;
        if holds && inconclusive == matches!(ending.cause, Cause::Deadline(_)) {
            Ok(())
        } else {
            Err(format!("it ends without cause: {ending:?}"))
        }
    }

    /// Whether the canary has served everything since before the rollout, and only people or proof may end that.
    fn leaves_all_to_the_canary(&self, mode: Mode) -> bool {
        mode == Mode::Control && self.books.weight == 100 && !self.books.may_lower_all
    }

    /// After the end was decided, only towards it.
    pub(super) fn lower(&self, lower: &Lower) -> Result<(), Broken> {
        let books = &self.books;
        if !lower.abort && self.leaves_all_to_the_canary(Mode::Control) {
            return Err("everything is lowered, unasked".into());
        }
        let seen = books.wrote.as_ref().map_or(0, |(state, _)| state.epoch);
        if books.ended && !(lower.to == 0 && lower.abort) {
            return Err("a lowering after the end that is not the abort".into());
        }
        if lower.to > 100 || lower.epoch_floor < seen {
            return Err(format!("{lower:?} where epoch {seen} was written"));
        }
        Ok(())
    }

    /// Every lowering is asked for until it was read back, or another is.
    pub(super) fn lowerings_are_asked_for(
        &self,
        event: &Event,
        now: Timestamp,
        effects: &[Effect],
    ) -> Result<(), Broken> {
        let asks = effects.iter().any(|effect| matches!(effect, Effect::Lower(_)));
        let late = self.books.ask_by.is_some_and(|by| now > by) && *event == Event::Wake;
        if late && !asks && !self.books.phase.is_final() {
            return Err("a lowering is not asked for again".into());
        }
        Ok(())
    }
}
