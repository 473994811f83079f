//! The worker of one channel: leases what is due, has it sent, and knows when to look again.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::counters::count;
use super::line::Line;
use super::outage::Outage;
use super::pace::Pace;
use super::patience::STORE_TIMEOUT;
use crate::driver::Delivery;
use crate::driver::ports::JournalError;
use crate::spec::Timestamp;

/// The outbox is looked at again after this long at the latest, should a word about news have been lost, or written by another
/// process: half of what a page may take.
pub(super) const CHECK_PAUSE_MAX: Duration = Duration::from_secs(5);

/// And not sooner than this: what the outbox says is due and does not hand out must not keep a core busy.
const CHECK_PAUSE_MIN: Duration = Duration::from_millis(50);

/// A lease outlasts the send by this: leasing and settling may each take as long as the store may.
pub(super) const LEASE_MARGIN: Duration = Duration::from_secs(2 * STORE_TIMEOUT.as_secs());

/// How long a shutdown waits for what is under way. What takes longer is left to its lease and sent again with the same key.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// One channel's worker. Dropping it drops what is under way, as a crash would.
pub(super) struct Worker {
    line: Arc<Line>,
    news: Arc<Notify>,
    sending: JoinSet<Option<Timestamp>>,
    pace: Pace,
    keys: HashMap<Id, String>,
    quiet_until: Timestamp,
    hand_on_at: Timestamp,
    outage: Outage,
}

impl Worker {
    pub(super) fn new(line: Line, news: Arc<Notify>) -> Self {
        Self {
            pace: Pace::new(line.limits.per_minute),
            line: Arc::new(line),
            news,
            sending: JoinSet::new(),
            keys: HashMap::new(),
            quiet_until: Timestamp::default(),
            hand_on_at: Timestamp::default(),
            outage: Outage::default(),
        }
    }

    /// Works until `stop`, and then for at most [`DRAIN_MAX`] more.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let clock = self.line.clock.clone();
        // What was leased when the stop came is left to its lease.
        while let Some(check_at) = stop.run_until_cancelled(self.fill()).await {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.sending.join_next_with_id() => self.ended(ended),
                () = self.news.notified() => {}
                () = clock.sleep_until(check_at) => {}
            }
            while let Some(ended) = self.sending.try_join_next_with_id() {
                self.ended(ended);
            }
        }
        self.drain().await;
    }

    /// Fills the free places with what is due. Gives when to look again if nothing happens before.
    async fn fill(&mut self) -> Timestamp {
        let now = self.line.clock.now();
        match self.hand_on_and_lease(now).await {
            Ok(check_at) => {
                self.outage.is_over(&self.line.name);
                check_at
            }
            Err(error) => now + self.outage.failed(&self.line.name, &error),
        }
    }

    async fn hand_on_and_lease(&mut self, now: Timestamp) -> Result<Timestamp, JournalError> {
        let hands_on = self.line.fallback.is_some();
        if hands_on && now >= self.hand_on_at {
            self.line.hand_on(now).await?;
            self.hand_on_at = now + CHECK_PAUSE_MAX;
        }
        let check_at = if now >= self.quiet_until {
            self.lease(now).await?
        } else {
            self.quiet_until
        };
        Ok(if hands_on {
            check_at.min(self.hand_on_at)
        } else {
            check_at
        })
    }

    async fn lease(&mut self, now: Timestamp) -> Result<Timestamp, JournalError> {
        let line = self.line.clone();
        let until = now + line.limits.send_timeout + LEASE_MARGIN;
        while let Some(free) = self.free(now) {
            let leased = line.outbox.lease(&line.name, now, until, free.get()).await?;
            let may_be_more = leased.len() >= free.get();
            for delivery in leased {
                self.start(delivery, now);
            }
            if !may_be_more {
                let due = line.outbox.due().await?;
                let first = due.get(&line.name).copied().unwrap_or(now + CHECK_PAUSE_MAX);
                return Ok(first.clamp(now + CHECK_PAUSE_MIN, now + CHECK_PAUSE_MAX));
            }
            if self.places() == 0 {
                count(&line.counters.full);
            } else if self.pace.free(now) == 0 {
                count(&line.counters.paced);
            }
        }
        // The next place that becomes free wakes the worker; the next minute does not.
        let next = now + CHECK_PAUSE_MAX;
        Ok(self.pace.free_at().map_or(next, |free_at| next.min(free_at)))
    }

    fn free(&mut self, now: Timestamp) -> Option<NonZeroUsize> {
        NonZeroUsize::new(self.places().min(self.pace.free(now)))
    }

    fn places(&self) -> usize {
        let places = self.line.limits.in_flight.get();
        places.saturating_sub(self.sending.len())
    }

    fn start(&mut self, delivery: Delivery, now: Timestamp) {
        // Its lease ran out while the store could not be told how it went: leased anew, and not to be sent anew.
        if self.keys.values().any(|key| *key == delivery.key) {
            return;
        }
        if self.line.takes(&delivery) {
            self.pace.sent(now);
        }
        let (line, key) = (self.line.clone(), delivery.key.clone());
        let task = self.sending.spawn(async move { line.deliver(&delivery).await });
        self.keys.insert(task.id(), key);
        self.show_in_flight();
    }

    fn ended(&mut self, ended: Result<(Id, Option<Timestamp>), JoinError>) {
        let id = match ended {
            Ok((id, quiet_until)) => {
                self.quiet_until = self.quiet_until.max(quiet_until.unwrap_or_default());
                id
            }
            Err(error) => {
                count(&self.line.counters.panicked);
                let channel = &self.line.name;
                tracing::error!(
                    notice.channel = channel,
                    "{channel}: a delivery broke off, and is tried again: {error}"
                );
                error.id()
            }
        };
        self.keys.remove(&id);
        self.show_in_flight();
    }

    async fn drain(&mut self) {
        let drained = async {
            while let Some(ended) = self.sending.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if timeout(DRAIN_MAX, drained).await.is_err() {
            let (channel, left) = (&self.line.name, self.sending.len());
            tracing::warn!(
                notice.channel = channel,
                "{channel}: {left} deliveries under way are left to the next start"
            );
        }
    }

    fn show_in_flight(&self) {
        let in_flight = self.sending.len() as u64;
        self.line.counters.in_flight.store(in_flight, Ordering::Relaxed);
    }
}
