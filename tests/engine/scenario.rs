//! One rollout in a world that does what it is asked, unless the test says otherwise.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serin::engine::{
    Action, Command, Effect, Event, FaultKind, HoldReason, HookAnswer, HookCall, HookOutcome, MetricPast,
    Notice, NoticeKind, Phase, Refusal, Rollout, Status, Trail, WorkloadState,
};
use serin::spec::{CheckedCanary, Timestamp};

use super::object::{Object, fault, wish};
use super::served::Poll;
use crate::world::canary::canary;

/// A whole multiple of every interval that the tests use.
const START: Timestamp = Timestamp(1_700_000_000_000);

/// No scenario here needs more looks than this to get where it goes.
const LOOKS_MAX: usize = 2000;

/// The analysis of one success rate, every ten seconds, with margins that are quickly judged.
pub(crate) const ONE_RATE: &str =
    "analysis: {metrics: [{template: success-rate, margin: {relative: 50%, absolute: 0.5%}}]}";

/// How the next writes are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// They are made.
    Made,
    /// They are not made, for this reason.
    NotMade(FaultKind),
    /// They are made, and the answer is lost.
    AnswerLost,
    /// They are under way for ever.
    Hanging,
}

/// A rollout and its world.
pub(crate) struct Scenario {
    pub(crate) rollout: Rollout,
    pub(crate) object: Object,
    pub(crate) workload: WorkloadState,
    pub(crate) writes: Writes,
    /// Whether a promotion of the stable workload is done at once, or never answered.
    pub(crate) promotes: bool,
    /// Whether the workloads are put back and scaled down at once, or that is never answered.
    pub(crate) clears_up: bool,
    /// How hooks answer, by their names; one without an answer has its calls under way for ever.
    pub(crate) hooks: BTreeMap<String, HookOutcome>,
    /// Everything that was wanted, in order.
    pub(crate) effects: Vec<Effect>,
    pub(crate) now: Timestamp,
}

impl Scenario {
    /// A rollout of the Canary with these fields, whose route rests at 0.
    pub(crate) fn of(fields: &str) -> Self {
        Self::with(canary(fields), Object::resting_at(0))
    }

    /// A rollout of one success rate, with these fields beside.
    pub(crate) fn of_one_rate(fields: &str) -> Self {
        Self::of(&format!("{ONE_RATE}\n{fields}"))
    }

    /// A rollout of `canary` on a route.
    pub(crate) fn with(canary: CheckedCanary, object: Object) -> Self {
        let (rollout, effects) = Rollout::start("checkout-1".into(), canary, "v2".into(), START);
        let mut scenario = Self {
            rollout,
            object,
            workload: WorkloadState {
                stable_replicas: 10,
                canary_ready: 10,
                ..WorkloadState::default()
            },
            writes: Writes::Made,
            promotes: true,
            clears_up: true,
            hooks: BTreeMap::new(),
            effects: Vec::new(),
            now: START,
        };
        let answers = effects
            .into_iter()
            .filter_map(|effect| scenario.carry_out(effect))
            .collect();
        scenario.tell_all(answers);
        // The first poll begins at once.
        scenario.tell(Event::Traffic(scenario.object.state()));
        scenario
    }

    /// The next look, with a read of the route and of the workloads before it. Gives what came of the look itself.
    pub(crate) fn look(&mut self, poll: impl Into<Poll>) -> Vec<Effect> {
        self.wait_until(self.now.next_multiple_of(self.rollout.canary().analysis.interval));
        self.tell(Event::Traffic(self.object.state()));
        self.tell(Event::Workload(self.workload.clone()));
        let counts = poll
            .into()
            .counts(self.rollout.canary(), self.object.weight, self.now);
        self.tell(Event::Look(counts))
    }

    /// So many looks alike.
    pub(crate) fn looks(&mut self, number: usize, poll: impl Into<Poll>) {
        let poll = poll.into();
        for _ in 0..number {
            self.look(poll);
        }
    }

    /// Looks alike until the rollout is in this phase.
    pub(crate) fn until(&mut self, phase: Phase, poll: impl Into<Poll>) {
        self.until_it(|scenario| scenario.rollout.phase() == phase, poll);
    }

    /// Looks alike until the rollout has ended.
    pub(crate) fn until_end(&mut self, poll: impl Into<Poll>) {
        self.until_it(|scenario| scenario.rollout.phase().is_final(), poll);
    }

    /// Looks alike until the object has this weight.
    pub(crate) fn until_weight(&mut self, weight: u8, poll: impl Into<Poll>) {
        self.until_it(|scenario| scenario.object.weight == weight, poll);
    }

    fn until_it(&mut self, is_there: impl Fn(&Self) -> bool, poll: impl Into<Poll>) {
        let poll = poll.into();
        for _ in 0..LOOKS_MAX {
            if is_there(self) {
                return;
            }
            self.look(poll);
        }
        panic!("not there after {LOOKS_MAX} looks: {:#?}", self.status());
    }

    /// Lets time pass without a look being answered; the rollout is woken when it asked to be.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.wait_until(self.now + time);
    }

    fn wait_until(&mut self, until: Timestamp) {
        while let Some(at) = self.rollout.next_wakeup().filter(|at| *at <= until) {
            assert!(at > self.now, "woken at {at} for ever");
            self.now = at;
            self.tell(Event::Wake);
        }
        self.now = until;
    }

    /// Tells the rollout, and the answers to what it wants. Gives what came of the event itself.
    pub(crate) fn tell(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.rollout.handle(event, self.now);
        let answers = effects
            .iter()
            .cloned()
            .filter_map(|effect| self.carry_out(effect))
            .collect();
        self.tell_all(answers);
        effects
    }

    /// Gives a command; says why it was refused.
    pub(crate) fn command(&mut self, action: Action) -> Option<String> {
        let command = Command {
            action,
            by: "ada".into(),
            reason: "the test says so".into(),
            trail: Trail::default(),
        };
        self.tell(Event::Command(command))
            .into_iter()
            .find_map(|effect| match effect {
                Effect::Refuse(Refusal { reason, .. }) => Some(reason),
                _ => None,
            })
    }

    /// Where the rollout stands.
    pub(crate) fn status(&self) -> Status {
        self.rollout.status(self.now)
    }

    /// What holds it.
    pub(crate) fn holds(&self) -> Vec<HoldReason> {
        self.status().holds.into_iter().map(|hold| hold.reason).collect()
    }

    /// The weights that were asked for, in order.
    pub(crate) fn weights(&self) -> Vec<u8> {
        let weight = |effect: &Effect| match effect {
            Effect::Raise(raise) => Some(raise.to),
            Effect::Lower(lower) => Some(lower.to),
            _ => None,
        };
        self.effects.iter().filter_map(weight).collect()
    }

    /// The news that people were told.
    pub(crate) fn notices(&self) -> Vec<&Notice> {
        let notices = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice),
            _ => None,
        });
        notices.collect()
    }

    /// How often people were told of a hold for this reason.
    pub(crate) fn told_of(&self, reason: HoldReason) -> usize {
        let of_it =
            |notice: &&&Notice| matches!(&notice.kind, NoticeKind::Holding(hold) if hold.reason == reason);
        self.notices().iter().filter(of_it).count()
    }

    fn tell_all(&mut self, answers: VecDeque<Event>) {
        for event in answers {
            self.tell(event);
        }
    }

    /// Does what is wanted; gives what happened.
    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        self.effects.push(effect.clone());
        match effect {
            Effect::Raise(_) | Effect::Lower(_) => self.write(&effect),
            Effect::ReadHistory => Some(Event::History(MetricPast::unknown_to_all(
                self.rollout.canary(),
                "none",
            ))),
            Effect::PromoteWorkload => self.promotes.then_some(Event::WorkloadPromoted),
            Effect::RestoreWorkload => self.clears_up.then_some(Event::WorkloadRestored),
            Effect::ScaleDownCanary => self.clears_up.then_some(Event::CanaryScaledDown),
            Effect::CallHook(call) => self.hooks.get(&call.hook).map(|outcome| answer(&call, *outcome)),
            Effect::Poll | Effect::ScaleCanary { .. } | Effect::Notify(_) | Effect::Refuse(_) => None,
        }
    }

    fn write(&mut self, effect: &Effect) -> Option<Event> {
        let seen = self.object.state();
        let made = match self.writes {
            Writes::Hanging => return None,
            Writes::NotMade(kind) => Err(fault(kind)),
            Writes::Made | Writes::AnswerLost => wish(effect, &seen, self.rollout.id()).and_then(|wish| {
                wish.map_or_else(|| Ok(seen.clone()), |wish| self.object.write(&seen, &wish))
            }),
        };
        Some(match made {
            Ok(_) if self.writes == Writes::AnswerLost => Event::NotWritten(fault(FaultKind::Unknown)),
            Ok(state) => Event::Wrote(state),
            Err(fault) => Event::NotWritten(fault),
        })
    }
}

/// The answer to a call.
pub(crate) fn answer(call: &HookCall, outcome: HookOutcome) -> Event {
    let detail = match outcome {
        HookOutcome::Passed => "200 OK",
        HookOutcome::Failed => "403 Forbidden: not yet",
        HookOutcome::NotCalled => "too many calls",
    };
    Event::HookAnswered(HookAnswer {
        hook: call.hook.clone(),
        call: call.call,
        outcome,
        detail: detail.into(),
    })
}
