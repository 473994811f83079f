//! What each bound turned away, for the page of metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::telemetry::Bounds;

/// How often each bound was reached. Each number only rises, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    /// A connection had to make room, or found none.
    pub connections: Count,
    /// A head was too long.
    pub heads: Count,
    /// A body was too long.
    pub bodies: Count,
    /// A request took too long.
    pub times: Count,
    /// Too many ordinary requests were under way.
    pub requests: Count,
    /// Too many aborts were under way.
    pub aborts: Count,
    /// Too many streams were open.
    pub streams: Count,
    /// A stream's reader fell too far behind and missed something.
    pub laggards: Count,
    /// An idempotency key was forgotten before its time to make room.
    pub idempotency_keys: Count,
    /// A request had no token, or one that does not count.
    pub unauthorised: Count,
    /// An identity was not allowed what it asked for.
    pub forbidden: Count,
    /// Somebody asked more often than they may.
    pub rates: Count,
    /// A cluster did not say who somebody is, or what they may.
    pub not_reviewed: Count,
    /// Too many judgements for webhooks were under way.
    pub judgements: Count,
}

impl Bounds for Counters {
    fn turned_away(&self) -> Vec<(&'static str, u64)> {
        [
            ("connections", &self.connections),
            ("heads", &self.heads),
            ("bodies", &self.bodies),
            ("times", &self.times),
            ("requests", &self.requests),
            ("aborts", &self.aborts),
            ("streams", &self.streams),
            ("laggards", &self.laggards),
            ("idempotency_keys", &self.idempotency_keys),
            ("unauthorised", &self.unauthorised),
            ("forbidden", &self.forbidden),
            ("rates", &self.rates),
            ("not_reviewed", &self.not_reviewed),
            ("judgements", &self.judgements),
        ]
        .map(|(bound, count)| (bound, count.get()))
        .to_vec()
    }
}

/// A number that only rises.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// How often so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
