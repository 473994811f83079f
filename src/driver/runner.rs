//! One rollout's loop: event → engine → journal → port → event.
//!
//! Nothing in it waits for anything but its own next input: reads, writes, the journal and deliveries are all
//! under way at the side, so that a source that hangs delays no command and a journal that hangs delays no
//! lowering. Two orders are kept:
//!
//! - a **raise** begins after the entry that asks for it is journalled, and is dropped when a lowering is asked for meanwhile;
//! - a **lowering** begins at once, and its entry is journalled after the write was answered.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::execute;
use super::ports::{JournalError, Ports};
use super::record::{Entry, Input, Stored};
use super::{Driver, Progress};
use crate::engine::judge::{self, counts::Counting};
use crate::engine::{
    Action, Command, Effect, Event, Fault, FaultKind, Look, Notice, Refusal, Rollout, SourceDown, Status,
};
use crate::spec::{CheckedCanary, Timestamp};

/// A poll that takes longer than this is a gap, however long the interval.
const LOOK_TIMEOUT_MAX: Duration = Duration::from_secs(30);

/// A commit takes milliseconds; a journal that needs longer than this is down.
const JOURNAL_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause before a failed append is tried again: an outage ends in seconds or in minutes, not between.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// Entries that wait for the journal: an hour of a ten-second interval at four entries a look. Beyond it
/// new looks are still judged, but the oldest entries are no longer kept.
const ENTRIES_WAITING_MAX: usize = 1440;

/// Workload changes are waited for this long: a large Deployment rolls within it.
const WORKLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// A delivery that takes longer is given up; it must not keep a shutdown waiting.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(10);

/// What others tell a runner.
pub(super) enum Message {
    /// A command, and where its answer goes.
    Command(Command, oneshot::Sender<Result<(), Refusal>>),
    /// Something happened to the Canary or its workload.
    Event(Event),
    /// Take one last look, now, and say where the rollout stands.
    Settle(oneshot::Sender<Status>),
}

/// What a task at the side brought.
enum Answer {
    Look(Look),
    Event(Event),
}

/// Entries and effects that belong together.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    effects: Vec<(u64, Effect)>,
}

struct Write {
    is_lowering: bool,
    event: BoxFuture<'static, Event>,
}

pub(super) struct Runner {
    ports: Ports,
    canary: Arc<CheckedCanary>,
    rollout: Rollout,
    counting: Counting,
    next_sequence: u64,
    write: Option<Write>,
    answers: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// Waits for the journal.
    waiting: Batch,
    /// Under way to the journal.
    journalling: Option<(Batch, BoxFuture<'static, Result<(), JournalError>>)>,
    journal_retry_at: Option<Timestamp>,
    status: watch::Sender<Status>,
    progress: broadcast::Sender<Arc<Progress>>,
    deliveries: TaskTracker,
}

impl Runner {
    /// A runner for a rollout that starts now.
    pub(super) fn start(driver: &Driver, id: String, canary: CheckedCanary, revision: String) -> Self {
        let now = driver.ports.clock.now();
        let (rollout, effects) = Rollout::start(id, canary.clone(), revision.clone(), now);
        let stored = Stored {
            rollout,
            counting: Counting::default(),
            next_sequence: 0,
        };
        let mut runner = Self::new(driver, stored);
        let started = Input::Started {
            canary: Box::new(canary),
            revision,
            judge_version: judge::VERSION,
        };
        runner.record(started, effects, now);
        runner
    }

    /// A runner that goes on where the journal ends.
    pub(super) fn resume(driver: &Driver, stored: Stored) -> Self {
        let mut runner = Self::new(driver, stored);
        runner.tell(Event::Restarted);
        runner
    }

    fn new(driver: &Driver, stored: Stored) -> Self {
        let Stored {
            rollout,
            counting,
            next_sequence,
        } = stored;
        let status = watch::Sender::new(rollout.status(driver.ports.clock.now()));
        Self {
            ports: driver.ports.clone(),
            canary: Arc::new(rollout.canary().clone()),
            rollout,
            counting,
            next_sequence,
            write: None,
            answers: FuturesUnordered::new(),
            waiting: Batch::default(),
            journalling: None,
            journal_retry_at: None,
            status,
            progress: driver.progress.clone(),
            deliveries: driver.deliveries.clone(),
        }
    }

    /// Where the rollout stands, now and later.
    pub(super) fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Runs until `stop`. A rollout that has ended stays to answer, and to take a last look when asked.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Message>, stop: CancellationToken) {
        loop {
            self.begin_journalling();
            let wake_at = [self.rollout.next_wakeup(), self.journal_retry_at]
                .into_iter()
                .flatten()
                .min();
            let clock = Arc::clone(&self.ports.clock);
            tokio::select! {
                biased;
                () = stop.cancelled(), if self.is_at_rest() => return,
                message = inbox.recv() => match message {
                    Some(message) => self.hear(message).await,
                    None => return,
                },
                event = written(&mut self.write) => {
                    self.write = None;
                    self.tell(event);
                }
                result = journalled(&mut self.journalling) => self.journalled(result),
                Some(answer) = self.answers.next() => match answer {
                    Answer::Event(event) => {
                        self.tell(event);
                    }
                    Answer::Look(look) => self.look(look),
                },
                () = sleep_until(&*clock, wake_at) => {
                    self.journal_retry_at = None;
                    self.tell(Event::Wake);
                }
            }
        }
    }

    /// Whether stopping now loses nothing: a write or a commit under way is waited for (both are bounded).
    fn is_at_rest(&self) -> bool {
        self.write.is_none() && self.journalling.is_none()
    }

    async fn hear(&mut self, message: Message) {
        match message {
            Message::Command(command, reply) => {
                let refusal = self.tell(Event::Command(command));
                // Whoever asked may have stopped waiting; the command counts all the same.
                let _ = reply.send(refusal.map_or(Ok(()), Err));
            }
            Message::Event(event) => {
                self.tell(event);
            }
            Message::Settle(reply) => {
                let look = look(self.ports.clone(), Arc::clone(&self.canary)).await;
                self.look(look);
                let _ = reply.send(self.rollout.status(self.ports.clock.now()));
            }
        }
    }

    fn look(&mut self, look: Look) {
        let counts = self.counting.take(look);
        self.tell(Event::Look(counts));
    }

    /// Hands an event to the engine and its effects to the world. Gives the refusal, if there was one.
    fn tell(&mut self, event: Event) -> Option<Refusal> {
        let now = self.ports.clock.now();
        let effects = self.rollout.handle(event.clone(), now);
        self.record(Input::Event(event), effects, now)
    }

    fn record(&mut self, input: Input, effects: Vec<Effect>, now: Timestamp) -> Option<Refusal> {
        let looked = matches!(input, Input::Event(Event::Look(_)));
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let mut refusal = None;
        let mut notices = Vec::new();
        for effect in &effects {
            match effect {
                Effect::Lower(lower) => self.lower(lower.clone()),
                Effect::Poll => self.poll(),
                Effect::Refuse(refused) => refusal = Some(refused.clone()),
                other => {
                    if let Effect::Notify(notice) = other {
                        notices.push(notice.clone());
                    }
                    self.waiting.effects.push((sequence, other.clone()));
                }
            }
        }
        log(&self.rollout, &effects);
        if self.waiting.entries.len() >= ENTRIES_WAITING_MAX {
            self.waiting.entries.remove(0);
            tracing::error!(
                rollout.id = self.rollout.id(),
                "the journal is down and its queue is full; an entry is lost"
            );
        }
        self.waiting.entries.push(Entry {
            rollout: self.rollout.id().to_owned(),
            sequence,
            at: now,
            input,
            effects,
        });
        let status = self.rollout.status(now);
        self.status.send_replace(status.clone());
        // Nobody listening is fine.
        let _ = self.progress.send(Arc::new(Progress {
            at: now,
            looked,
            notices,
            status,
        }));
        refusal
    }

    /// Everything that is under way to raise is void; what lowers begins at once.
    fn lower(&mut self, lower: crate::engine::Lower) {
        let is_raise = |effect: &Effect| matches!(effect, Effect::Raise(_));
        self.waiting.effects.retain(|(_, effect)| !is_raise(effect));
        if let Some((batch, _)) = &mut self.journalling {
            batch.effects.retain(|(_, effect)| !is_raise(effect));
        }
        let (ports, canary, id) = self.context();
        let event = Box::pin(async move { execute::lower(&ports, &canary, &id, &lower).await });
        self.write = Some(Write {
            is_lowering: true,
            event,
        });
    }

    fn poll(&mut self) {
        let (ports, canary, _) = self.context();
        self.answers.push(Box::pin(async move {
            match execute::read(&ports, &canary).await {
                Ok(state) => Answer::Event(Event::Traffic(state)),
                Err(fault) => Answer::Event(Event::TrafficUnread(fault)),
            }
        }));
        let (ports, canary, _) = self.context();
        self.answers.push(Box::pin(async move {
            let bound = look_timeout(&canary);
            Answer::Event(match timeout(bound, ports.workloads.observe(&canary)).await {
                Ok(Ok(state)) => Event::Workload(state),
                Ok(Err(error)) => Event::WorkloadUnseen(error.to_string()),
                Err(_) => Event::WorkloadUnseen(format!("no answer within {} s", bound.as_secs_f64())),
            })
        }));
        let (ports, canary, _) = self.context();
        self.answers
            .push(Box::pin(async move { Answer::Look(look(ports, canary).await) }));
    }

    fn begin_journalling(&mut self) {
        let lowering = self.write.as_ref().is_some_and(|write| write.is_lowering);
        let blocked = lowering || self.journalling.is_some() || self.journal_retry_at.is_some();
        if blocked || self.waiting.entries.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.waiting);
        let entries = batch.entries.clone();
        let state = Stored {
            rollout: self.rollout.clone(),
            counting: self.counting.clone(),
            next_sequence: self.next_sequence,
        };
        let journal = Arc::clone(&self.ports.journal);
        let append = Box::pin(async move {
            timeout(JOURNAL_TIMEOUT, journal.append(&entries, &state))
                .await
                .unwrap_or_else(|_| {
                    Err(JournalError {
                        reason: format!("no answer within {} s", JOURNAL_TIMEOUT.as_secs()),
                    })
                })
        });
        self.journalling = Some((batch, append));
    }

    fn journalled(&mut self, result: Result<(), JournalError>) {
        let Some((mut batch, _)) = self.journalling.take() else {
            return;
        };
        match result {
            Ok(()) => {
                for (sequence, effect) in batch.effects {
                    self.execute(sequence, effect);
                }
            }
            Err(error) => {
                tracing::error!(rollout.id = self.rollout.id(), %error, "not journalled; no raise until it is");
                self.journal_retry_at = Some(self.ports.clock.now() + JOURNAL_RETRY);
                let raise_lost = batch
                    .effects
                    .iter()
                    .any(|(_, effect)| matches!(effect, Effect::Raise(_)));
                batch
                    .effects
                    .retain(|(_, effect)| !matches!(effect, Effect::Raise(_)));
                batch.entries.append(&mut self.waiting.entries);
                batch.effects.append(&mut self.waiting.effects);
                self.waiting = batch;
                if raise_lost {
                    let reason = error.to_string();
                    self.tell(Event::NotWritten(Fault {
                        kind: FaultKind::NotJournalled,
                        reason,
                    }));
                }
            }
        }
    }

    /// Carries out an effect whose entry is journalled.
    fn execute(&mut self, sequence: u64, effect: Effect) {
        let (ports, canary, id) = self.context();
        match effect {
            Effect::Raise(raise) => {
                let event = Box::pin(async move { execute::raise(&ports, &canary, &id, &raise).await });
                self.write = Some(Write {
                    is_lowering: false,
                    event,
                });
            }
            Effect::ReadHistory => self.answers.push(Box::pin(async move {
                let now = ports.clock.now();
                let history = timeout(LOOK_TIMEOUT_MAX, ports.metric_source.history(&canary, now)).await;
                let unknown = || vec![None; canary.analysis.metrics.len()];
                Answer::Event(Event::History(history.unwrap_or_else(|_| unknown())))
            })),
            Effect::PromoteWorkload => self.answers.push(Box::pin(async move {
                Answer::Event(
                    match timeout(WORKLOAD_TIMEOUT, ports.workloads.promote(&canary)).await {
                        Ok(Ok(())) => Event::WorkloadPromoted,
                        Ok(Err(error)) => Event::WorkloadNotPromoted(error.to_string()),
                        Err(_) => Event::WorkloadNotPromoted("it took too long".to_owned()),
                    },
                )
            })),
            Effect::RestoreWorkload => {
                self.deliveries.spawn(async move {
                    let restored = timeout(WORKLOAD_TIMEOUT, ports.workloads.restore(&canary)).await;
                    if !matches!(restored, Ok(Ok(()))) {
                        tracing::error!(
                            rollout.id = id,
                            "the stable workload was not put back: {restored:?}"
                        );
                    }
                });
            }
            Effect::ScaleDownCanary => {
                self.deliveries.spawn(async move {
                    let scaled = timeout(WORKLOAD_TIMEOUT, ports.workloads.scale_down(&canary)).await;
                    if !matches!(scaled, Ok(Ok(()))) {
                        tracing::warn!(rollout.id = id, "the canary was not scaled down: {scaled:?}");
                    }
                });
            }
            Effect::Notify(notice) => {
                let key = format!("{id}/{sequence}");
                self.deliveries.spawn(async move {
                    let delivery = ports.notifier.notify(&canary, &key, &notice);
                    if timeout(NOTIFY_TIMEOUT, delivery).await.is_err() {
                        tracing::warn!(
                            rollout.id = id,
                            notice.key = key,
                            "a delivery took too long and was given up"
                        );
                    }
                });
            }
            // Carried out when it was asked for; it does not wait for the journal.
            Effect::Poll | Effect::Lower(_) | Effect::Refuse(_) => {}
        }
    }

    fn context(&self) -> (Ports, Arc<CheckedCanary>, String) {
        (
            self.ports.clone(),
            Arc::clone(&self.canary),
            self.rollout.id().to_owned(),
        )
    }
}

/// One poll, bounded in time; a source that does not answer is down.
async fn look(ports: Ports, canary: Arc<CheckedCanary>) -> Look {
    let taken_at = ports.clock.now();
    let bound = look_timeout(&canary);
    timeout(bound, ports.metric_source.look(&canary, taken_at))
        .await
        .unwrap_or_else(|_| {
            let reason = format!(
                "the metric source did not answer within {} s",
                bound.as_secs_f64()
            );
            Look {
                taken_at,
                readings: Err(SourceDown { reason }),
            }
        })
}

fn look_timeout(canary: &CheckedCanary) -> Duration {
    canary.analysis.interval.min(LOOK_TIMEOUT_MAX)
}

async fn written(write: &mut Option<Write>) -> Event {
    match write {
        Some(write) => (&mut write.event).await,
        None => std::future::pending().await,
    }
}

async fn journalled(
    journalling: &mut Option<(Batch, BoxFuture<'static, Result<(), JournalError>>)>,
) -> Result<(), JournalError> {
    match journalling {
        Some((_, append)) => append.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(clock: &dyn super::ports::Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Every decision, once, with its reasons.
fn log(rollout: &Rollout, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Raise(raise) => tracing::info!(
                rollout.id = rollout.id(),
                weight.from = raise.from,
                weight.to = raise.to,
                leave = ?raise.leave,
                "raising the canary"
            ),
            Effect::Lower(lower) => tracing::info!(
                rollout.id = rollout.id(),
                weight.to = lower.to,
                abort = lower.abort,
                "lowering the canary"
            ),
            Effect::Notify(Notice { text, .. }) => tracing::info!(rollout.id = rollout.id(), "{text}"),
            Effect::Refuse(Refusal { action, reason }) => {
                tracing::info!(rollout.id = rollout.id(), action = ?action as &Action, "refused: {reason}");
            }
            _ => {}
        }
    }
}
