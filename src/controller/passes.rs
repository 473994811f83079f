//! Passes over everything there is: whenever something changed, and again after a pause where something was left to do.

use std::sync::Arc;
use std::time::Duration;

use super::Parts;
use crate::canaries::cluster::Resources;
use crate::kubernetes::Backoff;

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

/// Makes a `pass` now, and whenever the Canaries change, something `else_changed` or the pause is over. Works for as long as it is
/// polled, or until nothing can change any more, which `else_changed` says by `false`.
pub(super) async fn run(
    parts: &Parts,
    mut else_changed: impl AsyncFnMut() -> bool,
    mut pass: impl AsyncFnMut(Arc<Resources>) -> Pass,
) {
    let mut resources = parts.resources.clone();
    let mut backoff = Backoff::default();
    loop {
        let now = Arc::clone(&resources.borrow_and_update());
        let ended = pass(now).await;
        if ended != Pass::Failed {
            backoff.reset();
        }
        let pause = match ended {
            Pass::Done => None,
            Pass::DueIn(time) => Some(time),
            Pass::Failed => Some(backoff.failed()),
        };
        let due = pause.map(|pause| parts.clock.now() + pause);
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            goes_on = else_changed() => if !goes_on { return },
            () = parts.clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {}
        }
    }
}
