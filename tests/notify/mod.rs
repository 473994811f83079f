//! The pipeline of notifications: on paused time with fakes that behave, and webhooks against real receivers.

mod alertmanager;
mod briefed;
mod crash;
mod delivering;
mod fallback;
mod inbox;
mod lasting;
mod memory;
mod outbox;
mod pagerduty;
mod receiver;
mod retrying;
mod routing;
mod slack;
mod store;
mod strays;
mod trial;
mod webhook;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serin::clock::SystemClock;
use serin::driver::ports::{Clock, Notifier};
use serin::driver::{Delivery, DeliveryState};
use serin::engine::Notice;
use serin::notify::{Channel, ChannelCounters, Limits, Outlet, Pipeline};
use serin::spec::{CheckedCanary, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::world::watching::watching;
use outbox::UnreliableOutbox;
use receiver::Receiver;

/// When the tests begin: in November 2023.
const BEGIN: Timestamp = Timestamp(1_700_000_000_000);

/// No test waits longer for anything; most wait in time that does not pass.
const PATIENCE: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// An outbox and a clock; pipelines come and go.
struct Office {
    clock: Arc<dyn Clock>,
    outbox: UnreliableOutbox,
    stop: CancellationToken,
}

impl Office {
    /// Nothing in it.
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start_at(BEGIN));
        Self {
            outbox: UnreliableOutbox::new(clock.clone()),
            clock,
            stop: CancellationToken::new(),
        }
    }

    /// The same, in the time of the machine: for servers that have that too.
    fn today() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        Self {
            outbox: UnreliableOutbox::new(clock.clone()),
            clock,
            stop: CancellationToken::new(),
        }
    }

    /// Starts a pipeline with these channels.
    fn open(&self, channels: &[(&str, &Receiver)]) -> Pipeline {
        self.open_with(channels, Limits::default())
    }

    fn open_with(&self, channels: &[(&str, &Receiver)], limits: Limits) -> Pipeline {
        let outlets = channels
            .iter()
            .map(|(name, receiver)| ((*name).to_owned(), outlet((*receiver).clone(), limits)));
        self.open_outlets(outlets.collect())
    }

    fn open_outlets(&self, outlets: BTreeMap<String, Outlet>) -> Pipeline {
        let outbox = Arc::new(self.outbox.clone());
        Pipeline::start(outbox, self.clock.clone(), outlets, &self.stop)
    }

    /// Time since the tests began.
    fn elapsed(&self) -> Duration {
        self.clock.now().since(BEGIN)
    }

    /// Lets time pass.
    async fn pass(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}

fn outlet(channel: impl Channel + 'static, limits: Limits) -> Outlet {
    Outlet {
        limits,
        ..Outlet::new(channel)
    }
}

/// A Canary that tells these channels.
fn telling(channels: &[&str]) -> CheckedCanary {
    let mut canary = watching(&["http://canary.test"], &["http://stable.test"], Vec::new());
    canary.notify = channels.iter().map(|name| (*name).to_owned()).collect();
    canary
}

/// Tells the pipeline, as the driver does, that there is news for these channels.
async fn wake(pipeline: &Pipeline, channels: &[&str], notice: &Notice) {
    pipeline.notify(&telling(channels), "not used", notice).await;
}

fn counters(pipeline: &Pipeline, channel: &str) -> Arc<ChannelCounters> {
    pipeline.counters().channels[channel].clone()
}

fn number(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(std::sync::atomic::Ordering::Relaxed)
}

fn is_pending(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Pending
}

fn is_dead(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Dead
}
