//! Tells rollouts under way what happened to their Canaries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::canaries::Snapshot;
use crate::driver::Driver;
use crate::engine::{Event, HoldReason};
use crate::spec::{CheckedCanary, Origin};

/// What is written where a rollout's Canary was, beside the one that the rollout began with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    TheSame,
    Another,
    Nothing,
}

/// Tells every rollout, once each time: that its Canary was edited, that the edit was taken back, or that it is gone. What
/// happened while no daemon ran is told at the start.
pub async fn follow(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    driver: Arc<Driver>,
    stop: CancellationToken,
) {
    let mut told: BTreeMap<String, Written> = BTreeMap::new();
    loop {
        let now = Arc::clone(&snapshots.borrow_and_update());
        let under_way = driver.under_way();
        let ids: BTreeSet<&str> = under_way.iter().map(|(id, _)| id.as_str()).collect();
        told.retain(|id, _| ids.contains(id.as_str()));
        for (id, canary) in under_way {
            // What an outsider's request says is written nowhere.
            if canary.origin == Origin::Gate {
                continue;
            }
            let Some(found) = written(&now, &canary) else {
                continue;
            };
            let known = told.entry(id.clone());
            let known = *known.or_insert_with(|| known_to_rollout(&driver, &id));
            // A Canary that is gone aborts its rollout; one that comes back begins another.
            if found == known || known == Written::Nothing {
                continue;
            }
            let event = match found {
                Written::TheSame => Event::SpecRestored,
                Written::Another => Event::SpecChanged,
                Written::Nothing => Event::Deleted,
            };
            match driver.tell(&id, event) {
                Ok(()) => drop(told.insert(id, found)),
                // It is told again at the next change.
                Err(error) => tracing::warn!(rollout.id = id, "not told of a change of its Canary: {error}"),
            }
        }
        let changed = stop.run_until_cancelled(snapshots.changed()).await;
        if !matches!(changed, Some(Ok(()))) {
            return;
        }
    }
}

/// What is written where `canary` was; none where nobody can say for sure.
fn written(now: &Snapshot, canary: &CheckedCanary) -> Option<Written> {
    match now.canary(&canary.namespace, &canary.name) {
        Some(written) if is_same(written, canary) => Some(Written::TheSame),
        Some(_) => Some(Written::Another),
        None => {
            let is_gone = now.is_gone(&canary.namespace, &canary.name);
            is_gone.then_some(Written::Nothing)
        }
    }
}

/// Whether `canary` says what is written, whoever asked for its rollout.
fn is_same(written: &CheckedCanary, canary: &CheckedCanary) -> bool {
    let origin = written.origin;
    written == canary
        || (canary.origin == Origin::DocumentForGate && written.for_gate() == *canary)
        || (origin != canary.origin
            && *written
                == CheckedCanary {
                    origin,
                    ..canary.clone()
                })
}

/// What another process told a rollout.
fn known_to_rollout(driver: &Driver, id: &str) -> Written {
    let holds = driver.status(id).map_or_else(Vec::new, |status| status.holds);
    if holds.iter().any(|hold| hold.reason == HoldReason::SpecChanged) {
        Written::Another
    } else {
        Written::TheSame
    }
}
