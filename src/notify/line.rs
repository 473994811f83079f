//! One channel with all that a delivery to it needs: sends one, and sees to it that the outbox hears how it went.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use super::channel::{Channel, SendError, Sent};
use super::counters::{ChannelCounters, count};
use super::limits::Limits;
use super::outage::Outage;
use super::pipeline::Fallback;
use super::retry;
use super::route::Route;
use crate::driver::ports::{Clock, JournalError};
use crate::driver::{Attempt, Delivery, DeliveryState, Outbox, Untold};
use crate::spec::Timestamp;

/// What lasts does not become old news. It is given up only where the channel has failed for a day beyond the week after which it
/// counts as over.
const LASTING_EXPIRY: Duration = Duration::from_secs(8 * 24 * 60 * 60);

pub(super) struct Line {
    pub(super) name: String,
    pub(super) channel: Arc<dyn Channel>,
    pub(super) limits: Limits,
    /// What each channel takes, by its name.
    pub(super) routes: Arc<BTreeMap<String, Route>>,
    pub(super) fallback: Option<NextInLine>,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<ChannelCounters>,
}

/// Who gets what this channel does not take.
pub(super) struct NextInLine {
    pub(super) fallback: Fallback,
    /// Wakes its worker.
    pub(super) news: Arc<Notify>,
}

impl Line {
    /// Sends `delivery` and settles it. Gives until when the other side asked to be left alone, if it did.
    pub(super) async fn deliver(&self, delivery: &Delivery) -> Option<Timestamp> {
        let (attempt, quiet_until) = self.attempt(delivery).await;
        self.settle(&delivery.key, &attempt).await;
        self.tell(delivery, &attempt);
        quiet_until
    }

    /// Lets the next channel have what this one did not take in time.
    pub(super) async fn hand_on(&self, now: Timestamp) -> Result<(), JournalError> {
        let Some(next) = &self.fallback else { return Ok(()) };
        let Fallback { channel, after } = &next.fallback;
        let ago = |age: Duration| Timestamp(now.0.saturating_sub(age.as_millis() as u64));
        let untold = Untold {
            channel: &self.name,
            since: ago(self.limits.expiry),
            until: ago(*after),
        };
        let number = self.outbox.hand_on(&untold, channel, now).await?;
        if number > 0 {
            self.counters.handed_on.fetch_add(number, Ordering::Relaxed);
            let name = &self.name;
            tracing::warn!(
                notice.channel = name,
                "{name}: {number} deliveries go to {channel}, because {name} has not taken them"
            );
            next.news.notify_one();
        }
        Ok(())
    }

    /// Whether it is news for this channel, or was for the one whose place it takes.
    pub(super) fn takes(&self, delivery: &Delivery) -> bool {
        let channel = delivery.instead_of.as_ref().unwrap_or(&self.name);
        let route = self.routes.get(channel);
        route.is_none_or(|route| route.takes(&delivery.notice))
    }

    async fn attempt(&self, delivery: &Delivery) -> (Attempt, Option<Timestamp>) {
        if !self.takes(delivery) {
            return (Attempt::Skipped, None);
        }
        let lasts = delivery.state == DeliveryState::Lasting;
        let expiry = self
            .limits
            .expiry
            .max(if lasts { LASTING_EXPIRY } else { Duration::ZERO });
        if retry::is_expired(delivery, self.clock.now(), expiry) {
            count(&self.counters.expired);
            return (retry::too_late(delivery, expiry), None);
        }
        let sent = timeout(self.limits.send_timeout, self.channel.send(delivery)).await;
        let error = match sent {
            Ok(Ok(Sent::Taken(receipt))) => return (Attempt::Delivered(receipt), None),
            Ok(Ok(Sent::Lasts { again_in, receipt })) => {
                let at = self.clock.now() + again_in;
                return (Attempt::Lasts { at, receipt }, None);
            }
            Ok(Ok(Sent::Needless)) => return (Attempt::Skipped, None),
            Ok(Err(error)) => error,
            Err(_) => {
                count(&self.counters.timed_out);
                let bound = humantime::format_duration(self.limits.send_timeout);
                SendError::later(format!("no answer within {bound}; it may have arrived"))
            }
        };
        let now = self.clock.now();
        let quiet_until = error.wait().map(|wait| {
            let obeyed = retry::obeyed(wait, now);
            if obeyed < wait.until(now) {
                count(&self.counters.waits_cut);
            }
            obeyed
        });
        let attempt = retry::after_failure(delivery, &error, now, expiry, rand::random());
        if matches!(
            (&error, &attempt),
            (SendError::Later { .. }, Attempt::Dead { .. })
        ) {
            count(&self.counters.expired);
        }
        (attempt, quiet_until)
    }

    /// Until the outbox has heard it: what was sent and is not settled would be sent again.
    async fn settle(&self, key: &str, attempt: &Attempt) {
        let mut outage = Outage::default();
        while let Err(error) = self.outbox.settle(key, attempt, self.clock.now()).await {
            let pause = outage.failed(&self.name, &error);
            self.clock.sleep_until(self.clock.now() + pause).await;
        }
        outage.is_over(&self.name);
    }

    fn tell(&self, delivery: &Delivery, attempt: &Attempt) {
        let (channel, counters, key) = (&self.name, &self.counters, &delivery.key);
        match attempt {
            Attempt::Skipped => count(&counters.skipped),
            // Told before.
            Attempt::Delivered(_) | Attempt::Lasts { .. } if delivery.state == DeliveryState::Lasting => {}
            Attempt::Delivered(_) | Attempt::Lasts { .. } => {
                count(&counters.delivered);
                tracing::debug!(
                    notice.channel = channel,
                    notice.key = key,
                    "{channel}: delivered {key}"
                );
            }
            Attempt::Retry { at, error } => {
                count(&counters.retried);
                tracing::warn!(
                    notice.channel = channel,
                    notice.key = key,
                    "{channel}: {key} is tried again at {at}: {error}"
                );
            }
            Attempt::Dead { error } => {
                count(&counters.dead);
                tracing::error!(
                    notice.channel = channel,
                    notice.key = key,
                    "{channel}: {key} will not be delivered: {error}"
                );
            }
        }
    }
}
