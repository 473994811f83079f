//! The two ways of writing a weight.
//!
//! A raise is guarded four times: the object must still have the weight and the epoch that the engine
//! decided on, the look that allowed it must still be young, the write itself fails if the object changed since
//! it was read, and it is read back. A lowering goes through whoever wrote last: it takes the object's epoch
//! plus one. It never raises, and it never takes this rollout's abort mark away.

use std::time::Duration;

use tokio::time::timeout;

use super::ports::TrafficError;
use super::scene::Scene;
use crate::engine::{Event, Fault, FaultKind, Lower, Raise, TrafficState, TrafficWrite};
use crate::spec::Timestamp;

/// A healthy API server answers within a second; after five the answer is not coming.
pub(super) const TRAFFIC_TIMEOUT: Duration = Duration::from_secs(5);

/// Writers that change the object in turn let one of them through each time; more than this many lost
/// races in a row is somebody fighting, and the engine's pause is better than a sixth try.
const LOWER_RACES_MAX: u32 = 5;

/// Gives the canary more traffic, if the object still is what the engine decided on. Nothing is sent after
/// `not_after`, when the look that allowed it is too old.
pub(super) async fn raise(scene: &Scene, raise: &Raise, not_after: Timestamp) -> Event {
    match try_raise(scene, raise, not_after).await {
        Ok(state) => Event::Wrote(state),
        Err(fault) => Event::NotWritten(fault),
    }
}

async fn try_raise(scene: &Scene, raise: &Raise, not_after: Timestamp) -> Result<TrafficState, Fault> {
    let seen = read(scene).await?;
    let is_ours = seen.rollout.as_deref() == Some(&scene.rollout) && !seen.is_aborted(&scene.rollout);
    if !is_ours || seen.canary_weight != raise.from || seen.epoch != raise.epoch {
        let reason = format!(
            "expected weight {} and epoch {} of rollout {}, found weight {} and epoch {} of rollout {}{}",
            raise.from,
            raise.epoch,
            scene.rollout,
            seen.canary_weight,
            seen.epoch,
            seen.rollout.as_deref().unwrap_or("nobody"),
            if seen.aborted.is_some() { ", aborted" } else { "" }
        );
        return Err(Fault {
            kind: FaultKind::Conflict,
            reason,
        });
    }
    if scene.ports.clock.now() > not_after {
        return Err(Fault {
            kind: FaultKind::Unreachable,
            reason: "by the time the route could be written, the look that allowed the raise was too old"
                .to_owned(),
        });
    }
    let wish = TrafficWrite {
        canary_weight: raise.to,
        epoch: after(raise.epoch)?,
        rollout: scene.rollout.clone(),
        aborted: false,
    };
    write(scene, &seen, &wish).await
}

/// Gives the canary less traffic, whoever wrote last.
pub(super) async fn lower(scene: &Scene, lower: &Lower) -> Event {
    let mut races = 0;
    loop {
        match try_lower(scene, lower).await {
            Ok(state) => return Event::Wrote(state),
            Err(fault) if fault.kind == FaultKind::Conflict && races < LOWER_RACES_MAX => races += 1,
            Err(fault) => return Event::NotWritten(fault),
        }
    }
}

async fn try_lower(scene: &Scene, lower: &Lower) -> Result<TrafficState, Fault> {
    let seen = read(scene).await?;
    if seen.is_aborted(&scene.rollout) && (!lower.abort || seen.canary_weight == 0) {
        // Written before, by a process that could not say so any more.
        return Ok(seen);
    }
    let wish = TrafficWrite {
        canary_weight: lower.to.min(seen.canary_weight),
        epoch: after(seen.epoch.max(lower.epoch_floor))?,
        rollout: scene.rollout.clone(),
        aborted: lower.abort,
    };
    write(scene, &seen, &wish).await
}

/// What a poll sees, bounded in time.
pub(super) async fn observe(scene: &Scene) -> Result<TrafficState, Fault> {
    bounded(scene.ports.traffic.observe(&scene.canary)).await
}

/// A fresh read, bounded in time.
async fn read(scene: &Scene) -> Result<TrafficState, Fault> {
    bounded(scene.ports.traffic.read(&scene.canary)).await
}

async fn bounded(
    read: impl Future<Output = Result<TrafficState, TrafficError>>,
) -> Result<TrafficState, Fault> {
    match timeout(TRAFFIC_TIMEOUT, read).await {
        Ok(read) => read.map_err(fault),
        Err(_) => Err(Fault {
            kind: FaultKind::Unreachable,
            reason: no_answer(),
        }),
    }
}

async fn write(scene: &Scene, seen: &TrafficState, wish: &TrafficWrite) -> Result<TrafficState, Fault> {
    let write = scene.ports.traffic.write(&scene.canary, seen, wish);
    match timeout(TRAFFIC_TIMEOUT, write).await {
        Ok(Ok(state)) if is_what_was_written(&state, wish) => Ok(state),
        // Somebody wrote between our write and our reading it back: ours happened, and is not what is there.
        Ok(Ok(state)) => {
            let reason = format!(
                "wrote weight {} with epoch {}, read back weight {} with epoch {} of rollout {}",
                wish.canary_weight,
                wish.epoch,
                state.canary_weight,
                state.epoch,
                state.rollout.as_deref().unwrap_or("nobody")
            );
            Err(Fault {
                kind: FaultKind::Unknown,
                reason,
            })
        }
        Ok(Err(error)) => Err(fault(error)),
        Err(_) => Err(Fault {
            kind: FaultKind::Unknown,
            reason: no_answer(),
        }),
    }
}

fn is_what_was_written(state: &TrafficState, wish: &TrafficWrite) -> bool {
    state.canary_weight == wish.canary_weight
        && state.epoch == wish.epoch
        && state.rollout.as_ref() == Some(&wish.rollout)
        && state.is_aborted(&wish.rollout) == wish.aborted
}

/// The epoch that follows; the last one of all has none, and only somebody else can have written it.
fn after(epoch: u64) -> Result<u64, Fault> {
    epoch.checked_add(1).ok_or_else(|| Fault {
        kind: FaultKind::Refused,
        reason: format!("no epoch follows {epoch}; somebody else wrote it: put a smaller number there"),
    })
}

fn no_answer() -> String {
    format!("no answer within {} s", TRAFFIC_TIMEOUT.as_secs())
}

fn fault(error: TrafficError) -> Fault {
    let kind = match &error {
        TrafficError::Conflict { .. } => FaultKind::Conflict,
        TrafficError::Refused { .. } => FaultKind::Refused,
        TrafficError::Unreachable { .. } => FaultKind::Unreachable,
        TrafficError::Unknown { .. } => FaultKind::Unknown,
    };
    Fault {
        kind,
        reason: error.to_string(),
    }
}
