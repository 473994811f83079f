//! The one write of ours that is under way, and the lowering that failed and is due again.
//!
//! A raise that was not made is given up; the next look decides anew. A lowering is asked for until the route
//! was read back with it, or another lowering takes its place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Lower, Raise};
use super::event::Fault;
use super::observed::TrafficState;
use super::pause::doubled;
use crate::spec::Timestamp;

/// Pause before a lowering is tried again: short, because nothing matters more.
const RETRY_FIRST: Duration = Duration::from_millis(200);

/// Pauses double up to this: once the route can be written again, the canary has its traffic for two more seconds at
/// most. A try is one read of one object, which no server minds at that pace.
const RETRY_LONGEST: Duration = Duration::from_secs(2);

/// The write under way and the lowering that is due again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Writing {
    asked: Option<Asked>,
    failed: Option<Failed>,
}

/// What was asked for and not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asked {
    Raise(Raise),
    Lower(Lower),
}

/// A lowering that was not made so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failed {
    lower: Lower,
    times: u32,
    retry_at: Timestamp,
    /// Since when it has been failing.
    pub(super) since: Timestamp,
    /// Why the newest try failed.
    pub(super) reason: String,
}

impl Asked {
    /// Whether `state`, which was read back after the write, is what was asked for. A lowering may find that
    /// somebody else went further.
    pub(super) fn is_met_by(&self, state: &TrafficState, rollout: &str) -> bool {
        match self {
            Self::Raise(raise) => {
                state.canary_weight == raise.to && state.rollout.as_deref() == Some(rollout)
            }
            Self::Lower(lower) => {
                state.canary_weight <= lower.to && (!lower.abort || state.is_aborted(rollout))
            }
        }
    }
}

impl Writing {
    /// Whether a write is under way or due again.
    pub(super) const fn is_busy(&self) -> bool {
        self.asked.is_some() || self.failed.is_some()
    }

    /// Whether a raise is under way.
    pub(super) const fn is_raise(&self) -> bool {
        matches!(self.asked, Some(Asked::Raise(_)))
    }

    /// When the lowering is to be tried again; none while a try is under way.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        let failed = self.failed.as_ref().filter(|_| self.asked.is_none());
        failed.map(|failed| failed.retry_at)
    }

    /// The lowering that was not made so far.
    pub(super) const fn failed(&self) -> Option<&Failed> {
        self.failed.as_ref()
    }

    /// Asks for a raise.
    pub(super) fn raise(&mut self, raise: Raise) -> Effect {
        self.asked = Some(Asked::Raise(raise.clone()));
        Effect::Raise(raise)
    }

    /// Asks for a lowering, in the place of whatever was being written.
    pub(super) fn lower(&mut self, lower: Lower) -> Effect {
        self.failed = None;
        self.asked = Some(Asked::Lower(lower.clone()));
        Effect::Lower(lower)
    }

    /// Asks again for the lowering that is due, with the epoch that is known by now.
    pub(super) fn retry(&mut self, epoch_floor: u64, now: Timestamp) -> Option<Effect> {
        let failed = self
            .failed
            .as_ref()
            .filter(|failed| failed.retry_at <= now && self.asked.is_none())?;
        let lower = Lower {
            epoch_floor,
            ..failed.lower.clone()
        };
        self.asked = Some(Asked::Lower(lower.clone()));
        Some(Effect::Lower(lower))
    }

    /// The write under way was answered; gives what it was.
    pub(super) const fn answered(&mut self) -> Option<Asked> {
        self.asked.take()
    }

    /// What was asked for is there.
    pub(super) fn succeeded(&mut self) {
        self.failed = None;
    }

    /// A lowering was not made: it is due again after a pause.
    pub(super) fn lowering_failed(&mut self, lower: Lower, fault: &Fault, now: Timestamp) {
        let (times, since) = self
            .failed
            .as_ref()
            .map_or((0, now), |failed| (failed.times, failed.since));
        self.failed = Some(Failed {
            lower,
            times: times.saturating_add(1),
            retry_at: now + doubled(RETRY_FIRST, RETRY_LONGEST, times),
            since,
            reason: fault.reason.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::FaultKind;
    use super::*;

    const LOWER: Lower = Lower {
        to: 0,
        epoch_floor: 3,
        abort: true,
    };

    fn fault() -> Fault {
        Fault {
            kind: FaultKind::Unreachable,
            reason: "connection refused".into(),
        }
    }

    #[test]
    fn a_lowering_is_tried_again_ever_more_rarely_and_every_two_seconds_at_last() {
        let mut writing = Writing::default();
        writing.lower(LOWER);
        let mut now = Timestamp(0);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            assert!(writing.answered().is_some());
            writing.lowering_failed(LOWER, &fault(), now);
            let due = writing.retry_at().expect("due again");
            pauses.push(due.since(now).as_millis());
            assert_eq!(writing.retry(3, Timestamp(due.0 - 1)), None);
            assert_eq!(
                writing.retry(7, due),
                Some(Effect::Lower(Lower {
                    epoch_floor: 7,
                    ..LOWER
                }))
            );
            assert_eq!(writing.retry_at(), None, "a try is under way");
            now = due;
        }
        assert_eq!(pauses, [200, 400, 800, 1600, 2000, 2000, 2000]);
    }

    #[test]
    fn an_abort_is_not_met_without_its_mark() {
        let state = |aborted: Option<&str>| TrafficState {
            canary_weight: 0,
            epoch: 4,
            rollout: Some("r".into()),
            aborted: aborted.map(Into::into),
            other_routes_reach_canary: false,
            version: "v".into(),
        };
        let asked = Asked::Lower(LOWER);
        assert!(!asked.is_met_by(&state(None), "r"));
        assert!(asked.is_met_by(&state(Some("r")), "r"));
    }
}
