//! The managed route as this rollout knows it: what it wrote last, what it is writing, and who else wrote.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::drift::{Drift, DriftWatch};
use super::effect::{Effect, Leave, Lower, Raise};
use super::event::{Fault, FaultKind};
use super::observed::TrafficState;
use super::writing::{Asked, Failed, Writing};
use crate::spec::Timestamp;

/// Nobody waits longer for a read of the route; what comes later was read later.
const READ_LONGEST: Duration = Duration::from_secs(5);

/// What this rollout knows of the managed route.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Route {
    proven: Option<Proven>,
    writing: Writing,
    seen: Option<TrafficState>,
    unread: Option<Unread>,
    drift: DriftWatch,
    /// The highest epoch that a write of ours may have left, whether or not it was answered.
    epoch_asked: u64,
}

/// The weight that was read back last, from a write of ours or after somebody else's lowering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proven {
    /// In percent.
    pub(super) weight: u8,
    /// The epoch that it was written with.
    pub(super) epoch: u64,
    /// When it was read back.
    pub(super) at: Timestamp,
}

/// The route could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unread {
    /// Since when.
    pub(super) since: Timestamp,
    /// Why the newest read failed.
    pub(super) reason: String,
}

/// What a write or a read means for the rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteNews {
    /// Nothing.
    None,
    /// A raise was read back.
    Raised,
    /// A lowering was read back.
    Lowered,
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
        self.writing.is_busy()
    }

    /// Whether a raise is under way.
    pub(super) const fn is_raising(&self) -> bool {
        self.writing.is_raise()
    }

    /// Somebody else's change that is not settled.
    pub(super) const fn drift(&self) -> Option<&Drift> {
        self.drift.current()
    }

    /// Whether the canary serves everything, and not by a write of ours: taking that away unasked would roll
    /// back what nobody judged.
    pub(super) const fn is_left_alone(&self) -> bool {
        self.proven.is_none() && self.drift.current().is_some()
    }

    /// Why the weight is not known, if it is not.
    pub(super) const fn unread(&self) -> Option<&Unread> {
        self.unread.as_ref()
    }

    /// When a lowering has to be tried again.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.writing.retry_at()
    }

    /// The lowering that was not made so far.
    pub(super) const fn failing(&self) -> Option<&Failed> {
        self.writing.failed()
    }

    /// A person settled the drift: what is there now is what counts.
    pub(super) fn settle_drift(&mut self) {
        self.drift.settle();
    }

    /// Gives the canary more traffic. The caller has checked every condition of a raise.
    pub(super) fn raise(&mut self, proven: Proven, to: u8, leave: Leave) -> Effect {
        self.epoch_asked = self.epoch_asked.max(proven.epoch.saturating_add(1));
        self.writing.raise(Raise {
            from: proven.weight,
            to,
            epoch: proven.epoch,
            leave,
        })
    }

    /// Gives the canary less traffic. Takes the place of whatever was being written.
    pub(super) fn lower(&mut self, to: u8, abort: bool) -> Effect {
        let epoch_floor = self.epoch_floor();
        self.writing.lower(Lower {
            to,
            epoch_floor,
            abort,
        })
    }

    /// The lowering that is due again at `now`, if there is one.
    pub(super) fn retry(&mut self, now: Timestamp) -> Option<Effect> {
        self.writing.retry(self.epoch_floor(), now)
    }

    /// A write of ours was answered with what was read back after it.
    pub(super) fn wrote(
        &mut self,
        state: TrafficState,
        rollout: &str,
        now: Timestamp,
    ) -> (RouteNews, Option<Effect>) {
        let Some(asked) = self.writing.answered() else {
            return self.observe(state, rollout, now);
        };
        if !state.is_aborted(rollout) && !asked.is_met_by(&state, rollout) {
            let fault = Fault {
                kind: FaultKind::Unknown,
                reason: format!(
                    "weight {} was read back, which was not asked for",
                    state.canary_weight
                ),
            };
            return (RouteNews::None, self.failed(asked, &fault, now));
        }
        self.writing.succeeded();
        self.unread = None;
        self.drift.put_back();
        self.proven = Some(Proven {
            weight: state.canary_weight,
            epoch: state.epoch,
            at: now,
        });
        let news = match asked {
            _ if state.is_aborted(rollout) => RouteNews::Aborted,
            Asked::Raise(_) => RouteNews::Raised,
            Asked::Lower(lower) => {
                if state.canary_weight < lower.to {
                    self.drift.lowered(lower.to, state.canary_weight, now);
                }
                RouteNews::Lowered
            }
        };
        self.seen = Some(state);
        (news, None)
    }

    /// A write of ours was not made, or nobody knows. A lowering is tried again until it is made; a raise
    /// is given up, and fenced off with a new epoch where it may still arrive.
    pub(super) fn not_written(&mut self, fault: &Fault, now: Timestamp) -> Option<Effect> {
        let asked = self.writing.answered()?;
        self.failed(asked, fault, now)
    }

    fn failed(&mut self, asked: Asked, fault: &Fault, now: Timestamp) -> Option<Effect> {
        match asked {
            Asked::Raise(raise) => (fault.kind == FaultKind::Unknown).then(|| self.lower(raise.from, false)),
            Asked::Lower(lower) => {
                self.writing.lowering_failed(lower, fault, now);
                None
            }
        }
    }

    /// The route could not be read.
    pub(super) fn unreadable(&mut self, fault: Fault, now: Timestamp) {
        self.unread = Some(Unread {
            since: self.unread.as_ref().map_or(now, |unread| unread.since),
            reason: fault.reason,
        });
    }

    /// The route was read by a rollout that only observes: the weight is whatever it is.
    pub(super) fn watch(&mut self, state: TrafficState, now: Timestamp) {
        self.unread = None;
        self.proven = Some(Proven {
            weight: state.canary_weight,
            epoch: state.epoch,
            at: now,
        });
        self.seen = Some(state);
    }

    /// The route was read. Somebody else's lowering is accepted; a raise is put back to the proven weight.
    pub(super) fn observe(
        &mut self,
        state: TrafficState,
        rollout: &str,
        now: Timestamp,
    ) -> (RouteNews, Option<Effect>) {
        if self.was_read_before(&state, now) {
            return (RouteNews::None, None);
        }
        self.unread = None;
        let known = self.epoch_floor();
        let state = &*self.seen.insert(state);
        if state.is_aborted(rollout) {
            return (RouteNews::Aborted, None);
        }
        let found = state.canary_weight;
        if self.writing.is_busy() {
            return (RouteNews::None, None);
        }
        let Some(proven) = self.proven else {
            return (RouteNews::None, self.first_seen(found, now));
        };

        let is_ours = state.rollout.as_deref() == Some(rollout);
        let has_our_epoch = is_ours && state.epoch == proven.epoch;
        if !is_ours && state.epoch > proven.epoch {
            self.drift
                .taken_over(state.rollout.as_deref(), state.epoch, found < proven.weight, now);
            return (RouteNews::None, None);
        }
        if found > proven.weight && is_ours && state.epoch > known {
            // Another process raised this rollout: it has taken over. This one's journal is about to say so, and
            // what it does until then must not undo the other's work. Seen a second time, it is somebody else's.
            return (RouteNews::None, None);
        }
        if found > proven.weight {
            self.drift.raised(proven.weight, found, now);
            return (RouteNews::None, Some(self.lower(proven.weight, false)));
        }
        if found < proven.weight {
            self.drift.lowered(proven.weight, found, now);
            self.proven = Some(Proven {
                weight: found,
                at: now,
                ..proven
            });
        }
        // Annotations lost, or an epoch of ours that we do not know: stamp the object anew before anything else.
        (
            RouteNews::None,
            (!has_our_epoch).then(|| self.lower(found, false)),
        )
    }

    /// The weight is seen before anything of ours was written. Manifests often rest at 95/5; the write that lowers
    /// that also takes the epoch.
    fn first_seen(&mut self, found: u8, now: Timestamp) -> Option<Effect> {
        if found == 100 {
            self.drift.serves_all(now);
            return None;
        }
        self.drift.settle();
        Some(self.lower(0, false))
    }

    /// Whether a state may have been read before our newest write was, and only told of after it.
    fn was_read_before(&self, state: &TrafficState, now: Timestamp) -> bool {
        self.proven
            .is_some_and(|proven| state.epoch < proven.epoch && now.since(proven.at) <= READ_LONGEST)
    }

    fn epoch_floor(&self) -> u64 {
        let proven = self.proven.map_or(0, |proven| proven.epoch);
        let seen = self.seen.as_ref().map_or(0, |seen| seen.epoch);
        proven.max(seen).max(self.epoch_asked)
    }
}
