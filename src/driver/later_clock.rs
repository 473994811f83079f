//! A clock that goes on where the journal ends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::ports::Clock;
use crate::spec::Timestamp;

/// Another clock, put forward by a fixed time.
///
/// A machine whose wall clock was set back between two processes would otherwise hand the engine times that
/// lie before those it has seen: the next poll, an hour away, would be waited for.
struct LaterClock {
    clock: Arc<dyn Clock>,
    ahead: Duration,
}

/// `clock`, put forward if it is behind `journalled`, the newest time that a rollout was told.
pub(super) fn not_before(clock: &Arc<dyn Clock>, journalled: Timestamp) -> Arc<dyn Clock> {
    let ahead = journalled.since(clock.now());
    if ahead.is_zero() {
        return Arc::clone(clock);
    }
    Arc::new(LaterClock {
        clock: Arc::clone(clock),
        ahead,
    })
}

#[async_trait]
impl Clock for LaterClock {
    fn now(&self) -> Timestamp {
        self.clock.now() + self.ahead
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.clock
            .sleep_until(Timestamp::default() + at.since(Timestamp::default() + self.ahead))
            .await;
    }
}
