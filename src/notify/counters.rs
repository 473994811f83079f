//! What went where, and what each bound turned away: for the page of metrics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Everything that is counted. Each number but those in flight only ever rises, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    /// By the channel's name.
    pub channels: BTreeMap<String, Arc<ChannelCounters>>,
    /// Deliveries to channels that do not exist, given up. One number for all of them: anybody can write a name.
    pub no_such_channel: AtomicU64,
}

/// What is counted for one channel.
#[derive(Debug, Default)]
pub struct ChannelCounters {
    /// Deliveries that it took.
    pub delivered: AtomicU64,
    /// Attempts that failed and are tried again.
    pub retried: AtomicU64,
    /// Deliveries given up, for whatever reason.
    pub dead: AtomicU64,
    /// Deliveries that it does not take, or that there was no need for any more.
    pub skipped: AtomicU64,
    /// Deliveries that another channel got because this one had not taken them.
    pub handed_on: AtomicU64,
    /// Deliveries under way now: being sent, or sent and not yet written down.
    pub in_flight: AtomicU64,
    /// Attempts cut off by [`Limits::send_timeout`](super::Limits::send_timeout).
    pub timed_out: AtomicU64,
    /// Deliveries given up because of [`Limits::expiry`](super::Limits::expiry); `dead` has them too.
    pub expired: AtomicU64,
    /// How often [`Limits::in_flight`](super::Limits::in_flight) was reached and what else was due had to wait.
    pub full: AtomicU64,
    /// How often [`Limits::per_minute`](super::Limits::per_minute) was reached and what else was due had to wait.
    pub paced: AtomicU64,
    /// How often the other side asked for a longer wait than [`RETRY_AFTER_MAX`](super::retry::RETRY_AFTER_MAX).
    pub waits_cut: AtomicU64,
    /// Attempts that panicked: a defect of the channel. The delivery's lease runs out and it is tried again.
    pub panicked: AtomicU64,
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
