//! What the journal and the object say of a Canary that this process sees for the first time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::Parts;
use super::missing::Missing;
use super::notes::{Dealt, Note};
use crate::canaries::cluster::Resource;
use crate::driver::{History, HistoryError, Input, RolloutFilter, RolloutRow};
use crate::engine::Status;
use crate::kubernetes::Kind;
use crate::kubernetes::status::ObservedStatus;

/// Rollouts that are looked through for the newest one that a change in the cluster started: those before it were started by hand.
const LOOKED_THROUGH: usize = 20;

/// A store that does not answer in this time is asked again later.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads what is known of `resource`: afresh, as another process may have written until a moment ago.
///
/// # Errors
/// Why it cannot be read, for people.
pub(super) async fn read(parts: &Parts, resource: &Resource) -> Result<Note, String> {
    let status = status(parts, resource).await?;
    let reading = timeout(TIMEOUT, journal(&*parts.history, resource)).await;
    let reading = reading.map_err(|_| format!("no answer from the store within {} s", TIMEOUT.as_secs()))?;
    let (past, in_journal) = reading.map_err(|error| error.to_string())?;
    Ok(Note {
        uid: resource.uid.clone(),
        dealt: newer(in_status(&status), in_journal),
        missing: Missing::Unknown,
        past: past.map(Arc::new),
        status: status.to_string().into(),
    })
}

async fn status(parts: &Parts, resource: &Resource) -> Result<Value, String> {
    let canaries = parts.cluster.objects(Kind::CANARY);
    let read = canaries.get(&resource.namespace, &resource.name).await;
    let mut object = read.map_err(|failure| failure.to_string())?;
    if object["metadata"]["uid"] != resource.uid {
        return Err(format!("{} is another object by now", resource.name));
    }
    Ok(object["status"].take())
}

async fn journal(
    history: &dyn History,
    resource: &Resource,
) -> Result<(Option<Status>, Option<Dealt>), HistoryError> {
    let filter = RolloutFilter {
        namespace: Some(resource.namespace.clone()),
        name: Some(resource.name.clone()),
        // Those before are of another object of the same name.
        since: Some(resource.created_at),
        ..RolloutFilter::default()
    };
    let newest = history.rollouts(&filter, None, LOOKED_THROUGH).await?.items;
    let past = match newest.first() {
        None => None,
        Some(row) => {
            let stored = history.rollout(&row.id).await?;
            stored.map(|stored| stored.rollout.status(stored.at))
        }
    };
    Ok((past, in_journal(history, &newest).await?))
}

/// What the newest rollout says that a change in the cluster started.
async fn in_journal(history: &dyn History, newest: &[RolloutRow]) -> Result<Option<Dealt>, HistoryError> {
    for row in newest {
        let first = history.entries(&row.id, None, 1).await?.items;
        let first = first.into_iter().next().map(|entry| entry.input);
        if let Some(Input::Started {
            asked: Some(asked), ..
        }) = first
            && let Some(seen) = asked.seen
        {
            let rollout = Some(row.id.clone());
            return Ok(Some(Dealt { seen, rollout }));
        }
    }
    Ok(None)
}

/// What the object says.
fn in_status(status: &Value) -> Option<Dealt> {
    let observed = status.get("observed")?;
    let observed: ObservedStatus = serde_json::from_value(observed.clone()).ok()?;
    Some(observed.into())
}

/// The journal has a rollout before the status tells of it; the status also has what was dealt with without one.
fn newer(status: Option<Dealt>, journal: Option<Dealt>) -> Option<Dealt> {
    match (status, journal) {
        (Some(status), Some(journal)) if status.rollout == journal.rollout => Some(status),
        (status, journal) => journal.or(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Seen;

    fn dealt(revision: &str, rollout: Option<&str>) -> Dealt {
        Dealt {
            seen: Seen {
                workload: "checkout-canary".to_owned(),
                revision: revision.to_owned(),
                start: None,
            },
            rollout: rollout.map(str::to_owned),
        }
    }

    #[test]
    fn the_journal_wins_where_it_has_a_rollout_that_the_status_does_not_know() {
        let (old, new) = (dealt("a", None), dealt("b", Some("checkout-1")));
        assert_eq!(newer(Some(old.clone()), Some(new.clone())), Some(new.clone()));
        assert_eq!(newer(None, Some(new.clone())), Some(new));
        assert_eq!(newer(Some(old.clone()), None), Some(old));
        assert_eq!(newer(None, None), None);
    }

    #[test]
    fn the_status_wins_where_it_knows_of_that_rollout_and_of_what_came_after() {
        let (started, kept) = (dealt("b", Some("checkout-1")), dealt("c", Some("checkout-1")));
        assert_eq!(newer(Some(kept.clone()), Some(started)), Some(kept));
    }
}
