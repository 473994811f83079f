//! The managed route, in memory: an object with a version, an epoch and marks, that keeps every version it ever had.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::ports::{Clock, Traffic, TrafficError};
use serin::engine::{TrafficState, TrafficWrite};
use serin::spec::{CheckedCanary, Timestamp};

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RouteFault {
    /// The server does not answer at all; nothing is done.
    Unreachable,
    /// Somebody else was quicker.
    Conflict,
    /// A write gets no answer; whether it was made.
    Unknown { made: bool },
    /// The call takes this long. A read gives what was there when it began.
    Slow(Duration),
    /// Somebody else puts the canary back to this weight, without any mark, before the write is read back.
    Overtaken { weight: u8 },
    /// No answer ever, and the write arrives after this long all the same.
    Late(Duration),
    /// No answer ever.
    Hang,
}

/// A version that the object had.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) at: Timestamp,
    /// Whether it was a write through the port.
    pub(crate) ours: bool,
    pub(crate) state: TrafficState,
}

/// A VirtualService's managed route. Clones are the same object.
#[derive(Clone)]
pub(crate) struct FakeRoute {
    clock: Arc<dyn Clock>,
    object: Arc<Mutex<Object>>,
}

struct Object {
    commits: Vec<Commit>,
    refused: Vec<TrafficWrite>,
    next_reads: VecDeque<RouteFault>,
    every_read: Option<RouteFault>,
    next_writes: VecDeque<RouteFault>,
    every_write: Option<RouteFault>,
}

impl FakeRoute {
    /// An object that nobody but its author wrote: five percent on the canary, no annotations.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let at = clock.now();
        let state = TrafficState {
            canary_weight: 5,
            epoch: 0,
            rollout: None,
            aborted: None,
            other_routes_reach_canary: false,
            version: "1".into(),
        };
        let object = Object {
            commits: vec![Commit {
                at,
                ours: false,
                state,
            }],
            refused: Vec::new(),
            next_reads: VecDeque::new(),
            every_read: None,
            next_writes: VecDeque::new(),
            every_write: None,
        };
        Self {
            clock,
            object: Arc::new(Mutex::new(object)),
        }
    }

    /// What is there now.
    pub(crate) fn state(&self) -> TrafficState {
        self.object().newest().clone()
    }

    /// The canary's weight now, in percent.
    pub(crate) fn weight(&self) -> u8 {
        self.state().canary_weight
    }

    /// Every version, the first included.
    pub(crate) fn commits(&self) -> Vec<Commit> {
        self.object().commits.clone()
    }

    /// The weights of every version, in order.
    pub(crate) fn weights(&self) -> Vec<u8> {
        self.commits()
            .iter()
            .map(|commit| commit.state.canary_weight)
            .collect()
    }

    /// The writes that the guards refused.
    pub(crate) fn refused(&self) -> Vec<TrafficWrite> {
        self.object().refused.clone()
    }

    /// The next read goes wrong.
    pub(crate) fn next_read(&self, fault: RouteFault) {
        self.object().next_reads.push_back(fault);
    }

    /// Every read goes wrong, until told otherwise.
    pub(crate) fn every_read(&self, fault: Option<RouteFault>) {
        self.object().every_read = fault;
    }

    /// The next write goes wrong.
    pub(crate) fn next_write(&self, fault: RouteFault) {
        self.object().next_writes.push_back(fault);
    }

    /// Every write goes wrong, until told otherwise.
    pub(crate) fn every_write(&self, fault: Option<RouteFault>) {
        self.object().every_write = fault;
    }

    /// Somebody edits the object.
    pub(crate) fn somebody_edits(&self, edit: impl FnOnce(&mut TrafficState)) {
        let mut state = self.state();
        edit(&mut state);
        let at = self.clock.now();
        self.object().commit(at, false, state);
    }

    /// What the guards of the port allow, and nothing else.
    fn write_now(&self, seen: &TrafficState, write: &TrafficWrite) -> Result<TrafficState, TrafficError> {
        let at = self.clock.now();
        let mut object = self.object();
        let now = object.newest();
        if now.version != seen.version || now.epoch >= write.epoch {
            object.refused.push(write.clone());
            return Err(conflict());
        }
        let state = TrafficState {
            canary_weight: write.canary_weight,
            epoch: write.epoch,
            rollout: Some(write.rollout.clone()),
            aborted: write.aborted.then(|| write.rollout.clone()),
            ..now.clone()
        };
        object.commit(at, true, state);
        Ok(object.newest().clone())
    }

    fn object(&self) -> MutexGuard<'_, Object> {
        self.object.lock().unwrap()
    }
}

impl Object {
    fn newest(&self) -> &TrafficState {
        &self.commits.last().unwrap().state
    }

    fn commit(&mut self, at: Timestamp, ours: bool, mut state: TrafficState) {
        state.version = (self.commits.len() + 1).to_string();
        self.commits.push(Commit { at, ours, state });
    }
}

#[async_trait]
impl Traffic for FakeRoute {
    async fn read(&self, _canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let (fault, state) = {
            let mut object = self.object();
            let fault = object.next_reads.pop_front().or(object.every_read);
            (fault, object.newest().clone())
        };
        match fault {
            None => Ok(state),
            Some(RouteFault::Slow(time)) => {
                tokio::time::sleep(time).await;
                Ok(state)
            }
            Some(RouteFault::Hang | RouteFault::Late(_)) => std::future::pending().await,
            Some(_) => Err(unreachable()),
        }
    }

    async fn write(
        &self,
        _canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let fault = {
            let mut object = self.object();
            object.next_writes.pop_front().or(object.every_write)
        };
        match fault {
            None => self.write_now(seen, write),
            Some(RouteFault::Unreachable) => Err(unreachable()),
            Some(RouteFault::Conflict) => Err(conflict()),
            Some(RouteFault::Unknown { made }) => {
                if made {
                    self.write_now(seen, write)?;
                }
                Err(TrafficError::Unknown {
                    object: object_name(),
                    reason: "the connection was reset".into(),
                })
            }
            Some(RouteFault::Slow(time)) => {
                tokio::time::sleep(time).await;
                self.write_now(seen, write)
            }
            Some(RouteFault::Overtaken { weight }) => {
                self.write_now(seen, write)?;
                self.somebody_edits(|object| {
                    object.canary_weight = weight;
                    object.aborted = None;
                });
                Ok(self.state())
            }
            Some(RouteFault::Late(time)) => {
                let (route, seen, write) = (self.clone(), seen.clone(), write.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    route.write_now(&seen, &write)
                });
                std::future::pending().await
            }
            Some(RouteFault::Hang) => std::future::pending().await,
        }
    }
}

fn object_name() -> String {
    "VirtualService shop/checkout".into()
}

fn conflict() -> TrafficError {
    TrafficError::Conflict {
        object: object_name(),
    }
}

fn unreachable() -> TrafficError {
    TrafficError::Unreachable {
        object: object_name(),
        reason: "connection refused".into(),
    }
}
