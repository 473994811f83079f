//! An outbox that can be down, and tells when something changed in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serin::driver::ports::{Clock, Journal, JournalError};
use serin::driver::{Attempt, Delivery, Entry, Input, MemoryJournal, Outbox, Stored, Untold};
use serin::engine::{Effect, Event, Notice, NoticeKind, Rollout, Urgency};
use serin::spec::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use super::{BEGIN, PATIENCE, telling};
use crate::world::journal::Outage;

/// An outbox in memory behind a disk that may be gone. Clones are the same outbox.
#[derive(Clone)]
pub(super) struct UnreliableOutbox {
    memory: Arc<MemoryJournal>,
    clock: Arc<dyn Clock>,
    rollouts: Arc<Mutex<BTreeSet<String>>>,
    outage: Arc<Mutex<Option<Outage>>>,
    settled: Arc<watch::Sender<u64>>,
}

impl UnreliableOutbox {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            memory: Arc::default(),
            clock,
            rollouts: Arc::default(),
            outage: Arc::default(),
            settled: Arc::default(),
        }
    }

    /// A rollout decides this many things now, each with one notice to each of `channels`.
    pub(super) async fn decide(&self, decisions: u64, channels: &[&str]) {
        let notices = vec![notice(); decisions as usize];
        self.tell(&format!("checkout-{}", channels.join("-")), notices, channels)
            .await;
    }

    /// The rollout `id` decides something now for each of `notices`, which are for each of `channels`.
    pub(super) async fn tell(&self, id: &str, notices: Vec<Notice>, channels: &[&str]) {
        let (id, decisions) = (id.to_owned(), notices.len() as u64);
        let (rollout, _) = Rollout::start(id.clone(), telling(channels), "v2".into(), BEGIN);
        self.rollouts.lock().unwrap().insert(id.clone());
        let first = self.memory.entries(&id).len() as u64;
        let entries: Vec<Entry> = (first..)
            .zip(notices)
            .map(|(sequence, notice)| Entry {
                rollout: id.clone(),
                sequence,
                at: self.clock.now(),
                input: Input::Event(Event::WorkloadPromoted),
                effects: vec![Effect::Poll, Effect::Notify(notice)],
            })
            .collect();
        let state = Arc::new(Stored {
            rollout,
            counting: Default::default(),
            at: self.clock.now(),
            next_sequence: first + decisions,
        });
        self.memory.append(&entries, &state).await.unwrap();
    }

    pub(super) fn break_down(&self, outage: Outage) {
        *self.outage.lock().unwrap() = Some(outage);
    }

    pub(super) fn recover(&self) {
        *self.outage.lock().unwrap() = None;
    }

    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        let rollouts = self.rollouts.lock().unwrap();
        rollouts
            .iter()
            .flat_map(|rollout| self.memory.deliveries(rollout))
            .collect()
    }

    /// Waits until `condition` holds, which is asked whenever something was settled.
    pub(super) async fn until(&self, condition: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let mut settled = self.settled.subscribe();
        let holds = settled.wait_for(|_| condition(&self.deliveries()));
        drop(timeout(PATIENCE, holds).await.unwrap());
        self.deliveries()
    }

    /// Waits until nothing is pending.
    pub(super) async fn until_settled(&self) -> Vec<Delivery> {
        let mut settled = self.settled.subscribe();
        while self.memory.backlog().await.unwrap().0 > 0 {
            timeout(PATIENCE, settled.changed()).await.unwrap().unwrap();
        }
        self.deliveries()
    }

    /// The call at a disk in this state: before it is carried out, and after.
    async fn call<T>(&self, call: impl Future<Output = Result<T, JournalError>>) -> Result<T, JournalError> {
        let outage = *self.outage.lock().unwrap();
        match outage {
            None => call.await,
            Some(Outage::Fails) => Err(JournalError {
                reason: "disk full".into(),
            }),
            Some(Outage::Hangs) => std::future::pending().await,
            Some(Outage::AnswersLost) => {
                let _ = call.await;
                std::future::pending().await
            }
            Some(Outage::Slow(time)) => {
                tokio::time::sleep(time).await;
                call.await
            }
        }
    }
}

#[async_trait]
impl Outbox for UnreliableOutbox {
    async fn lease(
        &self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, JournalError> {
        self.call(self.memory.lease(channel, now, until, limit)).await
    }

    async fn settle(&self, key: &str, attempt: &Attempt, now: Timestamp) -> Result<(), JournalError> {
        let settled = self.call(self.memory.settle(key, attempt, now)).await;
        self.settled.send_modify(|number| *number += 1);
        settled
    }

    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError> {
        self.call(self.memory.due()).await
    }

    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        self.call(self.memory.backlog()).await
    }

    async fn of_rollout(&self, rollout: &str) -> Result<Vec<Delivery>, JournalError> {
        self.call(self.memory.of_rollout(rollout)).await
    }

    async fn hand_on(&self, untold: &Untold<'_>, to: &str, now: Timestamp) -> Result<u64, JournalError> {
        self.call(self.memory.hand_on(untold, to, now)).await
    }
}

/// News for whoever is on call.
pub(super) fn notice() -> Notice {
    Notice {
        kind: NoticeKind::Stepped { weight: 25 },
        urgency: Urgency::Info,
        text: "shop/checkout: canary at 25 %".into(),
        briefing: None,
    }
}

/// News of this kind, and this urgent.
pub(super) fn news(kind: NoticeKind, urgency: Urgency) -> Notice {
    let text = format!("shop/checkout: {}", serin::notify::news::name(&kind));
    Notice {
        kind,
        urgency,
        text,
        briefing: None,
    }
}
