//! Deliveries that are due: what the journal stores with each decision that people must hear of.
//!
//! [`Journal::append`](super::ports::Journal::append) turns every notice among its entries' effects into one delivery for each
//! channel of the Canary, in the transaction of the decision itself. Whoever delivers leases what is due,
//! sends it, and says how it went; a lease that runs out is due again, so that a crash between sending
//! and saying so sends the same key twice and loses nothing.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::ports::JournalError;
use super::record::Entry;
use crate::engine::{Effect, Notice};
use crate::spec::{CheckedCanary, Timestamp};

/// One notice on its way to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `rollout/sequence/index/channel`: the same whenever this delivery is tried again, and no other's. `index` counts the notices of
    /// one entry.
    pub key: String,
    /// The channel's name.
    pub channel: String,
    /// The rollout's id.
    pub rollout: String,
    /// The Canary's namespace.
    pub namespace: String,
    /// The Canary's name.
    pub name: String,
    /// What is told.
    pub notice: Notice,
    /// When it was decided.
    pub created_at: Timestamp,
    /// How often it was tried: the attempts that were settled.
    pub attempts: u32,
    /// How it stands.
    pub state: DeliveryState,
    /// What the last attempt that failed said.
    pub last_error: Option<String>,
}

impl Delivery {
    /// What `entry` has to tell to the channels of `canary`: each of its notices to each channel, in this order.
    pub fn of<'a>(entry: &'a Entry, canary: &'a CheckedCanary) -> impl Iterator<Item = Self> + 'a {
        let notices = entry.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice),
            _ => None,
        });
        notices.enumerate().flat_map(move |(index, notice)| {
            canary.notify.iter().map(move |channel| Self {
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
            })
        })
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Due, or due again later.
    Pending,
    /// The channel took it.
    Delivered,
    /// Given up: expired, or refused for good.
    Dead,
}

impl DeliveryState {
    /// The name in documents, for people too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The channel took it.
    Delivered,
    /// Try again at this time.
    Retry {
        /// When.
        at: Timestamp,
        /// What went wrong.
        error: String,
    },
    /// Never try again.
    Dead {
        /// What went wrong.
        error: String,
    },
}

/// The stored deliveries.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to `limit` pending deliveries of `channel` that are due at `now`, oldest first. Nobody else gets them
    /// before `until`.
    ///
    /// # Errors
    /// Where the store cannot be reached; nothing was taken.
    async fn lease(
        &self,
        channel: &str,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, JournalError>;

    /// Says how the attempt at a leased delivery went, counts it, and ends the lease. What is delivered or dead stays as it
    /// is: a late word about an old lease changes nothing then. An unknown key is nothing to say, and no error.
    ///
    /// # Errors
    /// Where the store cannot be reached; the lease then runs out and the delivery is due again.
    async fn settle(&self, key: &str, attempt: &Attempt, now: Timestamp) -> Result<(), JournalError>;

    /// For each channel that has pending deliveries, when the first of them is due; one that is leased is due when its
    /// lease runs out. Names of channels that nobody serves are among them, and only here.
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn due(&self) -> Result<BTreeMap<String, Timestamp>, JournalError>;

    /// Number of pending deliveries, and when the oldest of them was decided.
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn backlog(&self) -> Result<(u64, Option<Timestamp>), JournalError>;
}
