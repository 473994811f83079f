//! One replica of an election, with a clock of its own.

use std::time::Duration;

use serin::kubernetes::lease::{Candidate, Terms};
use serin::spec::Timestamp;

use super::election::{Call, Lease};

pub(super) struct Replica {
    name: usize,
    /// Its seconds for one of the world's.
    rate: f64,
    /// What it shows when the world begins, in ms.
    offset: u64,
    pub(super) terms: Terms,
    candidate: Candidate,
    sent_at: Timestamp,
    has_led: bool,
    /// Which process of it runs.
    pub(super) life: u64,
    pub(super) attempt: u64,
    pub(super) is_asking: bool,
    pub(super) sleeps_until: u64,
}

impl Replica {
    pub(super) fn new(name: usize, rate: f64, offset: u64, terms: Terms) -> Self {
        Self {
            name,
            rate,
            offset,
            terms,
            candidate: Candidate::new(format!("serin-{name}_0"), terms),
            sent_at: Timestamp::default(),
            has_led: false,
            life: 0,
            attempt: 0,
            is_asking: false,
            sleeps_until: 0,
        }
    }

    /// Another process, which knows nothing.
    pub(super) fn begin_anew(&mut self) {
        self.life += 1;
        self.candidate = Candidate::new(format!("serin-{}_{}", self.name, self.life), self.terms);
        self.has_led = false;
        self.is_asking = false;
    }

    /// Whether it believes that it leads.
    pub(super) fn leads(&self, now: u64) -> bool {
        self.candidate.leads(self.own(now))
    }

    /// Whether it led, and has to end.
    pub(super) fn has_lost(&self, now: u64) -> bool {
        self.has_led && !self.leads(now)
    }

    pub(super) fn begin_attempt(&mut self) -> u64 {
        self.attempt += 1;
        self.attempt
    }

    pub(super) fn first_call(&mut self, now: u64) -> Option<Call> {
        if self.candidate.must_read() {
            Some(Call::Read)
        } else {
            self.next_call(now)
        }
    }

    /// What it asks after this answer; none for `lease` is a conflict.
    pub(super) fn hears(&mut self, call: &Call, lease: Option<Lease>, now: u64) -> Option<Call> {
        let own = self.own(now);
        let named = |lease: Lease| lease.map(|(record, version)| (record, version.to_string()));
        match (call, lease) {
            (Call::Read, Some(lease)) => {
                self.candidate.read(named(lease), own);
                if self.has_lost(now) {
                    None
                } else {
                    self.next_call(now)
                }
            }
            (Call::Write { .. }, Some(lease)) => {
                let (record, version) = named(lease).expect("it was written");
                self.candidate.wrote(record, version, self.sent_at, own);
                self.has_led |= self.leads(now);
                None
            }
            (_, None) => None,
        }
    }

    fn next_call(&mut self, now: u64) -> Option<Call> {
        let own = self.own(now);
        let decision = self.candidate.decide(own);
        let record = self.candidate.wish(&decision, own)?;
        self.sent_at = own;
        let seen = self.candidate.lease();
        let version = seen.map(|seen| seen.version.parse().expect("the server counts"));
        self.candidate.sends();
        Some(Call::Write { record, version })
    }

    /// What its clock shows.
    fn own(&self, now: u64) -> Timestamp {
        Timestamp(self.offset + (now as f64 * self.rate) as u64)
    }

    /// How long a time by its clock really is, in ms.
    pub(super) fn real(&self, own: Duration) -> u64 {
        (own.as_millis() as f64 / self.rate).ceil() as u64
    }
}
