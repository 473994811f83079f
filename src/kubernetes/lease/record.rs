//! What a Lease says, and how it is written.

use std::time::Duration;

use serde_json::{Value, json};

use super::decide::LeaseState;
use super::elector::LeasePlace;
use super::terms::Terms;
use crate::kubernetes::{Kind, guard};
use crate::spec::Timestamp;

/// What a Lease says of its holder. Two that are equal are of a holder that did nothing in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; empty for nobody.
    pub holder: String,
    /// How long it is to be left alone while it does not change.
    pub duration: Duration,
    /// How often it went to another holder.
    pub transitions: u64,
    /// When it was taken, by its holder's clock: for people, and to see a change.
    pub acquired_at: String,
    /// When it was renewed last, by its holder's clock: for people, and to see a change.
    pub renewed_at: String,
}

impl Record {
    /// What an object says. One without a duration promised the usual one.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let spec = &object["spec"];
        let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
        let seconds = spec["leaseDurationSeconds"].as_u64();
        Self {
            holder: text("holderIdentity"),
            duration: seconds.map_or_else(|| Terms::default().duration, Duration::from_secs),
            transitions: spec["leaseTransitions"].as_u64().unwrap_or(0),
            acquired_at: text("acquireTime"),
            renewed_at: text("renewTime"),
        }
    }

    /// The first of a Lease that is not there yet.
    pub(super) fn first(me: &str, terms: &Terms, now: Timestamp) -> Self {
        Self {
            holder: me.to_owned(),
            duration: terms.duration,
            transitions: 0,
            acquired_at: micro_time(now),
            renewed_at: micro_time(now),
        }
    }

    /// The same, held by `me` from now on.
    pub(super) fn taken(&self, me: &str, terms: &Terms, now: Timestamp) -> Self {
        Self {
            transitions: self.transitions.saturating_add(1),
            ..Self::first(me, terms, now)
        }
    }

    /// The same, renewed by its holder.
    pub(super) fn renewed(&self, terms: &Terms, now: Timestamp) -> Self {
        Self {
            duration: terms.duration,
            renewed_at: micro_time(now),
            ..self.clone()
        }
    }

    /// The same, given up by its holder: nobody has to wait.
    pub(super) fn released(&self, now: Timestamp) -> Self {
        Self {
            holder: String::new(),
            // The API server takes no zero.
            duration: Duration::from_secs(1),
            transitions: self.transitions,
            acquired_at: micro_time(now),
            renewed_at: micro_time(now),
        }
    }

    /// The Lease to make.
    pub(super) fn object(&self, place: &LeasePlace) -> Value {
        let mut spec = Value::default();
        for (field, value) in self.fields() {
            spec[field] = value;
        }
        json!({
            "apiVersion": Kind::LEASE.api_version(),
            "kind": Kind::LEASE.kind,
            "metadata": {
                "name": place.name,
                "namespace": place.namespace,
                "labels": {"app.kubernetes.io/name": "serin", "app.kubernetes.io/component": "leader-election"},
            },
            "spec": spec,
        })
    }

    /// The patch that makes `seen` say this, unless it changed meanwhile. Fields that Serin does not know stay.
    pub(super) fn patch(&self, seen: &LeaseState) -> Vec<Value> {
        let guard = guard(seen.version.clone());
        let fields = self
            .fields()
            .map(|(field, value)| json!({"op": "add", "path": format!("/spec/{field}"), "value": value}));
        [guard].into_iter().chain(fields).collect()
    }

    fn fields(&self) -> [(&'static str, Value); 5] {
        [
            ("holderIdentity", self.holder.as_str().into()),
            ("leaseDurationSeconds", self.duration.as_secs().max(1).into()),
            ("acquireTime", self.acquired_at.as_str().into()),
            ("renewTime", self.renewed_at.as_str().into()),
            ("leaseTransitions", self.transitions.into()),
        ]
    }
}

/// A time as Kubernetes' MicroTime has it: six digits.
fn micro_time(at: Timestamp) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| at.to_string(), |time| format!("{time:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let place = LeasePlace {
            namespace: "serin".to_owned(),
            name: "serin".to_owned(),
        };
        let record = Record::first("serin-0_1", &Terms::default(), Timestamp(1_700_000_000_123));
        let object = record.object(&place);
        assert_eq!(Record::of(&object), record);
        assert_eq!(object["spec"]["renewTime"], "2023-11-14T22:13:20.123000Z");
    }

    #[test]
    fn a_lease_that_says_nothing_is_nobodys() {
        let record = Record::of(&json!({"metadata": {"name": "serin"}}));
        assert_eq!(
            (record.holder.as_str(), record.duration),
            ("", Duration::from_secs(15))
        );
    }
}
