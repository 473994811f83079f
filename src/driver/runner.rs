//! One rollout's loop: event → engine → journal → port → event.
//!
//! Nothing in it waits for anything but its own next input: reads, writes, the journal and deliveries are all
//! under way at the side, so that a source that hangs delays no command and a journal that hangs delays no
//! lowering. What the engine wants done is done in `effects.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::clearing::Clearing;
use super::commits::{Commits, Reply};
use super::hooks::HookCalls;
use super::log::RouteTrouble;
use super::polls::{Answer, Polls, Settler};
use super::ports::Clock;
use super::record::{Asked, Input, Stored};
use super::scene::Scene;
use super::standing::{Board, Standing};
use super::under_way::UnderWay;
use super::write::Write;
use super::{Shared, later_clock};
use crate::engine::judge::{self, counting::Counting};
use crate::engine::{Change, Command, Event, Refusal};
use crate::spec::{CheckedCanary, Timestamp};

/// Least pause between two wake-ups: a wake-up time that lies in the past costs a few events, never a core.
const WAKE_PAUSE: Duration = Duration::from_millis(100);

/// What others tell a runner. Small: every inbox has room for dozens from its first day.
pub(super) enum Message {
    /// A command, and where its answer goes.
    Command(Box<Command>, Reply),
    /// Something happened to the Canary or its workload.
    Event(Box<Event>),
    /// Take one last look, now, and say where the rollout stands.
    Settle(Settler),
}

/// A rollout and everything that is under way for it. It runs from a box: a task would hold it several times otherwise, in each place that
/// it moves through.
pub(super) struct Runner {
    pub(super) scene: Arc<Scene>,
    pub(super) shared: Shared,
    pub(super) board: Board,
    /// The rollout as it stands: what the next commit stores. Shared with the commit under way; what happens meanwhile happens to a
    /// copy.
    pub(super) state: Arc<Stored>,
    pub(super) write: Write,
    pub(super) promotion: UnderWay<Event>,
    pub(super) clearing: Clearing,
    pub(super) hooks: HookCalls,
    pub(super) polls: Polls,
    pub(super) commits: Commits,
    pub(super) route_trouble: RouteTrouble,
    /// Nothing new begins any more.
    pub(super) is_stopping: bool,
    woken_at: Timestamp,
}

impl Runner {
    /// A runner for a rollout that starts now.
    pub(super) fn start(
        shared: Shared,
        id: String,
        canary: CheckedCanary,
        change: Change,
        asked: Option<Asked>,
    ) -> Self {
        let now = shared.ports.clock.now();
        let template = asked.as_ref().and_then(|asked| asked.seen.as_ref());
        let started = Input::Started {
            canary: Box::new(canary),
            revision: change.to,
            from: change.from,
            template: template.map(|seen| seen.revision.clone()),
            judge_version: judge::VERSION,
            is_confirmed: true,
            asked,
        };
        let (rollout, effects) = started.start(id, now).expect("it is a start");
        let stored = Stored {
            rollout,
            counting: Counting::default(),
            next_sequence: 0,
            at: now,
        };
        let mut runner = Self::new(shared, stored, None);
        runner.record(started, effects, now);
        runner
    }

    /// A runner that goes on where the journal ends, and shows itself on the `board` of the one before, if there was one.
    pub(super) fn resume(mut shared: Shared, stored: Stored, board: Option<Board>) -> Self {
        shared.ports.clock = later_clock::not_before(&shared.ports.clock, stored.at);
        let mut runner = Self::new(shared, stored, board);
        runner.tell(Event::Restarted);
        runner
    }

    /// A runner that tells a rollout of the past one thing more, and is to be wound down.
    pub(super) fn of_the_past(mut shared: Shared, stored: Stored, event: Event) -> Self {
        shared.ports.clock = later_clock::not_before(&shared.ports.clock, stored.at);
        let mut runner = Self::new(shared, stored, None);
        runner.tell(event);
        runner
    }

    fn new(shared: Shared, state: Stored, board: Option<Board>) -> Self {
        let scene = Scene {
            ports: shared.ports.clone(),
            canary: Arc::clone(state.rollout.canary()),
            rollout: state.rollout.id().to_owned(),
        };
        let new_board = || {
            let standing = Standing {
                status: Arc::new(state.rollout.status(state.at)),
                is_journalled: false,
                is_end_journalled: false,
                is_clear_journalled: false,
            };
            Board::new(standing, shared.progress.clone())
        };
        Self {
            scene: Arc::new(scene),
            commits: Commits::new(Arc::clone(&shared.counters)),
            board: board.unwrap_or_else(new_board),
            shared,
            state: Arc::new(state),
            write: Write::default(),
            promotion: UnderWay::default(),
            clearing: Clearing::default(),
            hooks: HookCalls::default(),
            polls: Polls::default(),
            route_trouble: RouteTrouble::default(),
            is_stopping: false,
            woken_at: Timestamp::default(),
        }
    }

    /// Runs until `stop`, or until nobody holds the other end of `inbox`; the latter drops everything where it
    /// stands, as a crash would. A rollout that has ended stays to answer, and to take a last look when asked.
    pub(super) async fn run(
        mut self: Box<Self>,
        inbox: &mut mpsc::Receiver<Message>,
        stop: &CancellationToken,
    ) {
        loop {
            self.commit();
            let clock = Arc::clone(&self.scene.ports.clock);
            let wake_at = self.wake_at();
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    self.hear_the_last(inbox);
                    return self.wind_down().await;
                }
                event = self.write.answer() => {
                    self.tell(event);
                }
                answer = self.commits.answer() => self.committed(answer),
                message = inbox.recv() => match message {
                    Some(message) => self.hear(message),
                    None => return,
                },
                event = self.promotion.answer() => {
                    self.tell(event);
                }
                event = self.clearing.answer() => {
                    self.tell(event);
                }
                event = self.hooks.answer() => {
                    self.tell(event);
                    // Those that came with it are in the journal with it. One a hook, so they are few.
                    while let Some(event) = self.hooks.answered() {
                        self.tell(event);
                    }
                }
                answer = self.polls.answer() => self.polled(answer),
                () = sleep_until(&*clock, wake_at) => self.wake(),
            }
        }
    }

    /// What happened before it was stopped it is still told.
    fn hear_the_last(&mut self, inbox: &mut mpsc::Receiver<Message>) {
        self.is_stopping = true;
        while let Ok(message) = inbox.try_recv() {
            if let Message::Event(event) = message {
                self.tell(*event);
            }
        }
    }

    /// Waits for the write and the commit under way, both bounded, and has the journal take what came of them. An
    /// entry that the journal does not take now is lost; the state it had before is one that a restart goes on from.
    pub(super) async fn wind_down(mut self: Box<Self>) {
        self.is_stopping = true;
        self.commits.hurry();
        loop {
            self.commit();
            if !self.write.is_some() && self.commits.is_at_rest() {
                return;
            }
            tokio::select! {
                biased;
                event = self.write.answer() => {
                    self.tell(event);
                }
                answer = self.commits.answer() => self.committed(answer),
            }
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Command(command, reply) => match self.tell(Event::Command(*command)) {
                // Whoever asked may have stopped waiting; nothing hangs on the answer.
                Some(refusal) => drop(reply.send(Err(refusal.into()))),
                None => self.commits.confirm(reply),
            },
            Message::Event(event) => {
                self.tell(*event);
            }
            Message::Settle(settler) => self.polls.settle(settler, &self.scene),
        }
    }

    fn polled(&mut self, answer: Answer) {
        match answer {
            Answer::Event(event) => {
                self.tell(event);
            }
            Answer::Look(look, settlers) => {
                let counts = self.state().counting.take(look);
                self.tell(Event::Look(counts));
                for settler in settlers {
                    drop(settler.send(self.state.rollout.status(self.state.at)));
                }
                self.polls.look_again(&self.scene);
            }
        }
    }

    /// When there is something to do though nothing is answered. While a lowering is written the journal waits, and so
    /// does its next try.
    fn wake_at(&self) -> Option<Timestamp> {
        let engine = self.state.rollout.next_wakeup();
        let engine = engine.map(|at| at.max(self.woken_at + WAKE_PAUSE));
        let journal = self.commits.retry_at().filter(|_| !self.write.is_lowering());
        [engine, journal].into_iter().flatten().min()
    }

    fn wake(&mut self) {
        let now = self.scene.ports.clock.now();
        if self.state.rollout.next_wakeup().is_some_and(|at| at <= now) {
            self.woken_at = now;
            self.tell(Event::Wake);
        }
    }

    /// The state, to be changed.
    pub(super) fn state(&mut self) -> &mut Stored {
        Arc::make_mut(&mut self.state)
    }

    /// Hands an event to the engine and its effects to the world. Gives the refusal, if there was one.
    pub(super) fn tell(&mut self, event: Event) -> Option<Refusal> {
        let now = self.scene.ports.clock.now();
        let effects = self.state().rollout.handle(event.clone(), now);
        self.record(Input::Event(event), effects, now)
    }
}

async fn sleep_until(clock: &dyn Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
