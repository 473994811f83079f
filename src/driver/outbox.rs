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
    /// What the channel gave for it: where a later one of the same rollout finds it again.
    pub receipt: Option<String>,
    /// The channel that should have taken it and did not in time.
    pub instead_of: Option<String>,
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
                receipt: None,
                instead_of: None,
            })
        })
    }

    /// Where in its rollout's story it stands: the entry that it came of, and which of its notices it is.
    #[must_use]
    pub fn position(&self) -> (u64, u64) {
        let mut parts = self
            .key
            .split('/')
            .skip(1)
            .map(|part| part.parse().unwrap_or_default());
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    }

    /// The same for the channel `to`, which gets it because this one's did not take it.
    #[must_use]
    pub(super) fn forwarded(&self, to: &str) -> Self {
        Self {
            key: format!("{}/{to}", self.key),
            channel: to.to_owned(),
            attempts: 0,
            state: DeliveryState::Pending,
            last_error: None,
            receipt: None,
            instead_of: Some(self.channel.clone()),
            ..self.clone()
        }
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Due, or due again later.
    Pending,
    /// The channel took it, and is asked again now and then while what it tells of lasts.
    Lasting,
    /// The channel took it.
    Delivered,
    /// The channel does not take such news.
    Skipped,
    /// Given up: expired, or refused for good.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Lasting,
        Self::Delivered,
        Self::Skipped,
        Self::Dead,
    ];

    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Lasting)
    }

    /// The name in documents, for people too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Lasting => "lasting",
            Self::Delivered => "delivered",
            Self::Skipped => "skipped",
            Self::Dead => "dead",
        }
    }
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// The channel took it, and gave this receipt if any.
    Delivered(Option<String>),
    /// The channel took it, and is to be asked again at this time: what it tells of lasts.
    Lasts {
        /// When.
        at: Timestamp,
        /// What the channel gave for it.
        receipt: Option<String>,
    },
    /// The channel does not take such news, and was not asked.
    Skipped,
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

/// Deliveries of a rollout that are looked back at: what a channel asks for is among the newest, whatever has gone on for how long.
pub const NEWS_MAX: usize = 200;

/// What one channel did not take in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untold<'a> {
    /// The channel.
    pub channel: &'a str,
    /// What was decided before is too old to be dealt with.
    pub since: Timestamp,
    /// What was decided until then should have been taken by now.
    pub until: Timestamp,
}

/// The stored deliveries.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to `limit` open deliveries of `channel` that are due at `now`, oldest first, and after all others those that the channel
    /// has taken and is only reminded of: a channel that is slow about reminders has the news all the same. Nobody else gets them
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

    /// Says how the attempt at a leased delivery went, counts it, and ends the lease. What is no longer open stays as it
    /// is: a late word about an old lease changes nothing then. An unknown key is nothing to say, and no error. What lasts goes on
    /// lasting while attempts fail, and each that works begins the count anew.
    ///
    /// # Errors
    /// Where the store cannot be reached; the lease then runs out and the delivery is due again.
    async fn settle(&self, key: &str, attempt: &Attempt, now: Timestamp) -> Result<(), JournalError>;

    /// For each channel that has open deliveries, when the first of them is due; one that is leased is due when its
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

    /// The newest deliveries of a rollout to whatever channel, newest first, at most [`NEWS_MAX`].
    ///
    /// # Errors
    /// Where the store cannot be reached.
    async fn of_rollout(&self, rollout: &str) -> Result<Vec<Delivery>, JournalError>;

    /// Lets the channel `to` have what is `untold`: what waits longer than it should and what was given up, due at `now`. What it
    /// was given before it is not given again, and what was handed on to a channel goes no further. Gives how many it got.
    ///
    /// # Errors
    /// Where the store cannot be reached; nothing was handed on, or all of it.
    async fn hand_on(&self, untold: &Untold<'_>, to: &str, now: Timestamp) -> Result<u64, JournalError>;
}
