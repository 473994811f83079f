//! Passes over everything there is, and the pause before one is made again though nothing changed.

use std::future::pending;
use std::time::Duration;

use crate::driver::ports::Clock;
use crate::kubernetes::Backoff;
use crate::spec::Timestamp;

/// How a pass ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Nothing is left, until something changes.
    Done,
    /// Something is to be looked at then, whatever changes.
    DueIn(Duration),
    /// Something is to be tried again, after a pause that grows.
    Failed,
}

impl Pass {
    /// How a pass ended of which this is known.
    pub(super) const fn of(failed: bool) -> Self {
        if failed { Self::Failed } else { Self::Done }
    }
}

/// The pauses between passes.
pub(super) struct Pauses<'a> {
    clock: &'a dyn Clock,
    backoff: Backoff,
}

impl<'a> Pauses<'a> {
    pub(super) fn new(clock: &'a dyn Clock) -> Self {
        Self {
            clock,
            backoff: Backoff::default(),
        }
    }

    /// When the next pass is due after one that ended so; none before something changes.
    pub(super) fn after(&mut self, pass: Pass) -> Option<Timestamp> {
        if pass != Pass::Failed {
            self.backoff.reset();
        }
        let pause = match pass {
            Pass::Done => return None,
            Pass::DueIn(time) => time,
            Pass::Failed => self.backoff.failed(),
        };
        Some(self.clock.now() + pause)
    }

    /// Returns once it is `due`.
    pub(super) async fn until(&self, due: Option<Timestamp>) {
        match due {
            Some(due) => self.clock.sleep_until(due).await,
            None => pending().await,
        }
    }
}
