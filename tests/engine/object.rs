//! The managed route as an object somewhere: it keeps the rules of the traffic port, whoever writes.

use serin::engine::{Effect, Fault, FaultKind, TrafficState, TrafficWrite};

/// The object, with what is of interest in it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) weight: u8,
    pub(crate) epoch: u64,
    pub(crate) rollout: Option<String>,
    pub(crate) aborted: Option<String>,
    pub(crate) other_routes: bool,
    version: u64,
}

impl Object {
    /// An object that Serin has never written.
    pub(crate) fn resting_at(weight: u8) -> Self {
        Self {
            weight,
            epoch: 0,
            rollout: None,
            aborted: None,
            other_routes: false,
            version: 1,
        }
    }

    /// What a fresh read gives.
    pub(crate) fn state(&self) -> TrafficState {
        TrafficState {
            canary_weight: self.weight,
            epoch: self.epoch,
            rollout: self.rollout.clone(),
            aborted: self.aborted.clone(),
            other_routes_reach_canary: self.other_routes,
            version: self.version.to_string(),
        }
    }

    /// Somebody else changes it.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Self)) {
        change(self);
        self.version += 1;
    }

    /// Somebody else replaces it by a copy from before any annotation.
    pub(crate) fn replace(&mut self, weight: u8) {
        self.edit(|object| {
            object.weight = weight;
            object.epoch = 0;
            object.rollout = None;
            object.aborted = None;
        });
    }

    /// One guarded write: refused if the object is not the one that was seen, or has the epoch already.
    pub(crate) fn write(&mut self, seen: &TrafficState, write: &TrafficWrite) -> Result<TrafficState, Fault> {
        if seen.version != self.version.to_string() || self.epoch >= write.epoch {
            return Err(conflict("somebody else wrote in between"));
        }
        self.edit(|object| {
            object.weight = write.canary_weight;
            object.epoch = write.epoch;
            object.rollout = Some(write.rollout.clone());
            object.aborted = write.aborted.then(|| write.rollout.clone());
        });
        Ok(self.state())
    }
}

/// The write that the driver makes of an effect, beside what it read: a raise only if nothing changed, a
/// lowering whoever wrote last. `Ok(None)` where the abort is there already.
pub(crate) fn wish(
    effect: &Effect,
    seen: &TrafficState,
    rollout: &str,
) -> Result<Option<TrafficWrite>, Fault> {
    let write = |canary_weight, epoch, aborted| TrafficWrite {
        canary_weight,
        epoch,
        rollout: rollout.to_owned(),
        aborted,
    };
    match effect {
        Effect::Raise(raise) => {
            let unchanged = seen.canary_weight == raise.from
                && seen.epoch == raise.epoch
                && seen.rollout.as_deref() == Some(rollout);
            if unchanged {
                Ok(Some(write(raise.to, raise.epoch + 1, false)))
            } else {
                Err(conflict("not the weight and epoch that were expected"))
            }
        }
        Effect::Lower(lower) => {
            if seen.is_aborted(rollout) && (!lower.abort || seen.canary_weight == 0) {
                return Ok(None);
            }
            let epoch = seen.epoch.max(lower.epoch_floor) + 1;
            Ok(Some(write(lower.to.min(seen.canary_weight), epoch, lower.abort)))
        }
        other => panic!("{other:?} writes no weight"),
    }
}

/// A fault of this kind.
pub(crate) fn fault(kind: FaultKind) -> Fault {
    Fault {
        kind,
        reason: "the test says so".into(),
    }
}

fn conflict(reason: &str) -> Fault {
    Fault {
        kind: FaultKind::Conflict,
        reason: reason.into(),
    }
}
