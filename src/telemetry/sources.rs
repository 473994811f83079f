//! What others count themselves, and the page gathers at each scrape.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use async_trait::async_trait;

use super::definition::{
    CHECK, DELIVERIES, DELIVERIES_IN_FLIGHT, Definition, OUTBOX_AGE, OUTBOX_PENDING, QUERIES, SCRAPES, Sample,
};
use crate::driver::ports::Clock;
use crate::driver::{self, Outbox};
use crate::hook;
use crate::metric_source::prometheus::{self, DataSourceStats};
use crate::metric_source::scrape::{Outcome, ScrapeStats};
use crate::notify;

/// A component that counts what its bounds turned away.
pub trait Bounds: Send + Sync {
    /// Each bound by its name, with how often it was reached.
    fn turned_away(&self) -> Vec<(&'static str, u64)>;
}

/// Says how the daemon's checks are.
#[async_trait]
pub trait Checkup: Send + Sync {
    /// Each check by its name, and whether it is well. Answers in bounded time, however the checked things hang.
    async fn checkup(&self) -> Vec<(&'static str, bool)>;
}

/// Samples of several metrics.
pub(super) type Gathered = Vec<(&'static Definition, Vec<Sample>)>;

/// A store that does not count its outbox within this time is left out of the page: the page is wanted most when it is slow.
const OUTBOX_TIMEOUT: Duration = Duration::from_secs(1);

/// The outbox's depth and age; nothing while it cannot be read.
pub(super) async fn outbox(outbox: &dyn Outbox, clock: &dyn Clock) -> Gathered {
    let backlog = tokio::time::timeout(OUTBOX_TIMEOUT, outbox.backlog()).await;
    let Ok(Ok((pending, oldest))) = backlog else {
        return Vec::new();
    };
    let age = oldest.map_or(Duration::ZERO, |oldest| clock.now().since(oldest));
    vec![
        (&OUTBOX_PENDING, vec![Sample::new(&[], pending as f64)]),
        (&OUTBOX_AGE, vec![Sample::new(&[], age.as_secs_f64())]),
    ]
}

/// How the daemon's checks are.
pub(super) async fn checks(checkup: &dyn Checkup) -> Gathered {
    let checks = checkup.checkup().await.into_iter();
    let samples = checks.map(|(check, is_well)| Sample::new(&[check], f64::from(u8::from(is_well))));
    vec![(&CHECK, samples.collect())]
}

/// What became of scrapes.
pub(super) fn scrapes(stats: &ScrapeStats) -> Gathered {
    let outcomes = Outcome::ALL.map(|outcome| Sample::new(&[outcome.name()], stats.get(outcome) as f64));
    vec![(&SCRAPES, outcomes.to_vec())]
}

/// What became of queries, by data source.
pub(super) fn queries(stats: &BTreeMap<String, Arc<DataSourceStats>>) -> Gathered {
    let samples = stats.iter().flat_map(|(name, stats)| {
        prometheus::Outcome::ALL
            .map(|outcome| Sample::new(&[name, outcome.name()], stats.get(outcome) as f64))
    });
    vec![(&QUERIES, samples.collect())]
}

/// What the channels took and gave back.
pub(super) fn deliveries(counters: &notify::Counters) -> Gathered {
    let mut results = Vec::new();
    let mut in_flight = Vec::new();
    for (name, channel) in &counters.channels {
        let counts = [
            ("delivered", &channel.delivered),
            ("retried", &channel.retried),
            ("dead", &channel.dead),
            ("skipped", &channel.skipped),
            ("handed-on", &channel.handed_on),
        ];
        results.extend(counts.map(|(result, count)| Sample::new(&[name, result], read(count))));
        in_flight.push(Sample::new(&[name], read(&channel.in_flight)));
    }
    vec![(&DELIVERIES, results), (&DELIVERIES_IN_FLIGHT, in_flight)]
}

impl Bounds for notify::Counters {
    fn turned_away(&self) -> Vec<(&'static str, u64)> {
        let sum = |count: fn(&notify::ChannelCounters) -> &AtomicU64| {
            let channels = self.channels.values();
            channels.map(|channel| count(channel).load(Relaxed)).sum()
        };
        vec![
            ("send_timeout", sum(|channel| &channel.timed_out)),
            ("expiry", sum(|channel| &channel.expired)),
            ("in_flight", sum(|channel| &channel.full)),
            ("per_minute", sum(|channel| &channel.paced)),
            ("retry_after", sum(|channel| &channel.waits_cut)),
            ("panics", sum(|channel| &channel.panicked)),
            ("no_such_channel", self.no_such_channel.load(Relaxed)),
        ]
    }
}

impl Bounds for hook::Counters {
    fn turned_away(&self) -> Vec<(&'static str, u64)> {
        [("calls", &self.calls), ("not_allowed", &self.not_allowed)]
            .map(|(bound, count)| (bound, count.load(Relaxed)))
            .to_vec()
    }
}

impl Bounds for driver::Counters {
    fn turned_away(&self) -> Vec<(&'static str, u64)> {
        [
            ("rollouts", &self.rollouts),
            ("inboxes", &self.inboxes),
            ("entries", &self.entries),
            ("notices", &self.notices),
            ("replies", &self.replies),
        ]
        .map(|(bound, count)| (bound, count.load(Relaxed)))
        .to_vec()
    }
}

fn read(count: &AtomicU64) -> f64 {
    count.load(Relaxed) as f64
}
