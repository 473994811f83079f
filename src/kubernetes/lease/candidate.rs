//! What a replica saw of the Lease, and what it may believe. Pure: time and answers arrive as arguments.

use super::decide::{Decision, LeaseState, decide};
use super::record::Record;
use super::terms::Terms;
use crate::spec::Timestamp;

/// One replica in the election.
#[derive(Debug, Clone)]
pub struct Candidate {
    me: String,
    terms: Terms,
    lease: Option<LeaseState>,
    /// What is known of the Lease is an answer to the last write of this replica, and not older.
    is_confirmed: bool,
    /// When the write was sent that was answered with the Lease in this replica's hands.
    held_from: Option<Timestamp>,
}

impl Candidate {
    /// One that has seen nothing. `me` must be nobody else's name, not even an earlier process's of the same pod.
    #[must_use]
    pub const fn new(me: String, terms: Terms) -> Self {
        Self {
            me,
            terms,
            lease: None,
            is_confirmed: false,
            held_from: None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn me(&self) -> &str {
        &self.me
    }

    /// Whether the Lease is to be read before anything is decided: always, but after an answered write of one's own.
    #[must_use]
    pub const fn must_read(&self) -> bool {
        !self.is_confirmed
    }

    /// The Lease was read, or is not there; `now` is when the answer came. Whoever led and finds the Lease in other hands, or in
    /// none, leads no more.
    pub fn read(&mut self, lease: Option<(Record, String)>, now: Timestamp) {
        self.see(lease, now);
        let is_ours = self
            .lease
            .as_ref()
            .is_some_and(|lease| lease.record.holder == self.me);
        if !is_ours {
            self.held_from = None;
        }
    }

    /// What to do now, by what was read.
    #[must_use]
    pub fn decide(&self, now: Timestamp) -> Decision {
        decide(self.lease.as_ref(), &self.me, now)
    }

    /// What the Lease is to say after that, if it is to change.
    #[must_use]
    pub fn wish(&self, decision: &Decision, now: Timestamp) -> Option<Record> {
        let (me, terms) = (&self.me, &self.terms);
        let seen = self.lease.as_ref().map(|lease| &lease.record);
        match (decision, seen) {
            (Decision::Follow { .. }, _) => None,
            (Decision::Renew, Some(seen)) => Some(seen.renewed(terms, now)),
            (Decision::Take, Some(seen)) => Some(seen.taken(me, terms, now)),
            (Decision::Create | Decision::Renew | Decision::Take, _) => Some(Record::first(me, terms, now)),
        }
    }

    /// A write is sent: until its answer comes nobody knows what the Lease says.
    pub const fn sends(&mut self) {
        self.is_confirmed = false;
    }

    /// A write that was sent at `sent_at` was answered with the Lease as it is now.
    pub fn wrote(&mut self, record: Record, version: String, sent_at: Timestamp, now: Timestamp) {
        let is_ours = record.holder == self.me;
        self.see(Some((record, version)), now);
        self.is_confirmed = is_ours;
        self.held_from = is_ours.then_some(sent_at);
    }

    /// Until when this replica leads, if it does not renew the Lease before.
    #[must_use]
    pub fn leads_until(&self) -> Option<Timestamp> {
        Some(self.held_from? + self.terms.renew_deadline)
    }

    /// Whether this replica leads.
    #[must_use]
    pub fn leads(&self, now: Timestamp) -> bool {
        self.leads_until().is_some_and(|until| now < until)
    }

    /// The Lease as it was seen last.
    #[must_use]
    pub const fn lease(&self) -> Option<&LeaseState> {
        self.lease.as_ref()
    }

    fn see(&mut self, lease: Option<(Record, String)>, now: Timestamp) {
        self.is_confirmed = false;
        self.lease = lease.map(|(record, version)| {
            let before = self.lease.as_ref().filter(|before| before.record == record);
            LeaseState {
                unchanged_since: before.map_or(now, |before| before.unchanged_since),
                record,
                version,
            }
        });
    }
}
