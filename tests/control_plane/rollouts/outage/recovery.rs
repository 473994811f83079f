//! From the API server's return to the first sign that the rollout goes on, and to its end.

use std::time::Duration;

use serde_json::Value;
use serin::clock::{Stopwatch, SystemClock};
use serin::driver::ports::Clock;
use tokio::time::{sleep, timeout};

use super::super::has_ended;
use super::super::world::World;
use crate::world::daemon::Daemon;

/// From its return to the end of the rollout: the rollout's own minute, and another one in which the mesh and the controllers find
/// their server again, which they try every half a minute at last.
const ENDS_WITHIN: Duration = Duration::from_secs(240);

/// A look at the API of the daemon, which has changed by the next one.
const ASK: Duration = Duration::from_millis(20);

/// The server is back since this was made.
pub(super) struct Recovery<'a> {
    world: &'a World,
    daemon: &'a Daemon,
    back: Stopwatch,
    /// The same moment, as looks have it.
    back_at: String,
}

impl<'a> Recovery<'a> {
    pub(super) fn from_now(world: &'a World, daemon: &'a Daemon) -> Self {
        Self {
            world,
            daemon,
            back: Stopwatch::start(),
            back_at: SystemClock::start().now().to_string(),
        }
    }

    /// Waits for the first look since whose route was read or written, or for the abort in the object; gives how long that took.
    pub(super) async fn goes_on(&self, aborts: bool) -> Duration {
        let goes_on = |rollout: &Value| {
            if aborts {
                let weights = self.world.weights();
                let last = weights.last();
                return last.is_some_and(|last| last.is_aborted() && last.canary == 0);
            }
            let looked_at = rollout["lookedAt"].as_str().unwrap_or_default();
            has_ended(rollout) || (looked_at > self.back_at.as_str() && is_route_known(rollout))
        };
        self.until("goes on", goes_on).await;
        self.back.elapsed()
    }

    /// Waits for its end; gives it, and how long that took.
    pub(super) async fn ends(&self) -> (Value, Duration) {
        let rollout = self.until("ends", has_ended).await;
        (rollout, self.back.elapsed())
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let rollout = self.daemon.rollout().await;
                if is_so(&rollout) {
                    return rollout;
                }
                sleep(ASK).await;
            }
        };
        match timeout(ENDS_WITHIN, waiting).await {
            Ok(rollout) => rollout,
            Err(_) => panic!(
                "never {what}: {:#}\n{:#?}\n{}",
                self.daemon.rollout().await,
                self.world.weights(),
                self.world.home.log_text()
            ),
        }
    }
}

/// Traffic that does not follow the weight yet is the mesh's matter.
fn is_route_known(rollout: &Value) -> bool {
    let holds = rollout["holds"].as_array().into_iter().flatten();
    let details = holds.map(|hold| hold["detail"].as_str().unwrap_or_default());
    rollout["phase"].is_string()
        && details
            .into_iter()
            .all(|detail| !detail.starts_with("not read since") && !detail.starts_with("not lowered yet"))
}
