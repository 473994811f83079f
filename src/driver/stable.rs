//! What stable runs, as far as the rollouts of before say so.

use std::time::Duration;

use tokio::time::timeout;

use super::history::{History, HistoryError, RolloutFilter};
use crate::engine::{Cause, Outcome, Status};
use crate::spec::Mode;

/// A start waits no longer for it: it is for people to read, and nothing is decided by it.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Rollouts that count as promoted and are looked through: where Serin only observes, they say what it would have done.
const LOOKED_THROUGH: usize = 5;

/// The revision that stable got by the newest rollout of a Canary that was promoted; none where there is none, where what it brought was
/// taken back since, and where the store does not say.
pub async fn promoted_last(history: &dyn History, namespace: &str, name: &str) -> Option<String> {
    match timeout(TIMEOUT, promoted(history, namespace, name)).await {
        Ok(Ok(status)) => status
            .filter(|status| {
                status
                    .rolled_back
                    .as_ref()
                    .is_none_or(|rollback| rollback.is_put_back)
            })
            .map(|status| status.revision),
        Ok(Err(error)) => {
            tracing::warn!("what {namespace}/{name} was before is not known: {error}");
            None
        }
        Err(_) => {
            let bound = TIMEOUT.as_secs();
            tracing::warn!(
                "what {namespace}/{name} was before is not known: no answer from the store within {bound} s"
            );
            None
        }
    }
}

async fn promoted(
    history: &dyn History,
    namespace: &str,
    name: &str,
) -> Result<Option<Status>, HistoryError> {
    let filter = RolloutFilter {
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        outcome: Some(Outcome::Promoted),
        ..RolloutFilter::default()
    };
    for row in history.rollouts(&filter, None, LOOKED_THROUGH).await?.items {
        let stored = history.rollout(&row.id).await?;
        let status = stored.map(|stored| stored.rollout.status(stored.at));
        if let Some(status) = status.filter(was_promoted) {
            return Ok(Some(status));
        }
    }
    Ok(None)
}

/// Whether stable got it, by Serin or by whoever else moves the traffic.
fn was_promoted(status: &Status) -> bool {
    let cause = status.ending.as_ref().map(|ending| &ending.cause);
    status.mode == Mode::Control || matches!(cause, Some(Cause::Concluded(_)))
}
