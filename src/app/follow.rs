//! Tells rollouts under way what happened to their Canaries.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::canary_folder::Snapshot;
use crate::driver::Driver;
use crate::engine::Event;

/// Tells every rollout once: that its Canary was edited, or is gone. What happened while no daemon ran is told at the start.
pub(super) async fn follow(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    driver: Arc<Driver>,
    stop: CancellationToken,
) {
    let mut told = BTreeSet::new();
    loop {
        let now = Arc::clone(&snapshots.borrow_and_update());
        let under_way = driver.under_way();
        told.retain(|(id, _)| under_way.iter().any(|(other, _)| other == id));
        for (id, canary) in under_way {
            let change = match now.canary(&canary.namespace, &canary.name) {
                Some(written) if *written == canary => None,
                Some(_) => Some((false, Event::SpecChanged)),
                None if now.is_complete() => Some((true, Event::Deleted)),
                None => None,
            };
            if let Some((is_gone, event)) = change
                && told.insert((id.clone(), is_gone))
                && let Err(error) = driver.tell(&id, event)
            {
                // It is told again at the next change.
                tracing::warn!(rollout.id = id, "not told of a change of its Canary: {error}");
                told.remove(&(id, is_gone));
            }
        }
        let changed = stop.run_until_cancelled(snapshots.changed()).await;
        if !matches!(changed, Some(Ok(()))) {
            return;
        }
    }
}
