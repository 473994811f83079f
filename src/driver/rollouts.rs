//! The rollouts that the driver holds: one a Canary, the newest.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::ROLLOUTS_MAX;
use super::error::StartError;
use super::runner::Message;
use super::scene::Scene;
use super::standing::Standing;
use crate::engine::{Event, Status};
use crate::spec::{CheckedCanary, Timestamp};

/// The way to one rollout's loop.
pub(super) struct Running {
    pub(super) scene: Arc<Scene>,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) inbox: mpsc::Sender<Message>,
    pub(super) stop: CancellationToken,
}

/// The rollouts by Canary (`namespace/name`).
#[derive(Default)]
pub(super) struct Rollouts {
    by_canary: BTreeMap<String, Running>,
    newest_id_at: Timestamp,
}

impl Rollouts {
    /// Makes room for a new rollout of `canary`, and gives it an id.
    pub(super) fn admit(&mut self, canary: &CheckedCanary, now: Timestamp) -> Result<String, StartError> {
        let key = key(&canary.namespace, &canary.name);
        if let Some(running) = self.by_canary.get(&key) {
            let standing = running.standing.borrow();
            let (canary, id) = (key, standing.status.id.clone());
            if !standing.status.phase.is_final() {
                return Err(StartError::UnderWay { canary, id });
            }
            if !standing.is_end_journalled {
                return Err(StartError::EndNotJournalled { canary, id });
            }
            if standing.status.owes() {
                return Err(StartError::ClearingUp { canary, id });
            }
            if !standing.is_clear_journalled {
                return Err(StartError::EndNotJournalled { canary, id });
            }
        } else if self.by_canary.len() >= ROLLOUTS_MAX {
            self.forget_the_oldest_end()?;
        }
        // An abort mark names an id, so none is ever given twice: not to two Canaries of one name in one millisecond.
        self.newest_id_at = now.max(Timestamp(self.newest_id_at.0.saturating_add(1)));
        Ok(format!("{}-{}", canary.name, self.newest_id_at.0))
    }

    /// Holds a rollout, in the place of the Canary's last one, which is not watched any more.
    pub(super) fn hold(&mut self, running: Running) {
        let (key, id) = {
            let standing = running.standing.borrow();
            let status = &standing.status;
            (key(&status.namespace, &status.name), status.id.clone())
        };
        if let Some(ended) = self.by_canary.insert(key, running) {
            if ended.standing.borrow().status.is_watched() {
                // Without room the next start of the process tells it.
                drop(
                    ended
                        .inbox
                        .try_send(Message::Event(Box::new(Event::Superseded(id)))),
                );
            }
            ended.stop.cancel();
        }
    }

    /// The rollout of this id.
    pub(super) fn find(&self, id: &str) -> Option<&Running> {
        self.by_canary
            .values()
            .find(|running| running.standing.borrow().status.id == id)
    }

    /// Where the rollout of a Canary stands.
    pub(super) fn status_of(&self, namespace: &str, name: &str) -> Option<Status> {
        let running = self.by_canary.get(&key(namespace, name))?;
        Some(Status::clone(&running.standing.borrow().status))
    }

    /// Where every rollout stands, by Canary.
    pub(super) fn statuses(&self) -> Vec<Status> {
        let running = self.by_canary.values();
        running
            .map(|running| Status::clone(&running.standing.borrow().status))
            .collect()
    }

    /// The rollouts that have not ended, each with the Canary that it runs.
    pub(super) fn under_way(&self) -> Vec<(String, Arc<CheckedCanary>)> {
        let running = self.by_canary.values();
        running
            .filter(|running| !running.standing.borrow().status.phase.is_final())
            .map(|running| (running.scene.rollout.clone(), Arc::clone(&running.scene.canary)))
            .collect()
    }

    fn forget_the_oldest_end(&mut self) -> Result<(), StartError> {
        let ends = self.by_canary.iter().filter_map(|(key, running)| {
            let standing = running.standing.borrow();
            let is_over = standing.status.is_over() && standing.is_journalled;
            is_over.then(|| (standing.status.phase_since, key.clone()))
        });
        let (_, key) = ends.min().ok_or(StartError::TooMany)?;
        if let Some(ended) = self.by_canary.remove(&key) {
            ended.stop.cancel();
        }
        Ok(())
    }
}

fn key(namespace: &str, name: &str) -> String {
    format!("{namespace}/{name}")
}
