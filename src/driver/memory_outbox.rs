//! The deliveries of [`MemoryJournal`](super::MemoryJournal).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::outbox::{Attempt, Delivery, DeliveryState, NEWS_MAX, Untold};
use super::record::Entry;
use crate::spec::{CheckedCanary, Timestamp};

/// Deliveries kept, the oldest go first: as many as a hundred thousand notices to one channel, in some fifty megabytes.
const DELIVERIES_MAX: usize = 100_000;

/// Every delivery, numbered in the order in which it was decided.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: BTreeMap<u64, Row>,
    by_key: HashMap<String, u64>,
    /// What is open, by channel, time of the decision, and number: the oldest first, whatever rollout was the first to say so.
    open: BTreeSet<(String, Timestamp, u64)>,
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
            let due_at = delivery.created_at;
            self.insert(delivery, due_at);
        }
    }

    fn insert(&mut self, delivery: Delivery, due_at: Timestamp) {
        let number = self.next;
        self.next += 1;
        self.by_key.insert(delivery.key.clone(), number);
        self.open
            .insert((delivery.channel.clone(), delivery.created_at, number));
        self.rows.insert(number, Row { delivery, due_at });
        if self.rows.len() > DELIVERIES_MAX
            && let Some((number, Row { delivery, .. })) = self.rows.pop_first()
        {
            self.by_key.remove(&delivery.key);
            self.open.remove(&(delivery.channel, delivery.created_at, number));
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
        let mut leased = Vec::new();
        for state in [DeliveryState::Pending, DeliveryState::Lasting] {
            let of_channel = self.open.range(oldest.clone()..);
            for (.., number) in of_channel.take_while(|(name, ..)| name == channel) {
                if leased.len() == limit {
                    break;
                }
                let row = self.rows.get_mut(number);
                if let Some(row) = row.filter(|row| row.due_at <= now && row.delivery.state == state) {
                    row.due_at = until;
                    leased.push(row.delivery.clone());
                }
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
        if !delivery.state.is_open() {
            return;
        }
        match attempt {
            Attempt::Skipped => {}
            Attempt::Lasts { .. } => delivery.attempts = 1,
            _ => delivery.attempts = delivery.attempts.saturating_add(1),
        }
        match attempt {
            Attempt::Delivered(receipt) => {
                delivery.state = DeliveryState::Delivered;
                delivery.receipt = receipt.clone().or_else(|| delivery.receipt.take());
            }
            Attempt::Lasts { at, receipt } => {
                delivery.state = DeliveryState::Lasting;
                *due_at = *at;
                delivery.receipt = receipt.clone().or_else(|| delivery.receipt.take());
            }
            Attempt::Skipped => delivery.state = DeliveryState::Skipped,
            Attempt::Retry { at, error } => {
                *due_at = *at;
                delivery.last_error = Some(error.clone());
            }
            Attempt::Dead { error } => {
                delivery.state = DeliveryState::Dead;
                delivery.last_error = Some(error.clone());
            }
        }
        if !delivery.state.is_open() {
            self.open
                .remove(&(delivery.channel.clone(), delivery.created_at, *number));
        }
    }

    pub(super) fn due(&self) -> BTreeMap<String, Timestamp> {
        let mut due = BTreeMap::new();
        for (channel, _, number) in &self.open {
            if let Some(row) = self.rows.get(number) {
                let first = due.entry(channel.clone()).or_insert(row.due_at);
                *first = row.due_at.min(*first);
            }
        }
        due
    }

    pub(super) fn backlog(&self) -> (u64, Option<Timestamp>) {
        let pending: Vec<Timestamp> = self
            .open
            .iter()
            .filter_map(|(.., number)| self.rows.get(number))
            .filter(|row| row.delivery.state == DeliveryState::Pending)
            .map(|row| row.delivery.created_at)
            .collect();
        (pending.len() as u64, pending.into_iter().min())
    }

    pub(super) fn of(&self, rollout: &str) -> Vec<Delivery> {
        let deliveries = self.rows.values().map(|row| &row.delivery);
        deliveries
            .filter(|delivery| delivery.rollout == rollout)
            .cloned()
            .collect()
    }

    pub(super) fn newest_of(&self, rollout: &str) -> Vec<Delivery> {
        let mut deliveries = self.of(rollout);
        deliveries.sort_by(|one, other| (other.position(), &one.key).cmp(&(one.position(), &other.key)));
        deliveries.truncate(NEWS_MAX);
        deliveries
    }

    pub(super) fn hand_on(&mut self, untold: &Untold<'_>, to: &str, now: Timestamp) -> u64 {
        let is_untold = |delivery: &&Delivery| {
            let is_due = match delivery.state {
                DeliveryState::Pending => delivery.created_at <= untold.until,
                DeliveryState::Dead => true,
                DeliveryState::Lasting | DeliveryState::Delivered | DeliveryState::Skipped => false,
            };
            is_due
                && delivery.channel == untold.channel
                && delivery.created_at > untold.since
                && delivery.instead_of.is_none()
        };
        let untold: Vec<Delivery> = self
            .rows
            .values()
            .map(|row| &row.delivery)
            .filter(is_untold)
            .map(|delivery| delivery.forwarded(to))
            .filter(|delivery| !self.by_key.contains_key(&delivery.key))
            .collect();
        let number = untold.len() as u64;
        for delivery in untold {
            self.insert(delivery, now);
        }
        number
    }
}
