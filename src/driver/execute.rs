//! The two ways of writing a weight.
//!
//! A raise is guarded three times: the object must still have the weight and the epoch that the engine
//! decided on, the write itself fails if the object changed since it was read, and it is read back. A
//! lowering goes through whoever wrote last: it takes the object's epoch plus one, and never raises.

use std::time::Duration;

use tokio::time::timeout;

use super::ports::{Ports, TrafficError};
use crate::engine::{Event, Fault, FaultKind, Lower, Raise, TrafficState, TrafficWrite};
use crate::spec::CheckedCanary;

/// A healthy API server answers within a second; after five the answer is not coming.
pub(super) const TRAFFIC_TIMEOUT: Duration = Duration::from_secs(5);

/// Writers that change the object in turn let one of them through each time; more than this many lost
/// races in a row is somebody fighting, and the engine's pause is better than a sixth try.
const LOWER_RACES_MAX: u32 = 5;

/// Gives the canary more traffic, if the object still is what the engine decided on.
pub(super) async fn raise(ports: &Ports, canary: &CheckedCanary, rollout: &str, raise: &Raise) -> Event {
    let seen = match read(ports, canary).await {
        Ok(seen) => seen,
        Err(fault) => return Event::NotWritten(fault),
    };
    let unchanged = seen.canary_weight == raise.from
        && seen.epoch == raise.epoch
        && seen.rollout.as_deref() == Some(rollout);
    if !unchanged {
        let reason = format!(
            "expected weight {} and epoch {}, found weight {} and epoch {}",
            raise.from, raise.epoch, seen.canary_weight, seen.epoch
        );
        return Event::NotWritten(Fault {
            kind: FaultKind::Conflict,
            reason,
        });
    }
    let wish = TrafficWrite {
        canary_weight: raise.to,
        epoch: raise.epoch + 1,
        rollout: rollout.to_owned(),
        aborted: false,
    };
    match write(ports, canary, &seen, &wish).await {
        Ok(state) => Event::Wrote(state),
        Err(fault) => Event::NotWritten(fault),
    }
}

/// Gives the canary less traffic, whoever wrote last.
pub(super) async fn lower(ports: &Ports, canary: &CheckedCanary, rollout: &str, lower: &Lower) -> Event {
    let mut races = 0;
    loop {
        let seen = match read(ports, canary).await {
            Ok(seen) => seen,
            Err(fault) => return Event::NotWritten(fault),
        };
        if seen.is_aborted(rollout) && (!lower.abort || seen.canary_weight == 0) {
            // Written before, by a process that could not say so any more.
            return Event::Wrote(seen);
        }
        let wish = TrafficWrite {
            canary_weight: lower.to.min(seen.canary_weight),
            epoch: seen.epoch.max(lower.epoch_floor) + 1,
            rollout: rollout.to_owned(),
            aborted: lower.abort,
        };
        match write(ports, canary, &seen, &wish).await {
            Ok(state) => return Event::Wrote(state),
            Err(fault) if fault.kind == FaultKind::Conflict && races < LOWER_RACES_MAX => races += 1,
            Err(fault) => return Event::NotWritten(fault),
        }
    }
}

/// A fresh read, bounded in time.
pub(super) async fn read(ports: &Ports, canary: &CheckedCanary) -> Result<TrafficState, Fault> {
    match timeout(TRAFFIC_TIMEOUT, ports.traffic.read(canary)).await {
        Ok(read) => read.map_err(fault),
        Err(_) => Err(Fault {
            kind: FaultKind::Unreachable,
            reason: no_answer(),
        }),
    }
}

async fn write(
    ports: &Ports,
    canary: &CheckedCanary,
    seen: &TrafficState,
    wish: &TrafficWrite,
) -> Result<TrafficState, Fault> {
    match timeout(TRAFFIC_TIMEOUT, ports.traffic.write(canary, seen, wish)).await {
        Ok(Ok(state)) if state.canary_weight == wish.canary_weight && state.epoch == wish.epoch => Ok(state),
        // Somebody wrote between our write and our reading it back: ours happened, and is not what is there.
        Ok(Ok(state)) => {
            let reason = format!(
                "wrote weight {} with epoch {}, read back weight {} with epoch {}",
                wish.canary_weight, wish.epoch, state.canary_weight, state.epoch
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
