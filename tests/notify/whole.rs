//! From a decision of the driver to the people who are told of it.

use std::collections::BTreeSet;

use serin::driver::ports::{NoHooks, Ports};
use serin::driver::{Driver, Entry, MemoryJournal};
use serin::engine::{Arm, Effect, NoticeKind, Outcome};

use super::receiver::Arrival;
use super::*;
use crate::world::World;
use crate::world::route::FakeRoute;
use crate::world::services::FakeServices;
use crate::world::workloads::FakeWorkloads;

/// The keys that the journal's notices ask for.
fn expected(entries: &[Entry], channel: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in entries {
        let is_notice = |effect: &&Effect| matches!(effect, Effect::Notify(_));
        for (index, _) in entry.effects.iter().filter(is_notice).enumerate() {
            keys.insert(format!("{}/{}/{index}/{channel}", entry.rollout, entry.sequence));
        }
    }
    keys
}

#[tokio::test(start_paused = true)]
async fn every_notice_of_a_rollout_arrives_with_the_key_of_its_decision_and_its_end_at_once() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start_at(BEGIN));
    let route = FakeRoute::new(clock.clone());
    let services = FakeServices::new(clock.clone(), route.clone());
    services.fail(Arm::Canary, 0.1);
    let journal = Arc::new(MemoryJournal::default());
    let chat = Receiver::healthy(&clock);
    let channels = [("chat".to_owned(), Outlet::new(chat.clone()))];
    let stop = CancellationToken::new();
    let pipeline = Pipeline::start(journal.clone(), clock.clone(), channels.into(), &stop);
    let driver = Driver::new(Ports {
        metric_source: Arc::new(services),
        traffic: Arc::new(route),
        workloads: Arc::new(FakeWorkloads::default()),
        hooks: Arc::new(NoHooks),
        journal: journal.clone(),
        notifier: Arc::new(pipeline),
        clock: clock.clone(),
    });
    let mut canary = World::new().canary.clone();
    canary.notify = vec!["chat".to_owned()];
    let mut news = driver.subscribe();
    let id = driver.start(canary, "v2".into()).unwrap();
    let ended_at = loop {
        let progress = news.recv().await.unwrap();
        if progress.status.phase.is_final() {
            break clock.now();
        }
    };
    let is_end = |arrival: &Arrival| arrival.delivery.notice.kind == NoticeKind::Ended(Outcome::Aborted);
    let arrivals = chat.until(|arrivals| arrivals.iter().any(is_end)).await;
    assert_eq!(arrivals.last().unwrap().at, ended_at);
    let arrived: BTreeSet<String> = chat.keys().into_iter().collect();
    assert_eq!(arrived, expected(&journal.entries(&id), "chat"));
    assert_eq!(arrived.len(), chat.keys().len());
}
