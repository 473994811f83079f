//! What is done at the side: news, which nobody waits for, and changes of the workloads.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::ports::{NotPromoted, WorkloadError};
use super::scene::Scene;
use crate::engine::{Event, Notice, Undone};

/// Workload changes are waited for this long: a large Deployment rolls within a third of it, and the rest is for an API server that is
/// away when it has to be put back.
const WORKLOAD_TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// A write that takes longer is given up: the next look asks for it again.
const SCALE_TIMEOUT: Duration = Duration::from_secs(10);

/// A delivery that takes longer is given up; it must not keep a shutdown waiting.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(10);

/// Delivers one notice.
pub(super) async fn notify(scene: Arc<Scene>, key: String, notice: Notice) {
    let delivery = scene.ports.notifier.notify(&scene.canary, &key, &notice);
    if timeout(NOTIFY_TIMEOUT, delivery).await.is_err() {
        tracing::warn!(
            rollout.id = scene.rollout,
            notice.key = key,
            "a delivery took too long and was given up"
        );
    }
}

/// Lets the stable workload take the canary's version. Dropping it gives up where it stands.
pub(super) async fn promote(scene: Arc<Scene>, judged: Option<String>) -> Event {
    let workloads = &scene.ports.workloads;
    let promotion = workloads.promote(&scene.canary, &scene.rollout, judged.as_deref());
    match timeout(WORKLOAD_TIMEOUT, promotion).await {
        Ok(Ok(())) => Event::WorkloadPromoted,
        Ok(Err(NotPromoted::OtherRevision { judged, found })) => Event::WorkloadNotJudged { judged, found },
        Ok(Err(NotPromoted::PutBack(error))) => Event::WorkloadNotPromoted(error.to_string()),
        Ok(Err(NotPromoted::NotPutBack(error))) => Event::WorkloadHalfPromoted(error.to_string()),
        Err(_) => Event::WorkloadHalfPromoted(late()),
    }
}

/// Puts the stable workload back.
pub(super) async fn restore(scene: Arc<Scene>) -> Event {
    match within(scene.ports.workloads.restore(&scene.canary, &scene.rollout)).await {
        Ok(()) => Event::WorkloadRestored,
        Err(undone) => {
            tracing::error!(
                rollout.id = scene.rollout,
                "the stable workload was not put back: {}",
                undone.reason
            );
            Event::WorkloadNotRestored(undone)
        }
    }
}

/// Lets the canary ask for at least this many pods.
pub(super) async fn scale(scene: Arc<Scene>, replicas: u32) {
    let scaling = scene
        .ports
        .workloads
        .scale(&scene.canary, &scene.rollout, replicas);
    let scaled = timeout(SCALE_TIMEOUT, scaling).await;
    let late = |_| Err(format!("not done within {} s", SCALE_TIMEOUT.as_secs()));
    let scaled = scaled.map_or_else(late, |scaled| scaled.map_err(|error| error.to_string()));
    if let Err(reason) = scaled {
        tracing::warn!(
            rollout.id = scene.rollout,
            "the canary was not scaled to {replicas} pods: {reason}"
        );
    }
}

/// Scales the canary down.
pub(super) async fn scale_down(scene: Arc<Scene>) -> Event {
    match within(scene.ports.workloads.scale_down(&scene.canary, &scene.rollout)).await {
        Ok(()) => Event::CanaryScaledDown,
        Err(undone) => {
            tracing::warn!(
                rollout.id = scene.rollout,
                "the canary was not scaled down: {}",
                undone.reason
            );
            Event::CanaryNotScaledDown(undone)
        }
    }
}

async fn within(change: impl Future<Output = Result<(), WorkloadError>>) -> Result<(), Undone> {
    match timeout(WORKLOAD_TIMEOUT, change).await {
        Ok(result) => result.map_err(|error| Undone {
            is_lasting: error.is_lasting,
            reason: error.to_string(),
        }),
        Err(_) => Err(Undone {
            reason: late(),
            is_lasting: false,
        }),
    }
}

fn late() -> String {
    format!("not done within {} s", WORKLOAD_TIMEOUT.as_secs())
}
