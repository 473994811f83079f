//! A clock that a test moves on, beside real sockets that keep their own time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::spec::Timestamp;
use tokio::sync::watch;

/// The machine's clock, and what was skipped of it. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct SkippingClock {
    real: SystemClock,
    skipped: Arc<watch::Sender<Duration>>,
}

impl SkippingClock {
    pub(crate) fn start() -> Self {
        Self {
            real: SystemClock::start(),
            skipped: Arc::new(watch::Sender::new(Duration::ZERO)),
        }
    }

    /// From now on it is so much later.
    pub(crate) fn skip(&self, time: Duration) {
        self.skipped.send_modify(|skipped| *skipped += time);
    }
}

#[async_trait]
impl Clock for SkippingClock {
    fn now(&self) -> Timestamp {
        self.real.now() + *self.skipped.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut skipped = self.skipped.subscribe();
        loop {
            let left = at.since(self.real.now() + *skipped.borrow_and_update());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // The sender lives in here as well.
                _ = skipped.changed() => {}
            }
        }
    }
}
