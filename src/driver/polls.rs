//! What is asked of the world at a poll, and for the last look that somebody asks for.
//!
//! Each question is under way once at most, so that answers come in the order of their questions and a world that
//! hangs is not asked more and more. A read of the route that a write of ours overlaps says nothing certain (was it
//! before, or after?): none is begun under a write, and one that is under way is dropped.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::execute;
use super::scene::Scene;
use super::under_way::UnderWay;
use crate::engine::{Event, Look, MetricPast, SourceDown, Status};
use crate::spec::CheckedCanary;

/// A poll that takes longer than this is a gap, however long the interval.
const LOOK_TIMEOUT_MAX: Duration = Duration::from_secs(30);

/// Askers for a last look that may wait for it at once: as many as messages may wait for the rollout.
const SETTLERS_MAX: usize = super::INBOX_MAX;

/// Waits for a look that begins after it asked, to hear where the rollout stands then.
pub(super) type Settler = oneshot::Sender<Status>;

/// What an answer is about.
pub(super) enum Answer {
    /// A look, and who waited for it.
    Look(Look, Vec<Settler>),
    /// Everything else.
    Event(Event),
}

/// The questions under way.
#[derive(Default)]
pub(super) struct Polls {
    look: UnderWay<Look>,
    route: UnderWay<Event>,
    workload: UnderWay<Event>,
    history: UnderWay<Event>,
    /// Waits for the look under way.
    served: Vec<Settler>,
    /// Waits for the look after that.
    unserved: Vec<Settler>,
}

impl Polls {
    /// Asks everything that is not being asked already; the route only while nothing is `writing` it.
    pub(super) fn begin(&mut self, scene: &Arc<Scene>, writing: bool) {
        self.look(scene);
        if !writing && !self.route.is_some() {
            self.route.begin(route(Arc::clone(scene)));
        }
        if !self.workload.is_some() {
            self.workload.begin(workload(Arc::clone(scene)));
        }
    }

    /// Asks what the stable version did before the rollout.
    pub(super) fn read_history(&mut self, scene: &Arc<Scene>) {
        self.history.begin(history(Arc::clone(scene)));
    }

    /// A write of the route begins.
    pub(super) fn give_up_route(&mut self) {
        self.route.give_up();
    }

    /// Takes one more look for `settler`: a new one, as one that is under way may have read its counters already. Too
    /// many who wait at once are turned away, by dropping them.
    pub(super) fn settle(&mut self, settler: Settler, scene: &Arc<Scene>) {
        if self.served.len() + self.unserved.len() < SETTLERS_MAX {
            self.unserved.push(settler);
            self.look(scene);
        }
    }

    /// The look that somebody still waits for, after another was answered.
    pub(super) fn look_again(&mut self, scene: &Arc<Scene>) {
        if !self.unserved.is_empty() {
            self.look(scene);
        }
    }

    /// Whether a look is being taken.
    pub(super) const fn is_looking(&self) -> bool {
        self.look.is_some()
    }

    /// The next answer. Never returns while nothing is asked. Safe to drop and to call again.
    pub(super) async fn answer(&mut self) -> Answer {
        tokio::select! {
            biased;
            event = self.route.answer() => Answer::Event(event),
            event = self.workload.answer() => Answer::Event(event),
            event = self.history.answer() => Answer::Event(event),
            look = self.look.answer() => Answer::Look(look, std::mem::take(&mut self.served)),
        }
    }

    fn look(&mut self, scene: &Arc<Scene>) {
        if !self.look.is_some() {
            self.served.append(&mut self.unserved);
            self.look.begin(look(Arc::clone(scene)));
        }
    }
}

/// One poll of the metrics, bounded in time; a source that does not answer is down.
async fn look(scene: Arc<Scene>) -> Look {
    let taken_at = scene.ports.clock.now();
    let bound = look_timeout(&scene.canary);
    let look = scene.ports.metric_source.look(&scene.canary, taken_at);
    timeout(bound, look).await.unwrap_or_else(|_| Look {
        taken_at,
        readings: Err(SourceDown {
            reason: format!(
                "the metric source did not answer within {} s",
                bound.as_secs_f64()
            ),
        }),
    })
}

async fn route(scene: Arc<Scene>) -> Event {
    match execute::observe(&scene).await {
        Ok(state) => Event::Traffic(state),
        Err(fault) => Event::TrafficUnread(fault),
    }
}

async fn workload(scene: Arc<Scene>) -> Event {
    let bound = look_timeout(&scene.canary);
    match timeout(bound, scene.ports.workloads.observe(&scene.canary)).await {
        Ok(Ok(state)) => Event::Workload(state),
        Ok(Err(error)) => Event::WorkloadUnseen(error.to_string()),
        Err(_) => Event::WorkloadUnseen(format!("no answer within {} s", bound.as_secs_f64())),
    }
}

async fn history(scene: Arc<Scene>) -> Event {
    let now = scene.ports.clock.now();
    let history = scene.ports.metric_source.history(&scene.canary, now);
    let late = || {
        let reason = format!("no answer within {} s", LOOK_TIMEOUT_MAX.as_secs());
        MetricPast::unknown_to_all(&scene.canary, &reason)
    };
    Event::History(
        timeout(LOOK_TIMEOUT_MAX, history)
            .await
            .unwrap_or_else(|_| late()),
    )
}

/// A poll answers before the next is due, or not at all.
fn look_timeout(canary: &CheckedCanary) -> Duration {
    canary.analysis.interval.min(LOOK_TIMEOUT_MAX)
}
