//! From the outbox to the channels, at least once each.
//!
//! Every channel has a worker of its own, so that one that hangs delays no other. A worker leases what is due, oldest first, sends a
//! bounded number at once, each within a time-out, and settles it; a retry is due again when [`retry`](super::retry) says. The truth
//! is in the outbox: what the driver says is only that there may be news, and a worker looks by itself as well, when
//! the next delivery is due and now and then. What a channel has not taken in time its worker hands on to the channel that is
//! configured for that, also while the other side of the first one has asked to be left alone.
//!
//! What it does not promise is order: news that has to be tried again is overtaken by newer news, and what is sent at once arrives as it
//! may. Only a channel with one send at a time ([`Outlet::in_order`]) has what it takes at once in the order of the decisions. And a crash between sending and
//! settling sends the same key again; so does another process that takes over a lease that ran out.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::channel::Channel;
use super::counters::{ChannelCounters, Counters};
use super::limits::Limits;
use super::line::{Line, NextInLine};
use super::patience::Patience;
use super::route::Route;
use super::strays::Strays;
use super::worker::Worker;
use crate::driver::Outbox;
use crate::driver::ports::{Clock, Notifier};
use crate::engine::Notice;
use crate::spec::CheckedCanary;

/// A channel and its bounds.
#[derive(Clone)]
pub struct Outlet {
    /// The channel.
    pub channel: Arc<dyn Channel>,
    /// Its bounds.
    pub limits: Limits,
    /// Which news it takes.
    pub route: Route,
    /// Who gets what it does not take in time.
    pub fallback: Option<Fallback>,
}

/// Who gets news that a channel does not take in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The channel's name.
    pub channel: String,
    /// How long after the decision. What the first channel refuses for good is handed on sooner.
    pub after: Duration,
}

impl Outlet {
    /// `channel` with the usual bounds.
    pub fn new(channel: impl Channel + 'static) -> Self {
        Self {
            channel: Arc::new(channel),
            limits: Limits::default(),
            route: Route::everything(),
            fallback: None,
        }
    }

    /// `channel` with the usual bounds, but one send at a time: its news comes in the order in which it was decided. For a channel that
    /// waits for nobody.
    pub fn in_order(channel: impl Channel + 'static) -> Self {
        let outlet = Self::new(channel);
        Self {
            limits: Limits {
                in_flight: NonZeroUsize::MIN,
                ..outlet.limits
            },
            ..outlet
        }
    }
}

/// Delivers what is in the outbox. Dropping it is like a crash: what is under way is left to its lease.
pub struct Pipeline {
    /// By the channel's name: wakes its worker.
    wake: BTreeMap<String, Arc<Notify>>,
    wake_strays: Arc<Notify>,
    counters: Arc<Counters>,
    tracker: TaskTracker,
    _workers: Vec<AbortOnDropHandle<()>>,
}

impl Pipeline {
    /// Starts a worker for each of `channels`, by its name, and one that gives up what goes to any other name. To be called
    /// within a runtime. They work until `stop`.
    #[must_use]
    pub fn start(
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
        channels: BTreeMap<String, Outlet>,
        stop: &CancellationToken,
    ) -> Self {
        let outbox: Arc<dyn Outbox> = Arc::new(Patience(outbox));
        let counted = channels
            .keys()
            .map(|name| (name.clone(), Arc::<ChannelCounters>::default()));
        let counters = Arc::new(Counters {
            channels: counted.collect(),
            ..Counters::default()
        });
        let wake: BTreeMap<String, Arc<Notify>> = channels
            .keys()
            .map(|name| (name.clone(), Arc::default()))
            .collect();
        let strays = Strays {
            known: channels.keys().cloned().collect(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            counters: counters.clone(),
            news: Arc::default(),
        };
        let wake_strays = strays.news.clone();
        let routes = channels
            .iter()
            .map(|(name, outlet)| (name.clone(), outlet.route.clone()));
        let routes: Arc<BTreeMap<String, Route>> = Arc::new(routes.collect());

        let tracker = TaskTracker::new();
        let mut workers = vec![tracker.spawn(strays.run(stop.clone()))];
        for (name, outlet) in channels {
            let news = wake[&name].clone();
            let line = Line {
                counters: counters.channels[&name].clone(),
                name,
                channel: outlet.channel,
                limits: outlet.limits,
                routes: routes.clone(),
                fallback: outlet.fallback.map(|fallback| NextInLine {
                    news: wake.get(&fallback.channel).unwrap_or(&wake_strays).clone(),
                    fallback,
                }),
                outbox: outbox.clone(),
                clock: clock.clone(),
            };
            workers.push(tracker.spawn(Worker::new(line, news).run(stop.clone())));
        }
        tracker.close();
        Self {
            wake,
            wake_strays,
            counters,
            tracker,
            _workers: workers.into_iter().map(AbortOnDropHandle::new).collect(),
        }
    }

    /// What went where, and what each bound turned away.
    #[must_use]
    pub const fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Waits until every worker has stopped, which each does at most five seconds after the token given to [`start`](Self::start) is
    /// cancelled.
    pub async fn stopped(&self) {
        self.tracker.wait().await;
    }
}

/// The notice itself is in the outbox already: this only says that it is worth a look.
#[async_trait]
impl Notifier for Pipeline {
    async fn notify(&self, canary: &CheckedCanary, _key: &str, _notice: &Notice) {
        for channel in &canary.notify {
            self.wake.get(channel).unwrap_or(&self.wake_strays).notify_one();
        }
    }
}
