//! Every decision in the log, once, with its reasons.

use crate::engine::{Effect, Notice, Refusal};

/// Logs what a rollout wants done.
pub(super) fn effects(rollout: &str, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Raise(raise) => tracing::info!(
                rollout.id = rollout,
                weight.from = raise.from,
                weight.to = raise.to,
                leave = ?raise.leave,
                "raising the canary"
            ),
            Effect::Lower(lower) => tracing::info!(
                rollout.id = rollout,
                weight.to = lower.to,
                abort = lower.abort,
                "lowering the canary"
            ),
            Effect::Notify(Notice { text, .. }) => tracing::info!(rollout.id = rollout, "{text}"),
            Effect::Refuse(Refusal { action, reason }) => {
                tracing::info!(rollout.id = rollout, action = action.name(), "refused: {reason}");
            }
            Effect::Poll
            | Effect::ReadHistory
            | Effect::PromoteWorkload
            | Effect::RestoreWorkload
            | Effect::ScaleDownCanary => {}
        }
    }
}
