//! Deliveries to channels that do not exist: given up with the reason, instead of waiting for ever.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::counters::{Counters, count};
use super::outage::Outage;
use super::retry;
use super::worker::{CHECK_PAUSE_MAX, LEASE_MARGIN};
use crate::driver::ports::{Clock, JournalError};
use crate::driver::{Attempt, Outbox};

/// Deliveries taken at once: one lease covers the time that it takes to settle them.
const BATCH: usize = 16;

/// How the sweeper signs its log lines.
const WHO: &str = "strays";

pub(super) struct Strays {
    pub(super) known: BTreeSet<String>,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) counters: Arc<Counters>,
    pub(super) news: Arc<Notify>,
}

impl Strays {
    /// Sweeps until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let sweeping = async {
            let mut outage = Outage::default();
            loop {
                let pause = match self.sweep().await {
                    Ok(()) => {
                        outage.is_over(WHO);
                        CHECK_PAUSE_MAX
                    }
                    Err(error) => outage.failed(WHO, &error),
                };
                tokio::select! {
                    () = self.news.notified() => {}
                    () = self.clock.sleep_until(self.clock.now() + pause) => {}
                }
            }
        };
        stop.run_until_cancelled(sweeping).await;
    }

    async fn sweep(&self) -> Result<(), JournalError> {
        let channels = self.outbox.due().await?;
        for channel in channels.keys().filter(|channel| !self.known.contains(*channel)) {
            self.give_up(channel).await?;
        }
        Ok(())
    }

    /// Gives up everything that is due to `channel`.
    async fn give_up(&self, channel: &str) -> Result<(), JournalError> {
        let error = self.reason(channel);
        let attempt = Attempt::Dead { error: error.clone() };
        loop {
            let now = self.clock.now();
            let leased = self.outbox.lease(channel, now, now + LEASE_MARGIN, BATCH).await?;
            for delivery in &leased {
                let key = &delivery.key;
                self.outbox.settle(key, &attempt, self.clock.now()).await?;
                count(&self.counters.no_such_channel);
                tracing::error!(
                    notice.channel = channel,
                    notice.key = key,
                    "{key} will not be delivered: {error}"
                );
            }
            if leased.len() < BATCH {
                return Ok(());
            }
        }
    }

    fn reason(&self, channel: &str) -> String {
        let known: Vec<String> = self.known.iter().map(|name| format!("`{name}`")).collect();
        let known = match known.as_slice() {
            [] => "there are none".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        retry::shortened(format!(
            "there is no channel `{channel}`; hint: configure it, or change `notify` in the Canary ({known})"
        ))
    }
}
