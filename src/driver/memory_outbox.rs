//! The deliveries of [`MemoryJournal`](super::MemoryJournal).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::outbox::{Attempt, Delivery, DeliveryState};
use super::record::Entry;
use crate::spec::{CheckedCanary, Timestamp};

/// Deliveries kept, the oldest go first: as many as a hundred thousand notices to one channel, in some fifty megabytes.
const DELIVERIES_MAX: usize = 100_000;

/// Every delivery, numbered in the order in which it was decided.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: BTreeMap<u64, Row>,
    by_key: HashMap<String, u64>,
    /// Channel, time of the decision, and number: the oldest first, whatever rollout was the first to say so.
    pending: BTreeSet<(String, Timestamp, u64)>,
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
        for delivery in Delivery::of(entry, canary) {
            self.insert(delivery);
        }
    }

    fn insert(&mut self, delivery: Delivery) {
        let number = self.next;
        self.next += 1;
        self.by_key.insert(delivery.key.clone(), number);
        self.pending
            .insert((delivery.channel.clone(), delivery.created_at, number));
        let due_at = delivery.created_at;
        self.rows.insert(number, Row { delivery, due_at });
        if self.rows.len() > DELIVERIES_MAX
            && let Some((number, Row { delivery, .. })) = self.rows.pop_first()
        {
            self.by_key.remove(&delivery.key);
            self.pending
                .remove(&(delivery.channel, delivery.created_at, number));
        }
    }

    pub(super) fn lease(
        &mut self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Vec<Delivery> {
        let oldest = (channel.to_owned(), Timestamp(0), 0);
        let of_channel = self
            .pending
            .range(oldest..)
            .take_while(|(name, ..)| name == channel);
        let mut leased = Vec::new();
        for (.., number) in of_channel {
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
            self.pending
                .remove(&(delivery.channel.clone(), delivery.created_at, *number));
        }
    }

    pub(super) fn due(&self) -> BTreeMap<String, Timestamp> {
        let mut due = BTreeMap::new();
        for (channel, _, number) in &self.pending {
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
            .filter_map(|(.., number)| self.rows.get(number));
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
