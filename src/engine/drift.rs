//! Somebody else changed the route.

use serde::{Deserialize, Serialize};

use crate::spec::Timestamp;

/// So often the weight is put back after somebody raised it, before a person has to settle the matter.
const RESTORES_BEFORE_PERSON: u32 = 3;

/// What somebody else did to the route, as far as it is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct DriftWatch {
    drift: Option<Drift>,
    restores: u32,
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
    /// Whether only a person's `resume` settles it; else it is settled once the weight is put back.
    pub(super) needs_person: bool,
}

impl DriftWatch {
    /// What is not settled.
    pub(super) const fn current(&self) -> Option<&Drift> {
        self.drift.as_ref()
    }

    /// The canary has less than it was given. That is accepted, and a person says how it goes on.
    pub(super) fn lowered(&mut self, from: u8, found: u8, now: Timestamp) {
        let detail = format!("somebody lowered the canary from {from} to {found} %");
        self.add(detail, true, true, now);
    }

    /// The canary has more than it was given. The weight is put back.
    pub(super) fn raised(&mut self, proven: u8, found: u8, now: Timestamp) {
        self.restores = self.restores.saturating_add(1);
        let needs_person = self.restores >= RESTORES_BEFORE_PERSON;
        let detail = format!(
            "somebody raised the canary to {found} % (times so far: {}); it is put back to {proven} %",
            self.restores
        );
        self.add(detail, false, needs_person, now);
    }

    /// The canary serves everything, and this rollout did not give it that.
    pub(super) fn serves_all(&mut self, now: Timestamp) {
        let detail = "the canary serves everything, most likely since its last promotion; let stable run that version, \
                      then `serin resume` lets Serin lower the canary to 0; or set the weights yourself";
        self.add(detail.to_owned(), false, true, now);
    }

    /// Another rollout took the route over.
    pub(super) fn taken_over(&mut self, owner: Option<&str>, epoch: u64, lowered: bool, now: Timestamp) {
        let owner = owner.unwrap_or("nobody");
        let detail = format!("the route was taken over by rollout {owner} (epoch {epoch})");
        self.add(detail, lowered, true, now);
    }

    /// The route was read back as it should be.
    pub(super) fn put_back(&mut self) {
        self.drift = self.drift.take().filter(|drift| drift.needs_person);
    }

    /// A person settled it: what is there now is what counts.
    pub(super) fn settle(&mut self) {
        *self = Self::default();
    }

    /// What is added to an unsettled drift makes it no milder and no younger.
    fn add(&mut self, detail: String, lowered: bool, needs_person: bool, now: Timestamp) {
        let before = self.drift.as_ref();
        self.drift = Some(Drift {
            since: before.map_or(now, |drift| drift.since),
            detail,
            lowered: lowered || before.is_some_and(|drift| drift.lowered),
            needs_person: needs_person || before.is_some_and(|drift| drift.needs_person),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1000);

    #[test]
    fn a_raise_is_settled_by_putting_it_back_until_it_happens_for_the_third_time() {
        let mut watch = DriftWatch::default();
        for _ in 0..2 {
            watch.raised(5, 50, NOW);
            assert!(watch.current().is_some());
            watch.put_back();
            assert_eq!(watch.current(), None);
        }
        watch.raised(5, 50, NOW);
        watch.put_back();
        assert!(watch.current().is_some_and(|drift| drift.needs_person));
        watch.settle();
        assert_eq!(watch.current(), None);
    }

    #[test]
    fn a_lowering_is_as_old_as_the_drift_that_it_adds_to() {
        let mut watch = DriftWatch::default();
        watch.raised(5, 50, NOW);
        watch.lowered(5, 0, Timestamp(2000));
        let drift = watch.current().expect("unsettled");
        assert_eq!(
            (drift.since, drift.lowered, drift.needs_person),
            (NOW, true, true)
        );
    }
}
