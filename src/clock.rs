//! The only reader of the time.

use std::time::Duration;

use async_trait::async_trait;

use crate::driver::ports::Clock;
use crate::spec::Timestamp;

/// Measures how long something took, finer than the milliseconds of a [`Timestamp`].
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    started: tokio::time::Instant,
}

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clocks"
    )]
    pub fn start() -> Self {
        Self {
            started: tokio::time::Instant::now(),
        }
    }

    /// Time since [`start`](Self::start). Never goes back.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Wall time at process start plus monotonic time since: it never goes back and never jumps, whatever
/// happens to the machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started_wall: Timestamp,
    started: tokio::time::Instant,
}

impl SystemClock {
    /// Starts at the machine's wall time.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clocks"
    )]
    pub fn start() -> Self {
        let wall = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Self {
            started_wall: Timestamp::default() + wall,
            started: tokio::time::Instant::now(),
        }
    }

    /// Starts at a time of the caller's choice; with tokio's paused time, tests own every step of it.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clocks"
    )]
    pub fn start_at(wall: Timestamp) -> Self {
        Self {
            started_wall: wall,
            started: tokio::time::Instant::now(),
        }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.started_wall + self.started.elapsed()
    }

    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep_until(self.started + at.since(self.started_wall)).await;
    }
}
