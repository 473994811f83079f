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

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::commits::{self, Commits, Deferred, DueRaise, NotCommitted, Reply};
use super::error::CommandError;
use super::polls::{Answer, Polls, Settler};
use super::ports::Clock;
use super::record::{Entry, Input, Stored};
use super::scene::Scene;
use super::under_way::UnderWay;
use super::{Progress, Shared, deliver, execute, later_clock, log};
use crate::engine::judge::{self, counts::Counting};
use crate::engine::{Command, Effect, Event, Fault, FaultKind, Lower, Raise, Refusal, Rollout, Status};
use crate::spec::{CheckedCanary, Timestamp};

/// A look is young enough to raise by for this many intervals, as in the engine that decided so.
const LOOK_FRESH_INTERVALS: u32 = 2;

/// Least pause between two wake-ups: a wake-up time that lies in the past costs a few events, never a core.
const WAKE_PAUSE: Duration = Duration::from_millis(100);

/// What others tell a runner.
pub(super) enum Message {
    /// A command, and where its answer goes.
    Command(Command, Reply),
    /// Something happened to the Canary or its workload.
    Event(Event),
    /// Take one last look, now, and say where the rollout stands.
    Settle(Settler),
}

/// Where a rollout stands, for those outside its loop.
pub(super) struct Standing {
    pub(super) status: Status,
    /// Whether the journal knows it all.
    pub(super) is_journalled: bool,
}

pub(super) struct Runner {
    scene: Arc<Scene>,
    shared: Shared,
    rollout: Rollout,
    counting: Counting,
    next_sequence: u64,
    /// The time of the newest entry.
    told_at: Timestamp,
    woken_at: Timestamp,
    write: UnderWay<Event>,
    /// Whether the write under way is a lowering.
    is_lowering: bool,
    promotion: UnderWay<Event>,
    polls: Polls,
    commits: Commits,
    standing: watch::Sender<Standing>,
    /// Nothing new begins any more.
    is_stopping: bool,
}

impl Runner {
    /// A runner for a rollout that starts now.
    pub(super) fn start(shared: Shared, id: String, canary: CheckedCanary, revision: String) -> Self {
        let now = shared.ports.clock.now();
        let (rollout, effects) = Rollout::start(id, canary.clone(), revision.clone(), now);
        let stored = Stored {
            rollout,
            counting: Counting::default(),
            next_sequence: 0,
            at: now,
        };
        let mut runner = Self::new(shared, stored);
        let started = Input::Started {
            canary: Box::new(canary),
            revision,
            judge_version: judge::VERSION,
        };
        runner.record(started, effects, now);
        runner
    }

    /// A runner that goes on where the journal ends.
    pub(super) fn resume(mut shared: Shared, stored: Stored) -> Self {
        shared.ports.clock = later_clock::not_before(&shared.ports.clock, stored.at);
        let mut runner = Self::new(shared, stored);
        runner.tell(Event::Restarted);
        runner
    }

    fn new(shared: Shared, stored: Stored) -> Self {
        let Stored {
            rollout,
            counting,
            next_sequence,
            at,
        } = stored;
        let scene = Scene {
            ports: shared.ports.clone(),
            canary: rollout.canary().clone(),
            rollout: rollout.id().to_owned(),
        };
        let standing = Standing {
            status: rollout.status(at),
            is_journalled: false,
        };
        Self {
            scene: Arc::new(scene),
            shared,
            rollout,
            counting,
            next_sequence,
            told_at: at,
            woken_at: Timestamp::default(),
            write: UnderWay::default(),
            is_lowering: false,
            promotion: UnderWay::default(),
            polls: Polls::default(),
            commits: Commits::default(),
            standing: watch::Sender::new(standing),
            is_stopping: false,
        }
    }

    /// Where the rollout stands, now and later.
    pub(super) fn watch(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Speaks through `standing` from now on: this loop goes on in the place of another.
    pub(super) fn in_place_of(mut self, standing: watch::Sender<Standing>) -> Self {
        self.standing = standing;
        self
    }

    pub(super) const fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) const fn scene(&self) -> &Arc<Scene> {
        &self.scene
    }

    /// What this loop speaks through.
    pub(super) const fn standing(&self) -> &watch::Sender<Standing> {
        &self.standing
    }

    /// Runs until `stop`, or until nobody holds the other end of `inbox`; the latter drops everything where it
    /// stands, as a crash would. A rollout that has ended stays to answer, and to take a last look when asked.
    pub(super) async fn run(mut self, inbox: &mut mpsc::Receiver<Message>, stop: &CancellationToken) {
        loop {
            self.commit();
            let clock = Arc::clone(&self.scene.ports.clock);
            let wake_at = self.wake_at();
            tokio::select! {
                biased;
                () = stop.cancelled() => return self.wind_down().await,
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
                answer = self.polls.answer() => self.polled(answer),
                () = sleep_until(&*clock, wake_at) => self.wake(),
            }
        }
    }

    /// Waits for the write and the commit under way, both bounded, and has the journal take what came of them. An
    /// entry that the journal does not take now is lost; the state it had before is one that a restart goes on from.
    async fn wind_down(mut self) {
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
            Message::Command(command, reply) => match self.tell(Event::Command(command)) {
                // Whoever asked may have stopped waiting; nothing hangs on the answer.
                Some(refusal) => drop(reply.send(Err(refusal.into()))),
                None => self.commits.confirm(reply),
            },
            Message::Event(event) => {
                self.tell(event);
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
                let counts = self.counting.take(look);
                self.tell(Event::Look(counts));
                for settler in settlers {
                    drop(settler.send(self.rollout.status(self.told_at)));
                }
                self.polls.look_again(&self.scene);
            }
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        let wake_up = self
            .rollout
            .next_wakeup()
            .map(|at| at.max(self.woken_at + WAKE_PAUSE));
        [wake_up, self.commits.retry_at()].into_iter().flatten().min()
    }

    fn wake(&mut self) {
        let now = self.scene.ports.clock.now();
        if self.rollout.next_wakeup().is_some_and(|at| at <= now) {
            self.woken_at = now;
            self.tell(Event::Wake);
        }
    }

    /// Hands an event to the engine and its effects to the world. Gives the refusal, if there was one.
    fn tell(&mut self, event: Event) -> Option<Refusal> {
        let now = self.scene.ports.clock.now();
        let effects = self.rollout.handle(event.clone(), now);
        self.record(Input::Event(event), effects, now)
    }

    fn record(&mut self, input: Input, effects: Vec<Effect>, now: Timestamp) -> Option<Refusal> {
        log::effects(&self.scene.rollout, &effects);
        let looked = matches!(input, Input::Event(Event::Look(_)));
        let status = self.rollout.status(now);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.told_at = now;
        self.commits.add(Entry {
            rollout: self.scene.rollout.clone(),
            sequence,
            at: now,
            input,
            effects: effects.clone(),
        });

        let mut refusal = None;
        let mut notices = Vec::new();
        for effect in effects {
            match effect {
                Effect::Lower(lower) => self.lower(lower),
                Effect::Poll if !self.is_stopping => self.polls.begin(&self.scene, self.write.is_some()),
                Effect::Poll => {}
                Effect::Refuse(refused) => refusal = Some(refused),
                Effect::Raise(raise) => self.commits.deferred().raise = Some(self.due(raise, &status)),
                Effect::Notify(notice) => {
                    let key = format!("{}/{sequence}/{}", self.scene.rollout, notices.len());
                    notices.push(notice.clone());
                    self.commits.deferred().news.push_back((key, notice));
                }
                other => self.commits.deferred().effects.push(other),
            }
        }

        self.standing.send_replace(Standing {
            status: status.clone(),
            is_journalled: false,
        });
        // Nobody listening is fine.
        let _ = self.shared.progress.send(Arc::new(Progress {
            at: now,
            looked,
            notices,
            status,
        }));
        refusal
    }

    fn due(&self, raise: Raise, status: &Status) -> DueRaise {
        let fresh = self.scene.canary.analysis.interval * LOOK_FRESH_INTERVALS;
        let not_after = status
            .looked_at
            .map_or(self.told_at, |looked_at| looked_at + fresh);
        DueRaise { raise, not_after }
    }

    /// Everything that is under way to raise is void; what lowers begins at once.
    fn lower(&mut self, lower: Lower) {
        self.commits.make_void(lower.abort);
        if lower.abort {
            self.promotion.give_up();
        }
        self.polls.give_up_route();
        self.is_lowering = true;
        let scene = Arc::clone(&self.scene);
        self.write
            .begin(async move { execute::lower(&scene, &lower).await });
    }

    fn commit(&mut self) {
        if self.write.is_some() && self.is_lowering {
            return;
        }
        let now = self.scene.ports.clock.now();
        self.commits.begin(&self.scene.ports.journal, now, || Stored {
            rollout: self.rollout.clone(),
            counting: self.counting.clone(),
            next_sequence: self.next_sequence,
            at: self.told_at,
        });
    }

    fn committed(&mut self, answer: commits::Answer) {
        match self.commits.take(answer, self.scene.ports.clock.now()) {
            Ok(deferred) => {
                let is_journalled = self.commits.is_empty();
                self.standing
                    .send_modify(|standing| standing.is_journalled = is_journalled);
                self.carry_out(deferred);
            }
            Err(failed) => self.not_committed(failed),
        }
    }

    fn not_committed(&mut self, failed: NotCommitted) {
        let NotCommitted {
            error,
            raise_is_void,
            replies,
        } = failed;
        tracing::error!(rollout.id = self.scene.rollout, %error, "not journalled; no raise until it is");
        for reply in replies {
            drop(reply.send(Err(CommandError::NotJournalled {
                id: self.scene.rollout.clone(),
                reason: error.reason.clone(),
            })));
        }
        if raise_is_void {
            self.tell(Event::NotWritten(Fault {
                kind: FaultKind::NotJournalled,
                reason: error.to_string(),
            }));
        }
    }

    /// Carries out what is journalled now.
    fn carry_out(&mut self, deferred: Deferred) {
        for reply in deferred.replies {
            drop(reply.send(Ok(())));
        }
        if let Some(DueRaise { raise, not_after }) = deferred.raise.filter(|_| !self.is_stopping) {
            self.polls.give_up_route();
            self.is_lowering = false;
            let scene = Arc::clone(&self.scene);
            self.write
                .begin(async move { execute::raise(&scene, &raise, not_after).await });
        }
        let deliveries = &self.shared.deliveries;
        for (key, notice) in deferred.news {
            deliveries.spawn(deliver::notify(Arc::clone(&self.scene), key, notice));
        }
        for effect in deferred.effects {
            let scene = Arc::clone(&self.scene);
            match effect {
                Effect::RestoreWorkload => drop(deliveries.spawn(deliver::restore(scene))),
                Effect::ScaleDownCanary => drop(deliveries.spawn(deliver::scale_down(scene))),
                Effect::ReadHistory if !self.is_stopping => self.polls.read_history(&scene),
                Effect::PromoteWorkload if !self.is_stopping => self.promotion.begin(deliver::promote(scene)),
                Effect::ReadHistory | Effect::PromoteWorkload => {}
                // Carried out when they were asked for, or above.
                Effect::Poll
                | Effect::Lower(_)
                | Effect::Refuse(_)
                | Effect::Raise(_)
                | Effect::Notify(_) => {}
            }
        }
    }
}

async fn sleep_until(clock: &dyn Clock, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
