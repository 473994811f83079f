//! One channel with all that a delivery to it needs: sends one, and sees to it that the outbox hears how it went.

use std::sync::Arc;

use tokio::time::timeout;

use super::channel::{Channel, SendError};
use super::counters::{ChannelCounters, count};
use super::limits::Limits;
use super::outage::Outage;
use super::retry;
use crate::driver::ports::Clock;
use crate::driver::{Attempt, Delivery, Outbox};
use crate::spec::Timestamp;

pub(super) struct Line {
    pub(super) name: String,
    pub(super) channel: Arc<dyn Channel>,
    pub(super) limits: Limits,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<ChannelCounters>,
}

impl Line {
    /// Sends `delivery` and settles it. Gives until when the other side asked to be left alone, if it did.
    pub(super) async fn deliver(&self, delivery: &Delivery) -> Option<Timestamp> {
        let (attempt, quiet_until) = self.attempt(delivery).await;
        self.settle(&delivery.key, &attempt).await;
        self.tell(&delivery.key, &attempt);
        quiet_until
    }

    async fn attempt(&self, delivery: &Delivery) -> (Attempt, Option<Timestamp>) {
        let expiry = self.limits.expiry;
        if retry::is_expired(delivery, self.clock.now(), expiry) {
            count(&self.counters.expired);
            return (retry::too_late(delivery, expiry), None);
        }
        let sent = timeout(self.limits.send_timeout, self.channel.send(delivery)).await;
        let error = match sent {
            Ok(Ok(())) => return (Attempt::Delivered, None),
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

    fn tell(&self, key: &str, attempt: &Attempt) {
        let (channel, counters) = (&self.name, &self.counters);
        match attempt {
            Attempt::Delivered => {
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
