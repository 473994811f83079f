//! What is done to the workloads beside the loop, and goes on after the rollout's end.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::deliver;
use super::scene::Scene;
use super::under_way::UnderWay;
use crate::engine::{Event, Undone};

/// The changes under way. One that is begun again leaves the one before to itself; both ask for the same end.
#[derive(Default)]
pub(super) struct Clearing {
    restore: UnderWay<Event>,
    scale_down: UnderWay<Event>,
}

impl Clearing {
    /// Puts the stable workload back.
    pub(super) fn restore(&mut self, tasks: &TaskTracker, scene: Arc<Scene>) {
        let task = tasks.spawn(deliver::restore(scene));
        self.restore.begin(answer(task, Event::WorkloadNotRestored));
    }

    /// Scales the canary down.
    pub(super) fn scale_down(&mut self, tasks: &TaskTracker, scene: Arc<Scene>) {
        let task = tasks.spawn(deliver::scale_down(scene));
        self.scale_down.begin(answer(task, Event::CanaryNotScaledDown));
    }

    /// What became of one of them. Never returns while there is none. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> Event {
        tokio::select! {
            event = self.restore.answer() => event,
            event = self.scale_down.answer() => event,
        }
    }
}

/// What a task brings; one that broke, by a fault of the edge, was not done.
async fn answer(task: JoinHandle<Event>, broken: impl FnOnce(Undone) -> Event + Send) -> Event {
    task.await.unwrap_or_else(|error| {
        broken(Undone {
            reason: error.to_string(),
            is_lasting: false,
        })
    })
}
