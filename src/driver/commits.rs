//! What waits for the journal, and what waits behind it.
//!
//! Promises: entries reach the journal in order, each batch in one transaction with the state that it leads to; a batch
//! that failed is tried again, ahead of everything that came since; what is deferred comes free only once the entry that
//! asked for it is journalled, and comes free once. A raise is the exception: it waits for one attempt and is void after
//! a failure, because by the next attempt its reasons are old.
//!
//! What a poll brings comes in parts: the route, the workloads, the look. Where nothing hangs on the first of them, they may wait for the
//! last, and are one transaction: the state is written whole each time, and is most of what a look costs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::counters::{Counters, count};
use super::error::CommandError;
use super::ports::{Journal, JournalError};
use super::record::{Entry, Stored};
use super::under_way::UnderWay;
use crate::engine::{Effect, Notice, Raise};
use crate::spec::Timestamp;

/// A commit takes milliseconds; a journal that needs longer than this is down. Longer than the journal's own time-outs, so
/// that its reason is heard.
pub(super) const JOURNAL_TIMEOUT: Duration = Duration::from_secs(7);

/// Pause before a failed append is tried again: an outage ends in seconds or in minutes, not between.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// Entries that wait for the journal: an hour of a ten-second interval at four entries a look. Beyond it
/// new looks are still judged, but the oldest entries are no longer kept.
const ENTRIES_WAITING_MAX: usize = 1440;

/// Commands that wait to be journalled: as many as messages may wait for the rollout.
const REPLIES_WAITING_MAX: usize = super::INBOX_MAX;

/// Whoever waits to hear that a command is journalled.
pub(super) type Reply = oneshot::Sender<Result<(), CommandError>>;

/// The journal's answer, with the entries that it was given.
pub(super) type Answer = (Vec<Entry>, Result<(), JournalError>);

/// A raise that waits for its entry, and how long it is good for.
pub(super) struct DueRaise {
    pub(super) raise: Raise,
    pub(super) not_after: Timestamp,
}

/// What waits until the entries that ask for it are journalled.
#[derive(Default)]
pub(super) struct Deferred {
    pub(super) raise: Option<DueRaise>,
    /// Each with the key that names it for ever.
    pub(super) news: VecDeque<(String, Notice)>,
    pub(super) effects: Vec<Effect>,
    pub(super) replies: Vec<Reply>,
}

/// A batch that the journal did not take.
pub(super) struct NotCommitted {
    pub(super) error: JournalError,
    /// Whether a raise is void thereby.
    pub(super) raise_is_void: bool,
    /// Whoever is to hear that a command may be forgotten.
    pub(super) replies: Vec<Reply>,
}

/// The queue before the journal.
pub(super) struct Commits {
    entries: VecDeque<Entry>,
    /// Whether there is an entry that was not only read.
    is_urgent: bool,
    deferred: Deferred,
    /// Gives the entries back with the journal's answer.
    under_way: UnderWay<Answer>,
    deferred_under_way: Deferred,
    retry_at: Option<Timestamp>,
    entries_lost: u64,
    counters: Arc<Counters>,
}

impl Commits {
    /// An empty queue.
    pub(super) fn new(counters: Arc<Counters>) -> Self {
        Self {
            entries: VecDeque::new(),
            is_urgent: false,
            deferred: Deferred::default(),
            under_way: UnderWay::default(),
            deferred_under_way: Deferred::default(),
            retry_at: None,
            entries_lost: 0,
            counters,
        }
    }

    /// Adds an entry.
    pub(super) fn add(&mut self, entry: Entry) {
        self.is_urgent |= !entry.is_but_a_reading();
        self.entries.push_back(entry);
        self.keep_bounds();
    }

    /// What else waits for the newest entry.
    pub(super) const fn deferred(&mut self) -> &mut Deferred {
        &mut self.deferred
    }

    /// A lowering begins: no raise that waits is carried out any more, and after an abort no promotion,
    /// nothing that scales the canary up, and no hook.
    pub(super) fn make_void(&mut self, abort: bool) {
        for deferred in [&mut self.deferred, &mut self.deferred_under_way] {
            deferred.raise = None;
            if abort {
                let is_void = |effect: &Effect| {
                    matches!(
                        effect,
                        Effect::PromoteWorkload | Effect::ScaleCanary { .. } | Effect::CallHook(_)
                    )
                };
                deferred.effects.retain(|effect| !is_void(effect));
            }
        }
    }

    /// Hands what waits to the journal, unless it has something already or has failed a moment ago.
    pub(super) fn begin(&mut self, journal: &Arc<dyn Journal>, now: Timestamp, state: &Arc<Stored>) {
        let is_pausing = self.retry_at.is_some_and(|at| now < at);
        if self.under_way.is_some() || self.entries.is_empty() || is_pausing {
            return;
        }
        self.retry_at = None;
        self.is_urgent = false;
        let entries = Vec::from(std::mem::take(&mut self.entries));
        self.deferred_under_way = std::mem::take(&mut self.deferred);
        let (journal, state) = (Arc::clone(journal), Arc::clone(state));
        self.under_way.begin(async move {
            let answer = timeout(JOURNAL_TIMEOUT, journal.append(&entries, &state)).await;
            (entries, answer.unwrap_or_else(|_| Err(no_answer())))
        });
    }

    /// The journal's answer. Never returns while it has nothing. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> Answer {
        self.under_way.answer().await
    }

    /// Takes the answer in, and gives what came free.
    pub(super) fn take(
        &mut self,
        (entries, result): Answer,
        now: Timestamp,
    ) -> Result<Deferred, NotCommitted> {
        let mut deferred = std::mem::take(&mut self.deferred_under_way);
        let Err(error) = result else {
            return Ok(deferred);
        };
        self.retry_at = Some(now + JOURNAL_RETRY);
        self.is_urgent = true;
        let since = std::mem::replace(&mut self.entries, entries.into());
        self.entries.extend(since);
        let raise_is_void = deferred.raise.take().is_some();
        let replies = std::mem::take(&mut deferred.replies);
        let since = std::mem::replace(&mut self.deferred, deferred);
        self.deferred.raise = since.raise;
        self.deferred.news.extend(since.news);
        self.deferred.effects.extend(since.effects);
        self.deferred.replies.extend(since.replies);
        self.keep_bounds();
        Err(NotCommitted {
            error,
            raise_is_void,
            replies,
        })
    }

    /// When the journal is to be tried again, if it failed.
    pub(super) const fn retry_at(&self) -> Option<Timestamp> {
        self.retry_at
    }

    /// Tries the journal again without the pause: there may be no later.
    pub(super) fn hurry(&mut self) {
        self.retry_at = None;
    }

    /// Whether nothing hangs on what waits: a process that dies now reads it again.
    pub(super) const fn can_wait(&self) -> bool {
        !self.is_urgent
    }

    /// Whether nothing is under way, and nothing will be before a pause is over.
    pub(super) fn is_at_rest(&self) -> bool {
        !self.under_way.is_some() && (self.entries.is_empty() || self.retry_at.is_some())
    }

    /// Whether the journal has everything.
    pub(super) fn is_empty(&self) -> bool {
        !self.under_way.is_some() && self.entries.is_empty()
    }

    /// Lets `reply` hear once everything that was added is journalled. Too many who wait at once are turned away, by
    /// dropping them.
    pub(super) fn confirm(&mut self, reply: Reply) {
        if self.deferred.replies.len() < REPLIES_WAITING_MAX {
            self.deferred.replies.push(reply);
        } else {
            count(&self.counters.replies);
        }
    }

    fn keep_bounds(&mut self) {
        while self.entries.len() > ENTRIES_WAITING_MAX {
            let lost = self.entries.pop_front();
            self.entries_lost += 1;
            count(&self.counters.entries);
            tracing::error!(
                rollout.id = lost.map(|entry| entry.rollout),
                entries.lost = self.entries_lost,
                "the journal is down and its queue is full; an entry is lost"
            );
        }
        while self.deferred.news.len() > ENTRIES_WAITING_MAX {
            let lost = self.deferred.news.pop_front();
            let (key, text) = lost.map(|(key, notice)| (key, notice.text)).unzip();
            count(&self.counters.notices);
            tracing::error!(
                notice.key = key,
                notice.text = text,
                "the journal is down and its queue is full; a notice is lost"
            );
        }
    }
}

/// A journal that did not answer in time.
pub(super) fn no_answer() -> JournalError {
    JournalError {
        reason: format!("no answer within {} s", JOURNAL_TIMEOUT.as_secs()),
    }
}
