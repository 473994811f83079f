//! Keeps a Canary that is deleted until its rollout is rolled back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::Parts;
use super::passes::{Pass, Pauses};
use crate::canaries::cluster::{FINALIZER, Resource, Resources};
use crate::driver::Progress;
use crate::engine::NoticeKind;
use crate::kubernetes::{Failure, Kind, guard};
use crate::spec::{Mode, Timestamp};

/// A deletion waits for its rollback no longer. A rollback takes seconds; what takes this long needs a person, who is told by then,
/// and whose namespace should not hang as well.
const HELD_MAX: Duration = Duration::from_secs(10 * 60);

/// What becomes of a Canary's finalizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Stays,
    Take,
    Release,
    GiveUp,
}

/// Decides about the finalizer of a Canary that has it or not, `deleted_for` so long, and whose traffic a rollout moves or not.
fn decide(is_held: bool, deleted_for: Option<Duration>, is_under_way: bool) -> Hold {
    match (is_held, deleted_for) {
        (false, None) if is_under_way => Hold::Take,
        // What is being deleted takes no finalizer any more.
        (false, _) => Hold::Stays,
        (true, Some(deleted)) if is_under_way && deleted >= HELD_MAX => Hold::GiveUp,
        (true, _) if is_under_way => Hold::Stays,
        (true, _) => Hold::Release,
    }
}

/// Works for as long as it is polled.
pub(super) async fn run(parts: &Parts) {
    let mut resources = parts.resources.clone();
    let mut progress = parts.driver.subscribe();
    let mut deleted: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut pauses = Pauses::new(&*parts.clock);
    let mut was_told = false;
    loop {
        let now = Arc::clone(&resources.borrow_and_update());
        let failed = hold_all(parts, &now, &mut deleted, !was_told).await;
        let is_over = was_told && !failed;
        was_told = failed;
        if is_over {
            tracing::info!("finalizers are written again");
        }
        let due = pauses.after(match failed {
            true => Pass::Failed,
            false if deleted.is_empty() => Pass::Done,
            false => Pass::DueIn(HELD_MAX),
        });
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            () = a_milestone(&mut progress) => {}
            () = pauses.until(due) => {}
        }
    }
}

/// Returns once a rollout began or ended, or may have.
async fn a_milestone(progress: &mut broadcast::Receiver<Arc<Progress>>) {
    loop {
        match progress.recv().await {
            Ok(progress) => {
                let is_begin = |kind: &NoticeKind| matches!(kind, NoticeKind::Started);
                let begins = progress.notices.iter().any(|notice| is_begin(&notice.kind));
                if begins || progress.status.phase.is_final() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Gives whether something is to be tried again; the log says so only where that is news.
async fn hold_all(
    parts: &Parts,
    resources: &Resources,
    deleted: &mut BTreeMap<String, Timestamp>,
    is_news: bool,
) -> bool {
    let statuses = parts.driver.statuses();
    let moving = |status: &&crate::engine::Status| !status.phase.is_final() && status.mode == Mode::Control;
    let under_way: BTreeSet<String> = statuses
        .iter()
        .filter(moving)
        .map(|status| format!("{}/{}", status.namespace, status.name))
        .collect();
    deleted.retain(|name, _| resources.canaries.contains_key(name));
    let mut failed = false;
    for (name, resource) in &resources.canaries {
        let now = parts.clock.now();
        let deleted_for = resource
            .is_deleted
            .then(|| now.since(*deleted.entry(name.clone()).or_insert(now)));
        let hold = decide(resource.is_held, deleted_for, under_way.contains(name));
        if hold == Hold::GiveUp {
            tracing::error!(
                canary = name,
                "deleted for {} min and not rolled back: it is let go; its traffic is to be looked at",
                HELD_MAX.as_secs() / 60
            );
        }
        let is_wanted = match hold {
            Hold::Stays => continue,
            Hold::Take => true,
            Hold::Release | Hold::GiveUp => false,
        };
        match write(parts, resource, is_wanted).await {
            Ok(()) | Err(Failure::NotFound(_)) => {}
            Err(failure) => {
                failed = true;
                if is_news {
                    tracing::warn!(
                        canary = name,
                        "its finalizer is not written, and tried again: {failure}"
                    );
                }
            }
        }
    }
    failed
}

/// Adds the finalizer or takes it away: of this object, and of the version of it that was read.
async fn write(parts: &Parts, resource: &Resource, is_wanted: bool) -> Result<(), Failure> {
    let canaries = parts.cluster.objects(Kind::CANARY);
    let object = canaries.get(&resource.namespace, &resource.name).await?;
    let metadata = &object["metadata"];
    if metadata["uid"] != resource.uid {
        return Ok(());
    }
    let is_ours = |finalizer: &Value| finalizer == FINALIZER;
    let mut finalizers: Vec<Value> = metadata["finalizers"].as_array().cloned().unwrap_or_default();
    let has = finalizers.iter().any(is_ours);
    let may = !is_wanted || metadata["deletionTimestamp"].is_null();
    if has == is_wanted || !may {
        return Ok(());
    }
    if is_wanted {
        finalizers.push(json!(FINALIZER));
    } else {
        finalizers.retain(|finalizer| !is_ours(finalizer));
    }
    let operations = [
        guard(metadata["resourceVersion"].clone()),
        json!({"op": "add", "path": "/metadata/finalizers", "value": finalizers}),
    ];
    canaries
        .patch(&resource.namespace, &resource.name, &operations)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_held_while_its_rollout_is_under_way() {
        assert_eq!(decide(false, None, true), Hold::Take);
        assert_eq!(decide(true, None, true), Hold::Stays);
        assert_eq!(decide(true, None, false), Hold::Release);
        assert_eq!(decide(false, None, false), Hold::Stays);
    }

    #[test]
    fn one_that_is_deleted_is_held_until_its_rollback_and_not_for_ever() {
        let short = Some(Duration::from_secs(5));
        assert_eq!(decide(true, short, true), Hold::Stays);
        assert_eq!(decide(true, short, false), Hold::Release);
        assert_eq!(decide(true, Some(HELD_MAX), true), Hold::GiveUp);
        assert_eq!(decide(false, short, true), Hold::Stays);
    }
}
