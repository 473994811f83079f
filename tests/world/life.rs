//! One life of the daemon: every call that it makes to the world passes here, and it can die at any of them.
//!
//! A daemon that died makes no further call, and hears no answer; what it had sent before may still arrive.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::ports::{
    HookReply, HookRequest, Hooks, Journal, JournalError, MetricSource, NotPromoted, Notifier, Ports,
    Traffic, TrafficError, WorkloadError, Workloads,
};
use serin::driver::{Entry, Stored};
use serin::engine::{
    HookOutcome, Look, MetricPast, Notice, SourceDown, TrafficState, TrafficWrite, WorkloadState,
};
use serin::spec::{CheckedCanary, Timestamp};
use tokio::sync::watch;

/// What happens at one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accident {
    /// The daemon dies before the call is sent.
    DiesBefore,
    /// The daemon dies, and the call takes effect.
    DiesAfter,
    /// The call takes effect, and the answer does not arrive.
    AnswerLost,
    /// The daemon dies, and what it sent takes effect a while later; only writes of the route take so long.
    ArrivesLate,
}

/// How late a write arrives: after the next daemon has begun.
const LATE: Duration = Duration::from_secs(4);

/// A daemon's life, from its start to its end.
pub(crate) struct Life {
    world: Ports,
    accident: Option<(usize, Accident)>,
    calls: Mutex<Vec<&'static str>>,
    dead: watch::Sender<bool>,
}

impl Life {
    /// A life in `world`, with an accident at the call of that number, counted from 0.
    pub(crate) fn begin(world: Ports, accident: Option<(usize, Accident)>) -> Arc<Self> {
        Arc::new(Self {
            world,
            accident,
            calls: Mutex::default(),
            dead: watch::Sender::new(false),
        })
    }

    /// The world, as this daemon reaches it.
    pub(crate) fn ports(self: &Arc<Self>) -> Ports {
        Ports {
            metric_source: self.clone(),
            traffic: self.clone(),
            workloads: self.clone(),
            hooks: self.clone(),
            journal: self.clone(),
            notifier: self.clone(),
            clock: self.world.clock.clone(),
        }
    }

    /// The calls that were made, by their names.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().clone()
    }

    /// Ends it.
    pub(crate) fn end(&self) {
        self.dead.send_replace(true);
    }

    pub(crate) fn has_ended(&self) -> bool {
        *self.dead.borrow()
    }

    async fn call<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = T> + Send,
        lost: impl FnOnce() -> T + Send,
    ) -> T {
        if self.has_ended() {
            return std::future::pending().await;
        }
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(name);
            calls.len() - 1
        };
        let accident = self.accident.filter(|(at, _)| *at == number);
        match accident.map(|(_, accident)| accident) {
            None => {
                let answer = call.await;
                if self.has_ended() {
                    return std::future::pending().await;
                }
                answer
            }
            Some(Accident::DiesBefore | Accident::ArrivesLate) => {
                self.end();
                std::future::pending().await
            }
            Some(Accident::DiesAfter) => {
                call.await;
                self.end();
                std::future::pending().await
            }
            Some(Accident::AnswerLost) => {
                call.await;
                lost()
            }
        }
    }
}

#[async_trait]
impl Traffic for Life {
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let lost = || {
            Err(TrafficError::Unreachable {
                object: "VirtualService shop/checkout".into(),
                reason: "the answer was lost".into(),
            })
        };
        self.call("read the route", self.world.traffic.read(canary), lost)
            .await
    }

    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let lost = || {
            Err(TrafficError::Unknown {
                object: "VirtualService shop/checkout".into(),
                reason: "the answer was lost".into(),
            })
        };
        let name = if write.aborted { "abort" } else { "write the route" };
        let number = self.calls.lock().unwrap().len();
        if self.accident == Some((number, Accident::ArrivesLate)) && !self.has_ended() {
            let traffic = self.world.traffic.clone();
            let (canary, seen, write) = (canary.clone(), seen.clone(), write.clone());
            tokio::spawn(async move {
                tokio::time::sleep(LATE).await;
                traffic.write(&canary, &seen, &write).await
            });
        }
        self.call(name, self.world.traffic.write(canary, seen, write), lost)
            .await
    }
}

#[async_trait]
impl MetricSource for Life {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        let lost = || Look {
            taken_at: now,
            readings: Err(SourceDown {
                reason: "the answer was lost".into(),
            }),
        };
        self.call("look", self.world.metric_source.look(canary, now), lost)
            .await
    }

    async fn history(&self, canary: &CheckedCanary, now: Timestamp) -> Vec<MetricPast> {
        let lost = || MetricPast::unknown_to_all(canary, "the answer was lost");
        self.call(
            "read the history",
            self.world.metric_source.history(canary, now),
            lost,
        )
        .await
    }
}

#[async_trait]
impl Workloads for Life {
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        self.call("see the workloads", self.world.workloads.observe(canary), || {
            Err(lost())
        })
        .await
    }

    async fn promote(
        &self,
        canary: &CheckedCanary,
        rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted> {
        self.call(
            "promote the workload",
            self.world.workloads.promote(canary, rollout, judged),
            || Err(NotPromoted::NotPutBack(lost())),
        )
        .await
    }

    async fn restore(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        self.call(
            "restore the workload",
            self.world.workloads.restore(canary, rollout),
            || Err(lost()),
        )
        .await
    }

    async fn scale(&self, canary: &CheckedCanary, rollout: &str, replicas: u32) -> Result<(), WorkloadError> {
        let scaling = self.world.workloads.scale(canary, rollout, replicas);
        self.call("scale", scaling, || Err(lost())).await
    }

    async fn scale_down(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError> {
        let scaling = self.world.workloads.scale_down(canary, rollout);
        self.call("scale down", scaling, || Err(lost())).await
    }
}

#[async_trait]
impl Hooks for Life {
    async fn call(&self, request: &HookRequest<'_>) -> HookReply {
        let lost = || HookReply {
            outcome: HookOutcome::Failed,
            detail: "the answer was lost".into(),
        };
        self.call("call a hook", self.world.hooks.call(request), lost)
            .await
    }
}

#[async_trait]
impl Journal for Life {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        let lost = || {
            Err(JournalError {
                reason: "the answer was lost".into(),
            })
        };
        self.call("journal", self.world.journal.append(entries, state), lost)
            .await
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        self.world.journal.unfinished().await
    }
}

#[async_trait]
impl Notifier for Life {
    async fn notify(&self, canary: &CheckedCanary, key: &str, notice: &Notice) {
        self.call("notify", self.world.notifier.notify(canary, key, notice), || ())
            .await;
    }
}

fn lost() -> WorkloadError {
    WorkloadError {
        workload: "checkout".into(),
        reason: "the answer was lost".into(),
        is_lasting: false,
    }
}
