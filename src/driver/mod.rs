//! Where the engine meets the world, and the only place where it does.
//!
//! [`Driver`] holds the map of rollouts; each has a loop of its own (`runner.rs`), so that one rollout's slow
//! source or contested route delays no other's abort. Around the loop: what the engine wants done
//! and when (`effects.rs`), what is asked of the world (`polls.rs`), how weights are written (`execute.rs`), what waits for the
//! journal (`commits.rs`), what is done at the side (`deliver.rs`), and what happens when it breaks (`supervise.rs`). The world is reached through the traits in [`ports`].

mod clearing;
mod commits;
mod counters;
mod deliver;
mod effects;
mod error;
mod execute;
mod history;
mod hooks;
mod later_clock;
mod leadership;
mod log;
mod memory;
mod memory_outbox;
mod outbox;
mod polls;
pub mod ports;
mod record;
mod rollouts;
mod runner;
mod scene;
mod stable;
mod standing;
mod supervise;
mod under_way;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use counters::Counters;
pub use error::{CommandError, StartError};
pub use history::{History, HistoryError, Page, RolloutFilter, RolloutRow};
pub use hooks::HOOK_PAUSE_MAX;
pub use leadership::{Leader, Leadership};
pub use memory::MemoryJournal;
pub use outbox::{Attempt, Delivery, DeliveryState, NEWS_MAX, Outbox, Untold};
pub use record::{Asked, Entry, Input, Seen, Stored};
pub use stable::promoted_last;

use crate::engine::{Change, Command, Effect, Event, Notice, Status};
use crate::spec::{CheckedCanary, Timestamp};
use counters::count;
use ports::{JournalError, Ports};
use rollouts::{Rollouts, Running};
use runner::{Message, Runner};

/// Messages that wait for one rollout: people give commands one at a time, and hooks a few.
const INBOX_MAX: usize = 64;

/// Steps of progress that a slow watcher may fall behind before it misses some.
const PROGRESS_MAX: usize = 1024;

/// Rollouts at once: each costs some ten kilobytes, and no cluster is known with as many canaries.
const ROLLOUTS_MAX: usize = 10_000;

/// A shutdown takes no longer: Kubernetes kills after 30 s, and others want to stop too. What is cut off then is what
/// the next start finds in the journal and in the object.
const SHUTDOWN_MAX: Duration = Duration::from_secs(20);

/// Runs rollouts against the world. Dropping it stops every loop where it stands, as a crash would;
/// [`shutdown`](Self::shutdown) first lets them come to rest.
pub struct Driver {
    shared: Shared,
    rollouts: Mutex<Rollouts>,
    runners: TaskTracker,
    runtime: Handle,
    stop: CancellationToken,
}

/// What every rollout's loop works with.
#[derive(Clone)]
struct Shared {
    ports: Ports,
    progress: broadcast::Sender<Arc<Progress>>,
    deliveries: TaskTracker,
    counters: Arc<Counters>,
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
    /// Everything that the engine wants done, the news included.
    pub effects: Vec<Effect>,
    /// Where the rollout stands now.
    pub status: Arc<Status>,
}

impl Driver {
    /// A driver without rollouts. All of them run in the runtime that this is called in, wherever they are started from.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self {
            shared: Shared {
                ports,
                progress: broadcast::Sender::new(PROGRESS_MAX),
                deliveries: TaskTracker::new(),
                counters: Arc::default(),
            },
            rollouts: Mutex::default(),
            runners: TaskTracker::new(),
            runtime: Handle::current(),
            stop: CancellationToken::new(),
        }
    }

    /// Goes on with every rollout that the journal says has not ended, or still owes its workloads something, and gives their number. To be called once, before
    /// the first start; rollouts that are held already are left alone.
    ///
    /// # Errors
    /// Where the journal cannot be read: then nothing was begun.
    pub async fn recover(&self) -> Result<usize, JournalError> {
        let mut unfinished = timeout(commits::JOURNAL_TIMEOUT, self.shared.ports.journal.unfinished())
            .await
            .unwrap_or_else(|_| Err(commits::no_answer()))?;
        // Of one Canary, whoever has traffic to look after comes before whoever only clears up.
        unfinished.sort_by_key(|stored| {
            let status = stored.rollout.status(stored.at);
            (status.phase.is_final(), status.is_watched() && !status.owes())
        });
        let mut rollouts = self.rollouts();
        let mut number = 0;
        for stored in unfinished {
            let status = stored.rollout.status(stored.at);
            if let Some(newer) = rollouts.status_of(&status.namespace, &status.name) {
                if status.is_watched() && !status.owes() {
                    let superseded = Event::Superseded(newer.id);
                    let teller = Box::new(Runner::of_the_past(self.shared.clone(), stored, superseded));
                    self.runners.spawn_on(teller.wind_down(), &self.runtime);
                    continue;
                }
                let id = stored.rollout.id();
                tracing::error!(
                    rollout.id = id,
                    "not gone on with: its Canary has a rollout under way"
                );
            } else {
                self.spawn(&mut rollouts, Runner::resume(self.shared.clone(), stored, None));
                number += 1;
            }
        }
        Ok(number)
    }

    /// Starts a rollout of `canary`, and gives its id. What the journal does not know when the process ends
    /// was never started, except that the route's weight may have been lowered.
    ///
    /// # Errors
    /// Where one of the same Canary is under way, or there are too many.
    pub fn start(&self, canary: CheckedCanary, change: Change) -> Result<String, StartError> {
        self.start_for(None, canary, change)
    }

    /// As [`start`](Self::start), and the journal says who asked for it.
    ///
    /// # Errors
    /// As there.
    pub fn start_for(
        &self,
        asked: Option<Asked>,
        canary: CheckedCanary,
        change: Change,
    ) -> Result<String, StartError> {
        let mut rollouts = self.rollouts();
        if self.stop.is_cancelled() {
            return Err(StartError::ShuttingDown);
        }
        let admitted = rollouts.admit(&canary, self.shared.ports.clock.now());
        if admitted == Err(StartError::TooMany) {
            count(&self.shared.counters.rollouts);
        }
        let id = admitted?;
        self.spawn(
            &mut rollouts,
            Runner::start(self.shared.clone(), id.clone(), canary, change, asked),
        );
        Ok(id)
    }

    /// Gives a command to a rollout. When this returns `Ok` the engine took it and the journal has it; what comes of it
    /// shows in the status.
    ///
    /// # Errors
    /// Where there is no such rollout, or the engine refuses, or the journal is down.
    pub async fn command(&self, id: &str, command: Command) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(id, Message::Command(Box::new(command), reply))?;
        answer
            .await
            .unwrap_or_else(|_| Err(CommandError::Unanswered(id.to_owned())))
    }

    /// Tells a rollout of something that happened to its Canary or its workloads.
    ///
    /// # Errors
    /// Where there is no such rollout.
    pub fn tell(&self, id: &str, event: Event) -> Result<(), CommandError> {
        self.send(id, Message::Event(Box::new(event)))
    }

    /// Tells a rollout that has ended, and is not held any more, of something that happened since. Returns once that is journalled, or
    /// was not: whoever must know reads it again.
    pub async fn tell_the_past(&self, stored: Stored, event: Event) {
        let teller = Box::new(Runner::of_the_past(self.shared.clone(), stored, event));
        self.runners.track_future(teller.wind_down()).await;
    }

    /// Takes one more look at a rollout, ended or not, and gives where it stands then: how what was served
    /// until now becomes part of what was counted.
    ///
    /// # Errors
    /// Where there is no such rollout.
    pub async fn settle(&self, id: &str) -> Result<Status, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(id, Message::Settle(reply))?;
        answer.await.map_err(|_| CommandError::Unanswered(id.to_owned()))
    }

    /// What its bounds turned away.
    #[must_use]
    pub const fn counters(&self) -> &Arc<Counters> {
        &self.shared.counters
    }

    /// Where every rollout stands, by Canary.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        self.rollouts().statuses()
    }

    /// The rollouts that have not ended, by id, each with the Canary as it was when the rollout started.
    #[must_use]
    pub fn under_way(&self) -> Vec<(String, Arc<CheckedCanary>)> {
        self.rollouts().under_way()
    }

    /// Where the newest rollout of a Canary stands.
    #[must_use]
    pub fn status_of(&self, namespace: &str, name: &str) -> Option<Status> {
        self.rollouts().status_of(namespace, name)
    }

    /// Where the rollout of this id stands; none where it is not among those that are held, which are the newest of each Canary.
    #[must_use]
    pub fn status(&self, id: &str) -> Option<Status> {
        let rollouts = self.rollouts();
        rollouts
            .find(id)
            .map(|running| Status::clone(&running.standing.borrow().status))
    }

    /// Waits until the journal has everything that happened to a rollout. For ever, if the journal is down.
    ///
    /// # Errors
    /// Where there is no such rollout, or its loop ends before.
    pub async fn journalled(&self, id: &str) -> Result<(), CommandError> {
        let standing = self.rollouts().find(id).map(|running| running.standing.clone());
        let mut standing = standing.ok_or_else(|| CommandError::NotFound(id.to_owned()))?;
        let journalled = standing.wait_for(|standing| standing.is_journalled).await;
        journalled
            .map(drop)
            .map_err(|_| CommandError::Unanswered(id.to_owned()))
    }

    /// Everything that happens to any rollout from now on. Whoever falls too far behind is told how much was missed
    /// (`Lagged`), and finds the state of things in [`statuses`](Self::statuses).
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Progress>> {
        self.shared.progress.subscribe()
    }

    /// Stops every loop once its write and its commit are answered, and waits for deliveries under way, for 20 s at most.
    pub async fn shutdown(&self) {
        {
            // Under the lock, so that no start slips in behind.
            let _rollouts = self.rollouts();
            self.stop.cancel();
            self.runners.close();
        }
        let deliveries = &self.shared.deliveries;
        let at_rest = async {
            self.runners.wait().await;
            deliveries.close();
            deliveries.wait().await;
        };
        if timeout(SHUTDOWN_MAX, at_rest).await.is_err() {
            tracing::warn!(
                loops = self.runners.len(),
                deliveries = deliveries.len(),
                "not at rest after {} s; the next start goes on from the journal",
                SHUTDOWN_MAX.as_secs()
            );
        }
    }

    fn send(&self, id: &str, message: Message) -> Result<(), CommandError> {
        let rollouts = self.rollouts();
        let running = rollouts
            .find(id)
            .ok_or_else(|| CommandError::NotFound(id.to_owned()))?;
        running.inbox.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                count(&self.shared.counters.inboxes);
                CommandError::Busy(id.to_owned())
            }
            mpsc::error::TrySendError::Closed(_) => CommandError::Unanswered(id.to_owned()),
        })
    }

    fn spawn(&self, rollouts: &mut Rollouts, runner: Runner) {
        let (inbox, messages) = mpsc::channel(INBOX_MAX);
        let stop = self.stop.child_token();
        rollouts.hold(Running {
            scene: Arc::clone(&runner.scene),
            standing: runner.board.watch(),
            inbox,
            stop: stop.clone(),
        });
        self.runners
            .spawn_on(supervise::run(Box::new(runner), messages, stop), &self.runtime);
    }

    fn rollouts(&self) -> MutexGuard<'_, Rollouts> {
        self.rollouts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
