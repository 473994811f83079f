//! The outside of one rollout: an object with epochs and marks, writes that get lost, people, and time.

use serin::engine::{
    Action, Command, Effect, Event, Fault, FaultKind, HookCall, HookOutcome, MetricPast, Phase, Rollout,
    TrafficState, TrafficWrite, Trail, Undone, WorkloadState,
};
use serin::spec::{CheckedCanary, Mode, Timestamp};

use super::dice::Dice;
use super::oracle::Oracle;
use super::reached::Reached;
use super::turn::{Answer, First, Foreign, Lost, Pods, Restart, RouteRead, Told, Turn, Wait};
use crate::engine::object::{Object, fault, wish};
use crate::engine::scenario::answer;
use crate::engine::served::Poll;

const START: Timestamp = Timestamp(1_700_000_000_000);
const ID: &str = "shop-1";

/// Every lowering is tried again within two seconds; a quiet world needs no more wake-ups than this to see it, one for stable and one
/// for the canary's replicas among them.
const QUIET_WAKES: usize = 6;

/// A raise, the fence after it, and what a look at either may bring: more writes than these at one time are a loop.
const ANSWERS_MAX: usize = 5;

/// What is broken, in words.
pub(super) type Broken = String;

/// One rollout, its outside, and who watches.
pub(super) struct World {
    rollout: Rollout,
    /// The same rollout, from the start or as it was written and read at some time: it must do the same.
    twin: Option<Rollout>,
    oracle: Oracle,
    /// Whether the process will end before it has journalled the lowering that it asks for.
    forgets: bool,
    /// Before the newest lowering was asked for: what the journal has then.
    journalled: Option<(Rollout, Oracle)>,
    object: Object,
    now: Timestamp,
    asked: Option<Effect>,
    late: Option<(TrafficState, TrafficWrite)>,
    polled: Option<Timestamp>,
    route_due: bool,
    pods_due: bool,
    history_due: bool,
    promotion_due: bool,
    restore_due: bool,
    scale_down_due: bool,
    /// Calls that were not answered yet, of a process that is gone too.
    called: Vec<HookCall>,
    /// The weight of our newest write, or less where it asks for less by now.
    given: Option<u8>,
    /// Somebody else left the canary with less than that, and nobody resumed since.
    lowered_by_others: bool,
    pub(super) reached: Reached,
}

impl World {
    /// A rollout that starts.
    pub(super) fn start(canary: CheckedCanary, resting_at: u8, with_twin: bool) -> Result<Self, Broken> {
        let (mut rollout, effects) = Rollout::start(ID.into(), canary, "v2".into(), START);
        rollout.confirm_rollback();
        let mut oracle = Oracle::new(START);
        oracle.started(&rollout, &effects)?;
        let mut world = Self {
            twin: with_twin.then(|| rollout.clone()),
            rollout,
            oracle,
            forgets: false,
            journalled: None,
            object: Object::resting_at(resting_at),
            now: START,
            asked: None,
            late: None,
            polled: None,
            route_due: false,
            pods_due: false,
            history_due: false,
            promotion_due: false,
            restore_due: false,
            scale_down_due: false,
            called: Vec::new(),
            given: None,
            lowered_by_others: false,
            reached: Reached::default(),
        };
        world.take(effects)?;
        Ok(world)
    }

    /// From now on a twin that was written and read is told the same.
    pub(super) fn read_twin(&mut self) -> Result<(), Broken> {
        let text = serde_json::to_string(&self.rollout).map_err(|error| error.to_string())?;
        let twin: Rollout = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if twin != self.rollout {
            return Err("a rollout that was written and read is another".into());
        }
        self.twin = Some(twin);
        Ok(())
    }

    /// One turn.
    pub(super) fn play(&mut self, turn: &Turn) -> Result<(), Broken> {
        if turn.late_write_lands
            && let Some((seen, write)) = self.late.take()
        {
            // What comes of it nobody is told.
            let _ = self.commit(&seen, &write)?;
        }
        if let Some(foreign) = turn.foreign {
            self.meddle(foreign);
        }
        self.answer_hooks()?;
        self.forgets = turn.restart == Some(Restart::Unjournalled);
        // What is asked for in the turn in which the process ends is not answered any more.
        let writes = if turn.restart.is_some() {
            Answer::Hanging
        } else {
            turn.writes
        };
        if let Some(told) = turn.told {
            self.tell_of(told)?;
        }
        self.answer(writes)?;
        self.pass(turn.wait)?;
        self.answer(writes)?;
        let late = matches!(turn.route, RouteRead::Late).then(|| self.object.state());
        let orders = match turn.first {
            First::Look => [First::Look, First::Route, First::Pods],
            First::Route => [First::Route, First::Pods, First::Look],
            First::Pods => [First::Pods, First::Look, First::Route],
        };
        for order in orders {
            match order {
                First::Look => self.look(turn.look)?,
                First::Route => self.read_route(turn.route)?,
                First::Pods => self.see_pods(turn.pods)?,
            }
            self.answer(writes)?;
        }
        if let Some(state) = late.filter(|_| self.route_due) {
            self.route_due = false;
            self.tell(Event::Traffic(state))?;
        }
        if self.history_due {
            self.history_due = false;
            let metrics = self.rollout.canary().analysis.metrics.len();
            self.tell(Event::History(vec![MetricPast::Unknown("none".into()); metrics]))?;
        }
        if let Some(promoted) = turn.promoted.filter(|_| self.promotion_due) {
            self.promotion_due = false;
            self.tell(if promoted {
                Event::WorkloadPromoted
            } else {
                Event::WorkloadNotPromoted("not ready".into())
            })?;
        }
        if let Some(done) = turn.cleared.filter(|_| std::mem::take(&mut self.restore_due)) {
            self.tell(if done {
                Event::WorkloadRestored
            } else {
                Event::WorkloadNotRestored(undone())
            })?;
        }
        if let Some(done) = turn.cleared.filter(|_| std::mem::take(&mut self.scale_down_due)) {
            self.tell(if done {
                Event::CanaryScaledDown
            } else {
                Event::CanaryNotScaledDown(undone())
            })?;
        }
        self.answer(writes)?;
        match turn.restart {
            Some(restart) => self.restart(restart, turn.writes),
            None => Ok(()),
        }
    }

    /// The world calms down: a rollback that was decided comes to its end.
    pub(super) fn end(&mut self) -> Result<(), Broken> {
        let aborting = self.rollout.phase() == Phase::Aborting;
        for _ in 0..QUIET_WAKES {
            self.answer(Answer::Made)?;
            if let Some(at) = self.rollout.next_wakeup() {
                self.now = at;
                self.tell(Event::Wake)?;
            }
        }
        if aborting {
            if !self.rollout.phase().is_final() {
                return Err("a rollback does not end though every write is made".into());
            }
            if self.object.weight > 0 || !self.object.state().is_aborted(ID) {
                return Err(format!("a rollback has ended at {:?}", self.object));
            }
        }
        match &self.twin {
            Some(twin) if *twin != self.rollout => Err("the same events gave another state".into()),
            _ => Ok(()),
        }
    }

    fn meddle(&mut self, foreign: Foreign) {
        let before = self.object.weight;
        match foreign {
            Foreign::Weight(weight) => self.object.edit(|object| object.weight = weight),
            Foreign::Replace(weight) => self.object.replace(weight),
            Foreign::TakeOver(weight) => self.object.edit(|object| {
                object.weight = weight;
                object.epoch += 3;
                object.rollout = Some("shop-2".into());
            }),
            Foreign::OtherRoute(is_there) => self.object.edit(|object| object.other_routes = is_there),
        }
        if self.object.weight != before {
            self.lowered_by_others = self.given.is_some_and(|given| self.object.weight < given);
        }
    }

    fn tell_of(&mut self, told: Told) -> Result<(), Broken> {
        let event = match told {
            Told::Command(action) => Event::Command(Command {
                action,
                by: "ada".into(),
                reason: String::new(),
                trail: Trail::default(),
            }),
            Told::SpecChanged => Event::SpecChanged,
            Told::SpecRestored => Event::SpecRestored,
            Told::RevisionChanged => Event::RevisionChanged("v3".into()),
            Told::Deleted => Event::Deleted,
        };
        self.tell(event)
    }

    /// The process is gone, with every answer that it waited for; what it wrote may have been made.
    fn restart(&mut self, restart: Restart, writes: Answer) -> Result<(), Broken> {
        let is_lowering = matches!(self.asked, Some(Effect::Lower(_)));
        if let Some(effect) = self.asked.take() {
            let lost = match writes {
                Answer::Lost(lost) => lost,
                Answer::Made => Lost::Made,
                Answer::NotMade(_) | Answer::Hanging => Lost::Later,
            };
            self.lose(&effect, lost)?;
        }
        let unjournalled = restart == Restart::Unjournalled && is_lowering;
        let journalled = self.journalled.take().filter(|_| unjournalled);
        self.reached.add(
            "restart",
            if journalled.is_some() {
                "unjournalled"
            } else {
                "journalled"
            },
        );
        if let Some((rollout, oracle)) = journalled {
            self.rollout = rollout;
            self.oracle = oracle;
            self.twin = None;
            // What was not journalled was not called.
            self.called.clear();
        }
        self.polled = None;
        self.route_due = false;
        self.pods_due = false;
        self.history_due = false;
        self.promotion_due = false;
        self.restore_due = false;
        self.scale_down_due = false;
        self.tell(Event::Restarted)
    }

    /// Time passes, and the rollout is woken whenever it asked to be.
    fn pass(&mut self, wait: Wait) -> Result<(), Broken> {
        let until = match wait {
            Wait::Interval => self.now.next_multiple_of(self.rollout.canary().analysis.interval),
            Wait::Short(time) | Wait::Long(time) => self.now + time,
        };
        while let Some(at) = self.rollout.next_wakeup().filter(|at| *at <= until) {
            self.now = at;
            self.tell(Event::Wake)?;
        }
        self.now = until;
        Ok(())
    }

    fn look(&mut self, poll: Option<Poll>) -> Result<(), Broken> {
        let Some((poll, taken_at)) = poll.zip(self.polled) else {
            return Ok(());
        };
        self.polled = None;
        let counts = poll.counts(self.rollout.canary(), self.object.weight, taken_at);
        self.tell(Event::Look(counts))
    }

    fn read_route(&mut self, read: RouteRead) -> Result<(), Broken> {
        let event = match read {
            RouteRead::Fresh => Event::Traffic(self.object.state()),
            RouteRead::Unread => Event::TrafficUnread(fault(FaultKind::Unreachable)),
            RouteRead::Late | RouteRead::Hanging => return Ok(()),
        };
        if std::mem::take(&mut self.route_due) {
            self.tell(event)
        } else {
            Ok(())
        }
    }

    fn see_pods(&mut self, pods: Pods) -> Result<(), Broken> {
        let ready = |canary_ready, canary_failing| {
            Event::Workload(WorkloadState {
                stable_replicas: 10,
                canary_ready,
                canary_reason: None,
                canary_failing,
                canary_revision: Some("one".into()),
                scaling: None,
            })
        };
        let event = match pods {
            Pods::Ready(pods) => ready(pods, None),
            Pods::Failing => ready(10, Some("CrashLoopBackOff".into())),
            Pods::Unseen => Event::WorkloadUnseen("forbidden".into()),
            Pods::Hanging => return Ok(()),
        };
        if std::mem::take(&mut self.pods_due) {
            self.tell(event)
        } else {
            Ok(())
        }
    }

    /// Answers the write under way, and what is written because of the answer.
    fn answer(&mut self, answer: Answer) -> Result<(), Broken> {
        if answer == Answer::Hanging {
            return Ok(());
        }
        for _ in 0..ANSWERS_MAX {
            let Some(effect) = self.asked.take() else {
                return Ok(());
            };
            let event = match answer {
                Answer::Made => match self.make(&effect)? {
                    Ok(state) => {
                        self.given = Some(state.canary_weight);
                        Event::Wrote(state)
                    }
                    Err(fault) => Event::NotWritten(fault),
                },
                Answer::NotMade(kind) => Event::NotWritten(fault(kind)),
                Answer::Lost(lost) => {
                    self.lose(&effect, lost)?;
                    Event::NotWritten(fault(FaultKind::Unknown))
                }
                Answer::Hanging => return Ok(()),
            };
            self.tell(event)?;
        }
        Err("it writes again and again without a pause".into())
    }

    /// Answers the calls; how, follows from their keys. Some are answered a turn later, or not before another process goes on.
    fn answer_hooks(&mut self) -> Result<(), Broken> {
        for call in std::mem::take(&mut self.called) {
            let sum: u64 = call.key.bytes().map(u64::from).sum();
            let mut dice = Dice::new(sum + self.now.0);
            if dice.percent(15) {
                self.called.push(call);
                continue;
            }
            let outcome = match dice.below(20) {
                0 => HookOutcome::NotCalled,
                1..=6 => HookOutcome::Failed,
                _ => HookOutcome::Passed,
            };
            self.tell(answer(&call, outcome))?;
        }
        Ok(())
    }

    /// A read and a write on it.
    fn make(&mut self, effect: &Effect) -> Result<Result<TrafficState, Fault>, Broken> {
        let seen = self.object.state();
        match wish(effect, &seen, ID) {
            Ok(Some(write)) => self.commit(&seen, &write),
            Ok(None) => Ok(Ok(seen)),
            Err(fault) => Ok(Err(fault)),
        }
    }

    fn lose(&mut self, effect: &Effect, lost: Lost) -> Result<(), Broken> {
        match lost {
            Lost::Made => {
                let _ = self.make(effect)?;
                if matches!(effect, Effect::Lower(lower) if lower.abort) {
                    self.reached.add("abort", "of a lost answer");
                }
            }
            Lost::Never => {}
            Lost::Later => {
                let seen = self.object.state();
                if let Ok(Some(write)) = wish(effect, &seen, ID) {
                    self.late = Some((seen, write));
                }
            }
        }
        Ok(())
    }

    /// A write of ours reaches the object.
    fn commit(
        &mut self,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<Result<TrafficState, Fault>, Broken> {
        let before = self.object.clone();
        let made = self.object.write(seen, write);
        if made.is_ok() {
            if self.object.weight < before.weight {
                // What is left now is ours again.
                self.lowered_by_others = false;
            }
            if self.rollout.canary().mode == Mode::Observe {
                return Err("an observer wrote".into());
            }
            if self.object.weight > 100 {
                return Err(format!("weight {} was written", self.object.weight));
            }
            if self.object.weight > before.weight && before.state().is_aborted(ID) {
                return Err(format!("raised to {} after the abort mark", self.object.weight));
            }
            if self.object.weight > before.weight && self.lowered_by_others {
                return Err(format!(
                    "raised from {} to {} after somebody else lowered it",
                    before.weight, self.object.weight
                ));
            }
        }
        Ok(made)
    }

    fn tell(&mut self, event: Event) -> Result<(), Broken> {
        let before = self.rollout.phase();
        let journalled = self.forgets.then(|| (self.rollout.clone(), self.oracle.clone()));
        let effects = self.rollout.handle(event.clone(), self.now);
        if let Some(twin) = &mut self.twin {
            let same = twin.handle(event.clone(), self.now);
            if same != effects {
                return Err(format!("{event:?} gave {effects:?}, and the twin {same:?}"));
            }
        }
        self.oracle
            .told(&event, self.now, &effects, &self.rollout, &mut self.reached)
            .map_err(|broken| {
                format!("{broken}\n  event: {event:?}\n  effects: {effects:?}\n  before: {before}")
            })?;
        if effects.iter().any(|effect| matches!(effect, Effect::Lower(_))) {
            self.journalled = journalled;
        }
        if let Event::Command(Command {
            action: Action::Resume,
            ..
        }) = event
            && !effects.iter().any(|effect| matches!(effect, Effect::Refuse(_)))
        {
            self.lowered_by_others = false;
            self.given = Some(self.oracle.weight());
        }
        self.take(effects)
    }

    /// Takes on what is wanted.
    fn take(&mut self, effects: Vec<Effect>) -> Result<(), Broken> {
        for effect in effects {
            match effect {
                // A lowering takes the place of what is under way, which may have been sent already.
                Effect::Raise(_) | Effect::Lower(_) => {
                    if let Effect::Lower(lower) = &effect {
                        self.given = self.given.map(|given| given.min(lower.to));
                    }
                    if let Some(overtaken) = self.asked.replace(effect) {
                        self.lose(&overtaken, Lost::Later)?;
                    }
                }
                Effect::Poll => {
                    self.polled = Some(self.now);
                    self.route_due = true;
                    self.pods_due = true;
                }
                Effect::ReadHistory => self.history_due = true,
                Effect::PromoteWorkload => self.promotion_due = true,
                Effect::RestoreWorkload => self.restore_due = true,
                Effect::ScaleDownCanary => self.scale_down_due = true,
                Effect::CallHook(call) => self.called.push(call),
                Effect::ScaleCanary { .. } | Effect::Notify(_) | Effect::Refuse(_) => {}
            }
        }
        Ok(())
    }
}

fn undone() -> Undone {
    Undone {
        reason: "no answer".into(),
        is_lasting: false,
    }
}
