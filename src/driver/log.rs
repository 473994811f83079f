//! Every decision in the log, once, with its reasons; and a route that does not do as it is told, while that lasts.

use std::time::Duration;

use crate::engine::{Effect, HoldReason, Notice, Phase, Refusal, Status, Urgency};
use crate::spec::Timestamp;

/// Pause before the log says again that the route is in trouble: nobody overlooks a line a minute, and no night of them fills a disk.
const ROUTE_PAUSE: Duration = Duration::from_secs(60);

/// Logs what a rollout wants done.
pub(super) fn effects(rollout: &str, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Raise(raise) => tracing::info!(
                rollout.id = rollout,
                weight.from = raise.from,
                weight.to = raise.to,
                leave = raise.leave.name(),
                "raising the canary"
            ),
            Effect::Lower(lower) => tracing::info!(
                rollout.id = rollout,
                weight.to = lower.to,
                abort = lower.abort,
                "lowering the canary"
            ),
            Effect::Notify(Notice { urgency, text, .. }) => match urgency {
                Urgency::Info => tracing::info!(rollout.id = rollout, "{text}"),
                Urgency::Warning | Urgency::Page => {
                    tracing::warn!(rollout.id = rollout, urgency = urgency.name(), "{text}");
                }
            },
            Effect::Refuse(Refusal { action, reason }) => {
                tracing::info!(rollout.id = rollout, action = action.name(), "refused: {reason}");
            }
            Effect::CallHook(call) => {
                tracing::debug!(
                    rollout.id = rollout,
                    hook.name = call.hook,
                    hook.call = call.call,
                    "calling a hook"
                );
            }
            Effect::Poll
            | Effect::ReadHistory
            | Effect::PromoteWorkload
            | Effect::RestoreWorkload
            | Effect::ScaleCanary { .. }
            | Effect::ScaleDownCanary => {}
        }
    }
}

/// What the log said last of a rollout's route.
#[derive(Default)]
pub(super) struct RouteTrouble {
    warned: Option<(Phase, Timestamp)>,
    /// Whether the end of what was warned of is to be told.
    lasts: bool,
}

impl RouteTrouble {
    /// Warns where the weight is not what it should be: at once, and every minute while it lasts. An abort that does not get through is
    /// told at once, whatever was told before it. What was warned of is told to be over, once.
    pub(super) fn watch(&mut self, status: &Status, now: Timestamp) {
        let mut holds = status.holds.iter();
        let Some(hold) = holds.find(|hold| hold.reason == HoldReason::UnconfirmedWeight) else {
            if std::mem::take(&mut self.lasts) {
                tracing::info!(
                    rollout.id = status.id,
                    phase = status.phase.name(),
                    weight = status.weight,
                    "the route does as it is told again"
                );
            }
            return;
        };
        let is_due = self
            .warned
            .is_none_or(|(phase, at)| phase != status.phase || now.since(at) >= ROUTE_PAUSE);
        if is_due {
            self.warned = Some((status.phase, now));
            self.lasts = true;
            tracing::warn!(
                rollout.id = status.id,
                phase = status.phase.name(),
                weight = status.weight,
                "{hold}"
            );
        }
    }
}
