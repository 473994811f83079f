//! When in a rollout the API server leaves, and when it may come back at the earliest.

use std::time::Duration;

use serde_json::Value;
use serin::demo::service::Behaviour;

use super::super::world::World;
use crate::world::daemon::Daemon;
use crate::world::patience::until_within;
use crate::world::pod::HEALTHY;

/// How far the proof for the next step is when the server leaves: what is left of it comes in meanwhile.
const NEARLY_PROVEN: f64 = 0.7;

/// All steps before it have to be proven, in a cluster whose controllers and proxies may still be getting over the outage before this one.
const COMES_WITHIN: Duration = Duration::from_secs(300);

/// A moment of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The canary was given a new template, and the rollout has yet to begin.
    Release,
    /// The canary has just got its first weight.
    FirstStep,
    /// The proof for the next step is there while the server is away.
    Raise,
    /// The bake ends while it is away.
    Bake,
    /// Stable takes the canary's template.
    Promotion,
    /// The canary turns bad at its first weight.
    Abort,
    /// The canary turns bad while stable takes its template.
    LateAbort,
}

impl Moment {
    pub(super) const HEALTHY: [Self; 5] = [
        Self::Release,
        Self::FirstStep,
        Self::Raise,
        Self::Bake,
        Self::Promotion,
    ];
    pub(super) const BAD: [Self; 2] = [Self::Abort, Self::LateAbort];

    /// For a namespace, and for `SERIN_OUTAGE_PHASES`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::FirstStep => "first-step",
            Self::Raise => "raise",
            Self::Bake => "bake",
            Self::Promotion => "promotion",
            Self::Abort => "abort",
            Self::LateAbort => "late-abort",
        }
    }

    /// Waits for it.
    pub(super) async fn comes(self, daemon: &Daemon) {
        let is_there: fn(&Value) -> bool = match self {
            Self::Release => return,
            Self::FirstStep | Self::Abort => |rollout| rollout["weight"] == 5,
            Self::Raise => |rollout| rollout["weight"] == 5 && is_nearly_proven(rollout),
            Self::Bake => |rollout| rollout["phase"] == "baking",
            Self::Promotion | Self::LateAbort => |rollout| rollout["phase"] == "promoting",
        };
        let is_there = async || is_there(&daemon.rollout().await).then_some(());
        until_within(COMES_WITHIN, self.name(), is_there).await;
    }

    /// What happens while the server is away.
    pub(super) fn act(self, world: &World) {
        if self.is_bad() {
            let bad = Behaviour {
                error_rate: 0.5,
                ..HEALTHY
            };
            world.checkout.backends.behave("checkout-canary", bad);
        }
    }

    /// Waits until what is to be due while the server is away is due.
    pub(super) async fn is_due(self, daemon: &Daemon) {
        let is_due: fn(&Value) -> bool = match self {
            Self::Release | Self::FirstStep | Self::Bake | Self::Promotion => return,
            Self::Raise => |rollout| rollout["verdict"]["kind"] == "pass",
            Self::Abort | Self::LateAbort => |rollout| rollout["phase"] == "aborting",
        };
        daemon.until("due", is_due).await;
    }

    /// Whether the rollout is to end as aborted.
    pub(super) fn is_bad(self) -> bool {
        Self::BAD.contains(&self)
    }
}

fn is_nearly_proven(rollout: &Value) -> bool {
    let metrics = rollout["verdict"]["metrics"].as_array();
    metrics.is_some_and(|metrics| {
        let progress = |metric: &Value| metric["health"]["progress"].as_f64().unwrap_or(0.0);
        metrics.iter().all(|metric| progress(metric) >= NEARLY_PROVEN)
    })
}
