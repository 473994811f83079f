//! Who watches a rollout from outside: it sees the events, the effects, the Canary and the status, keeps its
//! own books from them, and says which promise an effect breaks.
//!
//! The books are kept more simply than the engine's, so that they are right by inspection. Where simple is
//! not exact, the oracle errs on the side of the engine.

mod abort;
mod books;
mod confirmation;
mod hooks;
mod raise;
mod values;

use serin::engine::{Action, Effect, Event, NoticeKind, Phase, Rollout, Status};
use serin::spec::{Mode, Timestamp};

use super::reached::Reached;
use super::world::Broken;
use books::Books;
use hooks::HookBooks;

/// The books of one rollout, and what is checked against them.
#[derive(Debug, Clone)]
pub(super) struct Oracle {
    books: Books,
    hooks: HookBooks,
}

impl Oracle {
    pub(super) fn new(started_at: Timestamp) -> Self {
        Self {
            books: Books::new(started_at),
            hooks: HookBooks::default(),
        }
    }

    /// The first effects.
    pub(super) fn started(&mut self, rollout: &Rollout, effects: &[Effect]) -> Result<(), Broken> {
        self.books.wrote_down(effects, rollout);
        self.of_every_event(self.books.started_at, effects, rollout)
    }

    /// An event, what came of it, and the rollout after it.
    pub(super) fn told(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &[Effect],
        rollout: &Rollout,
        reached: &mut Reached,
    ) -> Result<(), Broken> {
        self.hooks.told(event, effects, now, rollout)?;
        let before = self.books.phase;
        if before.is_final() {
            nothing_but_clearing_up(effects)?;
            return self.confirms(event, now, effects, rollout, reached);
        }
        let phase = rollout.phase();
        let refused = effects.iter().any(|effect| matches!(effect, Effect::Refuse(_)));
        let status = (matches!(event, Event::Look(_)) || phase.is_final()).then(|| rollout.status(now));
        self.books.take_in(event, now, refused, status.as_ref(), rollout);

        reached.add("phase", phase.name());
        reached.effects(effects);
        if let Some(status) = &status {
            reached.status(status);
        }
        if phase == Phase::Aborting && before != phase {
            reached.abort(before, self.books.weight);
        }

        self.of_every_event(now, effects, rollout)?;
        self.values_agree(status.as_ref())?;
        for effect in effects {
            match effect {
                Effect::Raise(raise) => self.raise(raise, event, now, rollout)?,
                Effect::Lower(lower) => self.lower(lower)?,
                _ => {}
            }
        }
        self.endings(event, now, effects, rollout)?;
        self.lowerings_are_asked_for(event, now, effects)?;
        self.bakes(now, rollout)?;
        self.books.wrote_down(effects, rollout);
        if rollout.phase() == Phase::Baking && before != Phase::Baking {
            self.books.baking_since = Some(now);
        }
        Ok(())
    }

    /// The canary's weight as the rollout was told of it last.
    pub(super) const fn weight(&self) -> u8 {
        self.books.weight
    }

    fn of_every_event(&self, now: Timestamp, effects: &[Effect], rollout: &Rollout) -> Result<(), Broken> {
        let writes = effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Raise(_) | Effect::Lower(_)));
        if writes.count() > 1 {
            return Err("two writes at once".into());
        }
        for (index, effect) in effects.iter().enumerate() {
            if effects[..index].contains(effect) {
                return Err(format!("the same effect twice: {effect:?}"));
            }
        }
        if rollout.canary().mode == Mode::Observe {
            let only_reads_and_tells = |effect: &Effect| {
                matches!(
                    effect,
                    Effect::Poll | Effect::ReadHistory | Effect::Notify(_) | Effect::Refuse(_)
                )
            };
            if !effects.iter().all(only_reads_and_tells) {
                return Err("an observer does something".into());
            }
        }
        match rollout.next_wakeup() {
            None if !rollout.phase().is_final() => {
                Err("nobody will wake a rollout that has not ended".into())
            }
            Some(_) if rollout.is_over() => Err("a rollout that is over is woken".into()),
            Some(at) if at <= now => Err(format!("woken at {at}, which has been")),
            _ => Ok(()),
        }
    }

    /// The engine counts the looks of a value as the books do.
    fn values_agree(&self, status: Option<&Status>) -> Result<(), Broken> {
        let verdict = status.and_then(|status| status.verdict.as_ref());
        let metrics = verdict.iter().flat_map(|verdict| &verdict.metrics);
        for (metric, book) in metrics.zip(&self.books.values) {
            if metric.value.is_some_and(|value| !book.agrees(&value)) {
                return Err(format!("{:?} where the books have {book:?}", metric.value));
            }
        }
        Ok(())
    }

    /// Promise 10: whoever was not promoted by hand has baked in full.
    fn bakes(&self, now: Timestamp, rollout: &Rollout) -> Result<(), Broken> {
        let promotes = |phase| matches!(phase, Phase::Promoting | Phase::Succeeded);
        if !promotes(rollout.phase()) || promotes(self.books.phase) || self.books.promoted_by_hand {
            return Ok(());
        }
        let baked = self
            .books
            .baking_since
            .filter(|_| self.books.phase == Phase::Baking);
        match baked.map(|since| now.since(since)) {
            Some(time) if time >= rollout.canary().promotion.bake => Ok(()),
            time => Err(format!("promoted after a bake of {time:?}")),
        }
    }
}

/// After the end commands are refused, and the workloads get what they are owed; nothing is written, raised or promoted.
fn nothing_but_clearing_up(effects: &[Effect]) -> Result<(), Broken> {
    let clears_up = |effect: &Effect| match effect {
        Effect::Refuse(_) | Effect::RestoreWorkload | Effect::ScaleDownCanary | Effect::CallHook(_) => true,
        // Why, see `confirmation`.
        Effect::Poll => true,
        Effect::Notify(notice) => matches!(
            notice.kind,
            NoticeKind::StableNotRestored
                | NoticeKind::StableRestored
                | NoticeKind::RollbackConfirmed
                | NoticeKind::RollbackUnconfirmed
        ),
        _ => false,
    };
    if effects.iter().all(clears_up) {
        Ok(())
    } else {
        Err("something comes of an event after the end".into())
    }
}

/// Whether an event is this command.
fn is_command(event: &Event, action: Action) -> bool {
    matches!(event, Event::Command(command) if command.action == action)
}
