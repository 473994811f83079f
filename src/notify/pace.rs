//! How many sends there may be in a minute.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use crate::spec::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);

/// The sends of the last minute, and how many of them there may be. Holds at most that many times.
#[derive(Debug)]
pub(super) struct Pace {
    max: NonZeroUsize,
    sent: VecDeque<Timestamp>,
}

impl Pace {
    pub(super) const fn new(max: NonZeroUsize) -> Self {
        let sent = VecDeque::new();
        Self { max, sent }
    }

    /// How many more there may be at `now`.
    pub(super) fn free(&mut self, now: Timestamp) -> usize {
        while self.sent.front().is_some_and(|first| *first + MINUTE <= now) {
            self.sent.pop_front();
        }
        self.max.get().saturating_sub(self.sent.len())
    }

    /// Another one.
    pub(super) fn sent(&mut self, now: Timestamp) {
        self.sent.push_back(now);
    }

    /// When there may be more, if there may be none now.
    pub(super) fn free_at(&self) -> Option<Timestamp> {
        let first = self.sent.front().filter(|_| self.sent.len() >= self.max.get())?;
        Some(*first + MINUTE)
    }
}
