//! After the end: what is read on, for how long, and what people hear of it.

use std::time::Duration;

use serin::engine::{ConfirmationState, Effect, Event, NoticeKind, Rollout, Status};
use serin::spec::{Mode, Timestamp};

use super::super::reached::Reached;
use super::super::world::Broken;
use super::Oracle;

/// Who is told of the canary's requests, and when at the earliest.
const TOLD_AFTER: Duration = Duration::from_secs(60);

impl Oracle {
    /// A rollback is confirmed by a look without a request of the canary beside some of the baseline, once; somebody is called for
    /// requests alone, once, and not before it is; and all of it has an end.
    pub(super) fn confirms(
        &mut self,
        event: &Event,
        now: Timestamp,
        effects: &[Effect],
        rollout: &Rollout,
        reached: &mut Reached,
    ) -> Result<(), Broken> {
        let status = rollout.status(now);
        if effects.contains(&Effect::Poll) && !status.is_watched() {
            return Err("an end is read on that nobody watches".into());
        }
        self.is_bounded(&status, now, rollout)?;
        let canary_and_baseline = match event {
            Event::Look(counts) => {
                let requests = counts.requests();
                Some((requests.canary, requests.baseline))
            }
            _ => None,
        };
        let books = &mut self.books;
        for effect in effects {
            let Effect::Notify(notice) = effect else { continue };
            match notice.kind {
                NoticeKind::RollbackConfirmed => {
                    let shows_it =
                        canary_and_baseline.is_some_and(|(canary, baseline)| canary == 0.0 && baseline > 0.0);
                    if !shows_it || std::mem::replace(&mut books.is_confirmed, true) {
                        return Err("a rollback is confirmed by nothing".into());
                    }
                }
                NoticeKind::RollbackUnconfirmed => {
                    let since = status
                        .confirmation
                        .as_ref()
                        .map_or(now, |confirmation| confirmation.since);
                    let is_due = now.since(since) >= TOLD_AFTER;
                    let has_some = canary_and_baseline.is_some_and(|(canary, _)| canary > 0.0);
                    if !is_due
                        || !has_some
                        || books.is_confirmed
                        || std::mem::replace(&mut books.is_unconfirmed, true)
                    {
                        return Err("somebody is called for nothing".into());
                    }
                }
                _ => {}
            }
        }
        if let Some(confirmation) = &status.confirmation {
            reached.add("rollback", confirmation.state.name());
            if (confirmation.state == ConfirmationState::Confirmed) != books.is_confirmed {
                return Err("confirmed, and people do not know".into());
            }
        }
        Ok(())
    }

    fn is_bounded(&self, status: &Status, now: Timestamp, rollout: &Rollout) -> Result<(), Broken> {
        let Some(confirmation) = &status.confirmation else {
            return Ok(());
        };
        if rollout.canary().mode == Mode::Observe {
            return Err("an observer's rollback is watched".into());
        }
        let longest = TOLD_AFTER.max(rollout.canary().analysis.interval * 5) * 15;
        if status.is_watched() && now.since(confirmation.since) >= longest {
            return Err("watched for ever".into());
        }
        Ok(())
    }
}
