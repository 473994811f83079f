//! What every request works with.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use serin::clock::Stopwatch;
use tokio::sync::watch;

use super::reviews::Reviews;
use super::store::Store;

/// Somebody who writes at a moment of the test's choice.
pub(super) type Racer = Box<dyn FnOnce(&mut Store) + Send>;

/// Changes an object that is written, before anybody reads it.
pub(super) type Admission = Box<dyn FnOnce(&mut Value) + Send>;

/// The server's inside.
pub(super) struct Shared {
    store: Mutex<Store>,
    pulse: watch::Sender<Pulse>,
    fault: watch::Sender<Fault>,
    plan: Mutex<Plan>,
    reviews: Mutex<Reviews>,
    log: Mutex<Vec<Asked>>,
    under_way: watch::Sender<u64>,
    started: Stopwatch,
}

/// Counts of what watches must know of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pulse {
    pub(super) committed: u64,
    pub(super) bookmarked: u64,
    pub(super) closed: u64,
}

/// What becomes of requests from now on.
#[derive(Debug, Clone, Default)]
pub(super) struct Fault {
    /// Which are not answered.
    pub(super) hangs: Option<Affected>,
    /// Those that were under way when it died are lost; this tells one life from the next.
    pub(super) life: u64,
    /// They are answered with this code: those that write, or all.
    pub(super) code: Option<(u16, Affected)>,
}

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affected {
    All,
    Writes,
}

impl Affected {
    /// Whether those that write, or those that do not, are among them.
    pub(super) fn has(self, writes: bool) -> bool {
        self == Self::All || writes
    }
}

/// What the test has in store.
#[derive(Default)]
pub(super) struct Plan {
    /// One before each of the next writes.
    pub(super) racers: VecDeque<Racer>,
    /// One after each of the next writes.
    pub(super) followers: VecDeque<Racer>,
    /// What admission makes of each of the next writes.
    pub(super) admissions: VecDeque<Admission>,
    /// What becomes of the connection of each of the next writes.
    pub(super) lost: VecDeque<Lost>,
    /// Kinds that are not installed.
    pub(super) without: HashSet<String>,
    /// Whether lists by watching are beyond it.
    pub(super) without_watch_list: bool,
}

impl Plan {
    /// Who writes before and after the write that comes.
    pub(super) fn racers(&mut self) -> (Racer, Racer) {
        let next = |racers: &mut VecDeque<Racer>| racers.pop_front().unwrap_or_else(|| Box::new(|_| {}));
        (next(&mut self.racers), next(&mut self.followers))
    }
}

/// When the connection of a write breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    BeforeCommit,
    AfterCommit,
}

/// A request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// When, since the server was started.
    pub(crate) at: Duration,
    /// `GET`, `PATCH`, …
    pub(crate) method: String,
    /// With its parameters.
    pub(crate) path: String,
    /// What was sent with it.
    pub(crate) body: String,
}

impl Shared {
    pub(super) fn new(version: u64) -> Self {
        Self {
            store: Mutex::new(Store::new(version)),
            pulse: watch::Sender::new(Pulse::default()),
            fault: watch::Sender::new(Fault::default()),
            plan: Mutex::default(),
            reviews: Mutex::default(),
            log: Mutex::default(),
            under_way: watch::Sender::new(0),
            started: Stopwatch::start(),
        }
    }

    /// The objects, to read.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }

    /// Changes objects; who watches is told.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        let (changed, committed) = {
            let mut store = self.store();
            (change(&mut store), store.version())
        };
        self.beat(|pulse| pulse.committed = committed);
        changed
    }

    /// Tells those who watch.
    pub(super) fn beat(&self, change: impl FnOnce(&mut Pulse)) {
        self.pulse.send_modify(change);
    }

    pub(super) fn pulses(&self) -> watch::Receiver<Pulse> {
        self.pulse.subscribe()
    }

    pub(super) fn fault(&self) -> Fault {
        self.fault.borrow().clone()
    }

    pub(super) fn set_fault(&self, change: impl FnOnce(&mut Fault)) {
        self.fault.send_modify(change);
    }

    /// Waits until it answers those that write, or those that read.
    pub(super) async fn answering(&self, writes: bool) {
        let mut fault = self.fault.subscribe();
        let answers = |fault: &Fault| !fault.hangs.is_some_and(|affected| affected.has(writes));
        // The sender lives in here as well.
        drop(fault.wait_for(answers).await);
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap()
    }

    /// Whose tokens are, and who may what.
    pub(super) fn reviews(&self) -> MutexGuard<'_, Reviews> {
        self.reviews.lock().unwrap()
    }

    pub(super) fn has_watch_list(&self) -> bool {
        !self.plan().without_watch_list
    }

    pub(super) fn note(&self, method: &str, path: &str, body: &[u8]) {
        let asked = Asked {
            at: self.started.elapsed(),
            method: method.to_owned(),
            path: path.to_owned(),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        self.log.lock().unwrap().push(asked);
    }

    /// Counts a request until it is answered.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        self.under_way.send_modify(|count| *count += 1);
        let done = work.await;
        self.under_way.send_modify(|count| *count -= 1);
        done
    }

    /// Waits until no request is under way.
    pub(super) async fn settled(&self) {
        drop(self.under_way.subscribe().wait_for(|count| *count == 0).await);
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.log.lock().unwrap()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}
