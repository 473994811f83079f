//! Where the engine meets the world, and the only place where it does.
//!
//! [`Driver`] holds the map of rollouts; each has a loop of its own (`runner.rs`), so that one rollout's slow
//! source or contested route delays no other's abort. The world is reached through the traits in
//! [`ports`]; how weights are written stands in `execute.rs`.

mod execute;
mod memory;
mod outbox;
pub mod ports;
mod record;
mod runner;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use memory::MemoryJournal;
pub use outbox::{Attempt, Delivery, DeliveryState, Outbox};
pub use record::{Entry, Input, Stored};

use crate::engine::{Command, Event, Notice, Refusal, Status};
use crate::spec::{CheckedCanary, Timestamp};
use ports::{JournalError, Ports};
use runner::{Message, Runner};

/// Messages that wait for one rollout: people give commands one at a time, and hooks a few.
const INBOX_MAX: usize = 64;

/// Steps of progress that a slow watcher may fall behind before it misses some.
const PROGRESS_MAX: usize = 1024;

/// Rollouts at once: each costs some ten kilobytes, and no cluster is known with as many canaries.
const ROLLOUTS_MAX: usize = 10_000;

/// Runs rollouts against the world.
pub struct Driver {
    ports: Ports,
    rollouts: Mutex<BTreeMap<String, Running>>,
    progress: broadcast::Sender<Arc<Progress>>,
    runners: TaskTracker,
    deliveries: TaskTracker,
    stop: CancellationToken,
}

struct Running {
    id: String,
    inbox: mpsc::Sender<Message>,
    stop: CancellationToken,
    status: watch::Receiver<Status>,
}

/// What just happened to a rollout, for those who watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// When.
    pub at: Timestamp,
    /// Whether it was a look.
    pub looked: bool,
    /// The news that came of it.
    pub notices: Vec<Notice>,
    /// Where the rollout stands now.
    pub status: Status,
}

/// Why a rollout could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A rollout of this Canary is under way.
    #[error("{canary} has a rollout under way ({id}); abort it first, or wait for its end")]
    UnderWay {
        /// `namespace/name`.
        canary: String,
        /// The rollout's id.
        id: String,
    },
    /// Too many rollouts.
    #[error("{ROLLOUTS_MAX} rollouts are held already; nothing more is started")]
    TooMany,
    /// The driver is shutting down.
    #[error("the driver is shutting down")]
    ShuttingDown,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No such rollout.
    #[error("there is no rollout {0}")]
    NotFound(String),
    /// Too many commands wait.
    #[error("rollout {0} has too many commands waiting; try again")]
    Busy(String),
    /// The engine refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Driver {
    /// A driver without rollouts.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            rollouts: Mutex::default(),
            progress: broadcast::Sender::new(PROGRESS_MAX),
            runners: TaskTracker::new(),
            deliveries: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Goes on with every rollout that the journal says has not ended, and gives their number.
    ///
    /// # Errors
    /// Where the journal cannot be read: then nothing was begun.
    pub async fn recover(&self) -> Result<usize, JournalError> {
        let unfinished = self.ports.journal.unfinished().await?;
        let number = unfinished.len();
        for stored in unfinished {
            let key = key(stored.rollout.canary());
            let id = stored.rollout.id().to_owned();
            self.spawn(key, id, Runner::resume(self, stored));
        }
        Ok(number)
    }

    /// Starts a rollout of `canary` to `revision`, and gives its id.
    ///
    /// # Errors
    /// Where one of the same Canary is under way, or there are too many.
    pub fn start(&self, canary: CheckedCanary, revision: String) -> Result<String, StartError> {
        if self.stop.is_cancelled() {
            return Err(StartError::ShuttingDown);
        }
        let key = key(&canary);
        {
            let rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(running) = rollouts
                .get(&key)
                .filter(|running| !running.status.borrow().phase.is_final())
            {
                return Err(StartError::UnderWay {
                    canary: key,
                    id: running.id.clone(),
                });
            }
            if rollouts.len() >= ROLLOUTS_MAX && !rollouts.contains_key(&key) {
                return Err(StartError::TooMany);
            }
        }
        // One Canary has one rollout at a time, and the clock never goes back: the time makes the id unique.
        let id = format!("{}-{}", canary.name, self.ports.clock.now().0);
        let runner = Runner::start(self, id.clone(), canary, revision);
        self.spawn(key, id.clone(), runner);
        Ok(id)
    }

    /// Gives a command to a rollout and waits for the engine's answer.
    ///
    /// # Errors
    /// Where there is no such rollout, or the engine refuses.
    pub async fn command(&self, id: &str, command: Command) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(id, Message::Command(command, reply))?;
        answer
            .await
            .map_err(|_| CommandError::NotFound(id.to_owned()))?
            .map_err(CommandError::from)
    }

    /// Tells a rollout of something that happened to its Canary or its workloads.
    ///
    /// # Errors
    /// Where there is no such rollout.
    pub fn tell(&self, id: &str, event: Event) -> Result<(), CommandError> {
        self.send(id, Message::Event(event))
    }

    /// Takes one more look at a rollout, ended or not, and gives where it stands then: how what was served
    /// until now becomes part of what was counted.
    ///
    /// # Errors
    /// Where there is no such rollout.
    pub async fn settle(&self, id: &str) -> Result<Status, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(id, Message::Settle(reply))?;
        answer.await.map_err(|_| CommandError::NotFound(id.to_owned()))
    }

    /// Where every rollout stands.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        let rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        rollouts
            .values()
            .map(|running| running.status.borrow().clone())
            .collect()
    }

    /// Everything that happens to any rollout from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Progress>> {
        self.progress.subscribe()
    }

    /// Stops every loop once its write and its commit are answered, and waits for deliveries under way.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.runners.close();
        self.runners.wait().await;
        self.deliveries.close();
        self.deliveries.wait().await;
    }

    fn send(&self, id: &str, message: Message) -> Result<(), CommandError> {
        let rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        let running = rollouts.values().find(|running| running.id == id);
        let running = running.ok_or_else(|| CommandError::NotFound(id.to_owned()))?;
        running.inbox.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CommandError::Busy(id.to_owned()),
            mpsc::error::TrySendError::Closed(_) => CommandError::NotFound(id.to_owned()),
        })
    }

    fn spawn(&self, key: String, id: String, runner: Runner) {
        let (inbox, messages) = mpsc::channel(INBOX_MAX);
        let stop = self.stop.child_token();
        let running = Running {
            id,
            inbox,
            stop: stop.clone(),
            status: runner.watch(),
        };
        self.runners.spawn(runner.run(messages, stop));
        let mut rollouts = self.rollouts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ended) = rollouts.insert(key, running) {
            ended.stop.cancel();
        }
    }
}

fn key(canary: &CheckedCanary) -> String {
    format!("{}/{}", canary.namespace, canary.name)
}
