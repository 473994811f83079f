//! When a Canary's status is written. Pure.

use std::time::Duration;

use crate::kubernetes::{Backoff, Failure};
use crate::spec::Timestamp;

/// Between two writes of one status, where more than numbers changed: `kubectl get --watch` is for people.
const PAUSE: Duration = Duration::from_secs(10);

/// Where nothing but numbers changed, as they do at every look: 500 progressing Canaries are eight writes a second by this, of which
/// each costs the API server a new version of an object. Who wants every look watches the rollout.
const PAUSE_OF_FIGURES: Duration = Duration::from_secs(60);

/// What is refused is refused again, until somebody changes the definition or what Serin may do.
const PAUSE_REFUSED: Duration = Duration::from_secs(60);

/// What of a status changed, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// Numbers, and what is said of them.
    Figures,
    /// Where the rollout stands, or what is written.
    Standing,
    /// The rollout ended, or what was written was written too early.
    End,
}

/// One Canary's status, and when it was and will be written.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// What changed since the last write.
    changed: Option<Change>,
    is_under_way: bool,
    written_at: Option<Timestamp>,
    /// Not before this, after a failure.
    retry_at: Option<Timestamp>,
    backoff: Backoff,
}

impl Slot {
    /// Something changed, or may have.
    pub(super) fn touch(&mut self, change: Change) {
        self.changed = self.changed.max(Some(change));
    }

    /// When it is to be written; none while there is nothing to write, or it is being written.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let change = self.changed.filter(|_| !self.is_under_way)?;
        let pause = match change {
            Change::Figures => Some(PAUSE_OF_FIGURES),
            Change::Standing => Some(PAUSE),
            Change::End => None,
        };
        let paced = self.written_at.zip(pause).map(|(at, pause)| at + pause);
        Some(paced.max(self.retry_at).unwrap_or_default())
    }

    /// There is nothing that is not written.
    pub(super) const fn is_clean(&mut self) {
        self.changed = None;
    }

    /// A write begins at `now`; what changes from here on is for the next one.
    pub(super) const fn begin(&mut self, now: Timestamp) {
        self.is_clean();
        self.is_under_way = true;
        self.written_at = Some(now);
    }

    /// It is written.
    pub(super) const fn succeeded(&mut self) {
        self.is_under_way = false;
        self.retry_at = None;
        self.backoff.reset();
    }

    /// It is not, at `now`; where the server will not take it, it is let alone for longer. Who is denied is believed to be only after
    /// some attempts, as a server that has just started denies everybody. Gives whether it is the first failure in a row.
    pub(super) fn failed(&mut self, now: Timestamp, failure: &Failure) -> bool {
        let is_first = self.retry_at.is_none();
        let pause = self.backoff.failed();
        let is_refused = match failure {
            Failure::Refused(_) => true,
            Failure::Denied(_) => self.backoff.is_grown(),
            Failure::NotFound(_) | Failure::Conflict(_) | Failure::Unreachable(_) | Failure::Unknown(_) => {
                false
            }
        };
        self.is_under_way = false;
        self.retry_at = Some(now + if is_refused { PAUSE_REFUSED } else { pause });
        // It is late already.
        self.touch(Change::End);
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn written() -> Slot {
        let mut slot = Slot::default();
        slot.touch(Change::Standing);
        slot.begin(NOW);
        slot.succeeded();
        slot
    }

    #[test]
    fn the_first_is_written_at_once_and_the_next_ten_seconds_later() {
        let mut slot = Slot::default();
        assert_eq!(slot.due(), None);
        slot.touch(Change::Standing);
        assert!(slot.due().is_some_and(|due| due <= NOW));
        let mut slot = written();
        assert_eq!(slot.due(), None);
        slot.touch(Change::Standing);
        assert_eq!(slot.due(), Some(NOW + PAUSE));
    }

    #[test]
    fn numbers_alone_are_written_once_a_minute_and_go_along_with_all_else() {
        let mut slot = written();
        slot.touch(Change::Figures);
        assert_eq!(slot.due(), Some(NOW + PAUSE_OF_FIGURES));
        slot.touch(Change::Standing);
        slot.touch(Change::Figures);
        assert_eq!(slot.due(), Some(NOW + PAUSE));
    }

    #[test]
    fn an_end_is_written_at_once() {
        let mut slot = written();
        slot.touch(Change::Standing);
        slot.touch(Change::End);
        assert!(slot.due().is_some_and(|due| due <= NOW));
    }

    #[test]
    fn one_write_at_a_time_and_what_changed_meanwhile_is_written_after_it() {
        let mut slot = Slot::default();
        slot.touch(Change::Standing);
        slot.begin(NOW);
        slot.touch(Change::End);
        assert_eq!(slot.due(), None);
        slot.succeeded();
        assert!(slot.due().is_some_and(|due| due <= NOW));
    }

    #[test]
    fn a_write_that_failed_is_tried_again_after_a_pause() {
        let mut slot = written();
        slot.touch(Change::End);
        slot.begin(NOW);
        assert!(slot.failed(NOW, &Failure::Unknown(String::new())));
        let due = slot.due().unwrap();
        assert!(due > NOW && due < NOW + PAUSE, "{due:?}");
        slot.begin(due);
        assert!(!slot.failed(due, &Failure::Refused(String::new())));
        assert_eq!(slot.due(), Some(due + PAUSE_REFUSED));
    }

    #[test]
    fn a_server_that_denies_it_is_asked_again_soon_and_rarely_once_that_lasts() {
        let mut slot = written();
        let mut now = NOW;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            slot.touch(Change::End);
            slot.begin(now);
            slot.failed(now, &Failure::Denied(String::new()));
            let due = slot.due().unwrap();
            pauses.push(due.since(now));
            now = due;
        }
        assert!(pauses[..4].iter().all(|pause| *pause < PAUSE), "{pauses:?}");
        assert_eq!(pauses[4..], [PAUSE_REFUSED; 3]);
    }
}
