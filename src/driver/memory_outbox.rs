//! The deliveries of [`MemoryJournal`](super::MemoryJournal).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::outbox::{Attempt, Delivery, DeliveryState};
use super::record::Entry;
use crate::engine::Effect;
use crate::spec::{CheckedCanary, Timestamp};

/// Deliveries kept, the oldest go first: as many as a hundred thousand notices to one channel, in some fifty megabytes.
const DELIVERIES_MAX: usize = 100_000;

/// Every delivery, numbered in the order in which it was decided.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: BTreeMap<u64, Row>,
    by_key: HashMap<String, u64>,
    /// Channel and number.
    pending: BTreeSet<(String, u64)>,
    next: u64,
}

#[derive(Debug)]
struct Row {
    delivery: Delivery,
    /// When it may be leased: at once, when a retry is due, or when its lease runs out.
    due_at: Timestamp,
}

impl Deliveries {
    /// Turns the notices of `entry` into deliveries.
    pub(super) fn add(&mut self, entry: &Entry, canary: &CheckedCanary) {
        let notices = entry.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice),
            _ => None,
        });
        for (index, notice) in notices.enumerate() {
            for channel in &canary.notify {
                self.insert(Delivery {
                    key: format!("{}/{}/{index}/{channel}", entry.rollout, entry.sequence),
                    channel: channel.clone(),
                    rollout: entry.rollout.clone(),
                    namespace: canary.namespace.clone(),
                    name: canary.name.clone(),
                    notice: notice.clone(),
                    created_at: entry.at,
                    attempts: 0,
                    state: DeliveryState::Pending,
                    last_error: None,
                });
            }
        }
    }

    fn insert(&mut self, delivery: Delivery) {
        let number = self.next;
        self.next += 1;
        self.by_key.insert(delivery.key.clone(), number);
        self.pending.insert((delivery.channel.clone(), number));
        let due_at = delivery.created_at;
        self.rows.insert(number, Row { delivery, due_at });
        if self.rows.len() > DELIVERIES_MAX
            && let Some((number, Row { delivery, .. })) = self.rows.pop_first()
        {
            self.by_key.remove(&delivery.key);
            self.pending.remove(&(delivery.channel, number));
        }
    }

    pub(super) fn lease(
        &mut self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Vec<Delivery> {
        let of_channel = self
            .pending
            .range((channel.to_owned(), 0)..=(channel.to_owned(), u64::MAX));
        let mut leased = Vec::new();
        for (_, number) in of_channel {
            if leased.len() == limit {
                break;
            }
            if let Some(row) = self.rows.get_mut(number).filter(|row| row.due_at <= now) {
                row.due_at = until;
                leased.push(row.delivery.clone());
            }
        }
        leased
    }

    pub(super) fn settle(&mut self, key: &str, attempt: &Attempt) {
        let Some(number) = self.by_key.get(key) else {
            return;
        };
        let Some(Row { delivery, due_at }) = self.rows.get_mut(number) else {
            return;
        };
        if delivery.state != DeliveryState::Pending {
            return;
        }
        delivery.attempts = delivery.attempts.saturating_add(1);
        match attempt {
            Attempt::Delivered => delivery.state = DeliveryState::Delivered,
            Attempt::Retry { at, error } => {
                *due_at = *at;
                delivery.last_error = Some(error.clone());
            }
            Attempt::Dead { error } => {
                delivery.state = DeliveryState::Dead;
                delivery.last_error = Some(error.clone());
            }
        }
        if delivery.state != DeliveryState::Pending {
            self.pending.remove(&(delivery.channel.clone(), *number));
        }
    }

    pub(super) fn due(&self) -> BTreeMap<String, Timestamp> {
        let mut due = BTreeMap::new();
        for (channel, number) in &self.pending {
            if let Some(row) = self.rows.get(number) {
                let first = due.entry(channel.clone()).or_insert(row.due_at);
                *first = row.due_at.min(*first);
            }
        }
        due
    }

    pub(super) fn backlog(&self) -> (u64, Option<Timestamp>) {
        let pending = self
            .pending
            .iter()
            .filter_map(|(_, number)| self.rows.get(number));
        let oldest = pending.map(|row| row.delivery.created_at).min();
        (self.pending.len() as u64, oldest)
    }

    pub(super) fn of(&self, rollout: &str) -> Vec<Delivery> {
        let deliveries = self.rows.values().map(|row| &row.delivery);
        deliveries
            .filter(|delivery| delivery.rollout == rollout)
            .cloned()
            .collect()
    }
}
