//! Journals what people did with `serin rollback`: it needs no daemon, and leaves a note on the Deployment for the one that comes by.
//!
//! The note names the rollout whose promotion was undone. It is in that one's journal once, whenever the daemon is killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::Parts;
use super::deployment::SeenDeployment;
use super::passes::{Pass, Pauses};
use crate::canaries::cluster::Resources;
use crate::engine::{Event, Rollback, Status};
use crate::kubernetes::Watched;

/// A store that does not answer in this time is asked again later.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Works for as long as it is polled.
pub(super) async fn run(parts: &Parts, mut deployments: watch::Receiver<Watched<SeenDeployment>>) {
    let mut resources = parts.resources.clone();
    let mut journalled = BTreeMap::new();
    let mut pauses = Pauses::new(&*parts.clock);
    loop {
        let now = Arc::clone(&resources.borrow_and_update());
        let seen = deployments
            .borrow_and_update()
            .objects
            .clone()
            .unwrap_or_default();
        let due = pauses.after(Pass::of(journal_all(parts, &now, &seen, &mut journalled).await));
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            changed = deployments.changed() => if changed.is_err() { return },
            () = pauses.until(due) => {}
        }
    }
}

/// Journals what is new of every Canary; gives whether something is to be looked at again.
async fn journal_all(
    parts: &Parts,
    resources: &Resources,
    seen: &BTreeMap<String, Arc<SeenDeployment>>,
    journalled: &mut BTreeMap<String, Rollback>,
) -> bool {
    journalled.retain(|name, _| resources.canaries.contains_key(name));
    let mut again = false;
    for (name, resource) in &resources.canaries {
        let canary = resources.snapshot.canary(&resource.namespace, &resource.name);
        let stable = canary
            .and_then(|canary| SeenDeployment::among(seen, &canary.namespace, &canary.workloads.stable));
        let Some(rollback) = stable.and_then(|stable| stable.rolled_back.as_ref()) else {
            continue;
        };
        if journalled.get(name) == Some(rollback) {
            continue;
        }
        match journal(parts, name, rollback).await {
            Ok(Journalled::Yes) => drop(journalled.insert(name.clone(), rollback.clone())),
            Ok(Journalled::Soon) => again = true,
            Err(error) => {
                again = true;
                tracing::warn!(
                    canary = name,
                    "a rollback of {} is not journalled yet: {error}",
                    rollback.of
                );
            }
        }
    }
    again
}

enum Journalled {
    /// It is there, or there is no journal that it would belong to.
    Yes,
    /// It was handed over; whether it got there is seen at the next look.
    Soon,
}

/// Hands `rollback` to the rollout that it undid, unless that has it.
async fn journal(parts: &Parts, canary: &str, rollback: &Rollback) -> Result<Journalled, String> {
    let event = || Event::RolledBack(rollback.clone());
    let is_of = |status: &Status| format!("{}/{}", status.namespace, status.name) == canary;
    if let Some(status) = parts.driver.status(&rollback.of).filter(is_of) {
        if status.rolled_back.as_ref() == Some(rollback) {
            return Ok(Journalled::Yes);
        }
        let told = parts.driver.tell(&rollback.of, event());
        return told.map(|()| Journalled::Soon).map_err(|error| error.to_string());
    }
    let reading = timeout(TIMEOUT, parts.history.rollout(&rollback.of)).await;
    let reading = reading.map_err(|_| format!("no answer from the store within {} s", TIMEOUT.as_secs()))?;
    let stored = reading.map_err(|error| error.to_string())?;
    let Some(stored) = stored.filter(|stored| is_of(&stored.rollout.status(stored.at))) else {
        tracing::warn!(canary, "{rollback}; no journal has the rollout {}", rollback.of);
        return Ok(Journalled::Yes);
    };
    if stored.rollout.status(stored.at).rolled_back.as_ref() == Some(rollback) {
        return Ok(Journalled::Yes);
    }
    parts.driver.tell_the_past(stored, event()).await;
    Ok(Journalled::Soon)
}
