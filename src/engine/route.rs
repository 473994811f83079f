//! The managed route as this rollout knows it: what it wrote last, what it is writing, and who else wrote.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Leave, Lower, Raise};
use super::event::{Fault, FaultKind};
use super::observed::TrafficState;
use crate::spec::Timestamp;

/// Pause before a lowering is tried again: short, because nothing matters more.
const RETRY_FIRST: Duration = Duration::from_millis(200);

/// Pauses double up to this: a server that comes back is used within ten seconds.
const RETRY_LONGEST: Duration = Duration::from_secs(10);

/// So often the weight is put back after somebody raised it, before a person has to settle the matter.
const RESTORES_BEFORE_HOLD: u32 = 3;

/// What this rollout knows of the managed route.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Route {
    proven: Option<Proven>,
    writing: Option<Writing>,
    retry: Option<Retry>,
    seen: Option<TrafficState>,
    unread: Option<String>,
    drift: Option<Drift>,
    restores: u32,
}

/// The weight that was written and read back last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proven {
    /// In percent.
    pub(super) weight: u8,
    /// The epoch that it was written with.
    pub(super) epoch: u64,
    /// When it was read back.
    pub(super) at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Writing {
    Raise(Raise),
    Lower(Lower),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Retry {
    lower: Lower,
    failures: u32,
    first_failed_at: Timestamp,
    at: Timestamp,
}

/// Somebody else changed the route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Drift {
    /// Since when.
    pub(super) since: Timestamp,
    /// What was found.
    pub(super) detail: String,
    /// Whether the canary has less than it was given.
    pub(super) lowered: bool,
}

/// What a write or a read means for the rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RouteNews {
    /// Nothing.
    None,
    /// The weight was read back after a write of ours; whether it was a raise.
    Confirmed { raised: bool },
    /// The object carries this rollout's abort mark.
    Aborted,
}

impl Route {
    /// The weight that was written and read back last.
    pub(super) const fn proven(&self) -> Option<Proven> {
        self.proven
    }

    /// The canary's weight as it is known best, in percent: what was seen last, else what was written last.
    pub(super) fn weight(&self) -> u8 {
        match (&self.seen, self.proven) {
            (Some(seen), _) => seen.canary_weight,
            (None, Some(proven)) => proven.weight,
            (None, None) => 0,
        }
    }

    /// Whether another route also reaches the canary.
    pub(super) fn other_routes_reach_canary(&self) -> bool {
        self.seen
            .as_ref()
            .is_some_and(|seen| seen.other_routes_reach_canary)
    }

    /// Whether a write is under way or due again.
    pub(super) const fn is_busy(&self) -> bool {
        self.writing.is_some() || self.retry.is_some()
    }

    /// Somebody else's change that asks for a person.
    pub(super) const fn drift(&self) -> Option<&Drift> {
        self.drift.as_ref()
    }

    /// Why the weight is not known, if it is not.
    pub(super) fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    /// When a lowering has to be tried again.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.retry.as_ref().map(|retry| retry.at)
    }

    /// Since when a lowering has been failing.
    pub(super) fn failing_since(&self) -> Option<Timestamp> {
        self.retry.as_ref().map(|retry| retry.first_failed_at)
    }

    /// A person settled the drift: what is there now is what counts.
    pub(super) fn accept_drift(&mut self) {
        self.drift = None;
        self.restores = 0;
    }

    /// Gives the canary more traffic. The caller has checked every condition of a raise.
    pub(super) fn raise(&mut self, proven: Proven, to: u8, leave: Leave) -> Effect {
        let raise = Raise {
            from: proven.weight,
            to,
            epoch: proven.epoch,
            leave,
        };
        self.writing = Some(Writing::Raise(raise.clone()));
        Effect::Raise(raise)
    }

    /// Gives the canary less traffic. Takes the place of whatever was being written.
    pub(super) fn lower(&mut self, to: u8, abort: bool) -> Effect {
        let lower = Lower {
            to,
            abort,
            epoch_floor: self.epoch_floor(),
        };
        self.retry = None;
        self.writing = Some(Writing::Lower(lower.clone()));
        Effect::Lower(lower)
    }

    /// The lowering that is due again at `now`, if there is one.
    pub(super) fn retry(&mut self, now: Timestamp) -> Option<Effect> {
        let retry = self
            .retry
            .as_ref()
            .filter(|retry| retry.at <= now && self.writing.is_none())?;
        let lower = Lower {
            epoch_floor: self.epoch_floor(),
            ..retry.lower.clone()
        };
        self.writing = Some(Writing::Lower(lower.clone()));
        Some(Effect::Lower(lower))
    }

    /// A write of ours was made and read back.
    pub(super) fn wrote(&mut self, state: TrafficState, rollout: &str, now: Timestamp) -> RouteNews {
        let raised = matches!(self.writing, Some(Writing::Raise(_)));
        self.writing = None;
        self.retry = None;
        self.unread = None;
        self.proven = Some(Proven {
            weight: state.canary_weight,
            epoch: state.epoch,
            at: now,
        });
        let aborted = state.is_aborted(rollout);
        self.seen = Some(state);
        if aborted {
            RouteNews::Aborted
        } else {
            RouteNews::Confirmed { raised }
        }
    }

    /// A write of ours was not made, or nobody knows. A lowering is tried again until it is made; a raise
    /// is given up, and fenced off with a new epoch where it may still arrive.
    pub(super) fn not_written(&mut self, fault: &Fault, now: Timestamp) -> Option<Effect> {
        match self.writing.take()? {
            Writing::Raise(raise) => {
                (fault.kind == FaultKind::Unknown).then(|| self.lower(raise.from, false))
            }
            Writing::Lower(lower) => {
                let (failures, first_failed_at) = self
                    .retry
                    .as_ref()
                    .map_or((0, now), |retry| (retry.failures, retry.first_failed_at));
                let pause = RETRY_FIRST
                    .saturating_mul(1 << failures.min(10))
                    .min(RETRY_LONGEST);
                self.retry = Some(Retry {
                    lower,
                    failures: failures + 1,
                    first_failed_at,
                    at: now + pause,
                });
                None
            }
        }
    }

    /// The route could not be read.
    pub(super) fn unreadable(&mut self, fault: Fault) {
        self.unread = Some(fault.reason);
    }

    /// The route was read by a rollout that only observes: the weight is whatever it is.
    pub(super) fn watch(&mut self, state: TrafficState, now: Timestamp) {
        self.unread = None;
        let changed = self
            .proven
            .is_none_or(|proven| proven.weight != state.canary_weight);
        if changed {
            self.proven = Some(Proven {
                weight: state.canary_weight,
                epoch: state.epoch,
                at: now,
            });
        }
        self.seen = Some(state);
    }

    /// The route was read. Somebody else's lowering is accepted; a raise is put back to the proven weight.
    pub(super) fn observe(
        &mut self,
        state: TrafficState,
        rollout: &str,
        now: Timestamp,
    ) -> (RouteNews, Option<Effect>) {
        self.unread = None;
        let found = state.canary_weight;
        let aborted = state.is_aborted(rollout);
        let is_ours = state.rollout.as_deref() == Some(rollout);
        let epoch = state.epoch;
        let owner = state.rollout.clone();
        self.seen = Some(state);
        if aborted {
            return (RouteNews::Aborted, None);
        }
        let Some(proven) = self.proven.filter(|_| !self.is_busy()) else {
            return (RouteNews::None, None);
        };

        if !is_ours && epoch > proven.epoch {
            let owner = owner.as_deref().unwrap_or("nobody");
            self.drifted(
                now,
                found < proven.weight,
                format!("the route was taken over by rollout {owner} (epoch {epoch})"),
            );
            return (RouteNews::None, None);
        }
        if found < proven.weight {
            self.drifted(
                now,
                true,
                format!("somebody lowered the canary from {} to {found} %", proven.weight),
            );
            self.proven = Some(Proven {
                weight: found,
                at: now,
                ..proven
            });
        } else if found > proven.weight {
            self.restores += 1;
            if self.restores >= RESTORES_BEFORE_HOLD {
                let detail = format!(
                    "somebody raised the canary to {found} % {} times; it was put back to {} %",
                    self.restores, proven.weight
                );
                self.drifted(now, false, detail);
            }
            return (RouteNews::None, Some(self.lower(proven.weight, false)));
        }
        // Annotations lost, or an epoch of ours that we do not know: stamp the object anew before anything else.
        let effect = (!is_ours || epoch != proven.epoch).then(|| self.lower(found, false));
        (RouteNews::None, effect)
    }

    fn drifted(&mut self, now: Timestamp, lowered: bool, detail: String) {
        let since = self.drift.as_ref().map_or(now, |drift| drift.since);
        let lowered = lowered || self.drift.as_ref().is_some_and(|drift| drift.lowered);
        self.drift = Some(Drift {
            since,
            detail,
            lowered,
        });
    }

    fn epoch_floor(&self) -> u64 {
        let proven = self.proven.map_or(0, |proven| proven.epoch);
        self.seen.as_ref().map_or(proven, |seen| proven.max(seen.epoch))
    }
}
