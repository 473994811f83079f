//! One turn of a random sequence, as data, so that a failing sequence can be cut down.

use std::time::Duration;

use serin::engine::{Action, Arm, FaultKind, PerArm};

use super::dice::Dice;
use crate::engine::served::{HEALTHY, NOBODY, Poll, Served};

/// What happens between two looks, and in the second of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Somebody else changes the route.
    pub(super) foreign: Option<Foreign>,
    /// A late write of ours arrives now, if there is one.
    pub(super) late_write_lands: bool,
    /// The rollout is told something of its own.
    pub(super) told: Option<Told>,
    /// How writes are answered during the turn.
    pub(super) writes: Answer,
    /// How much time passes.
    pub(super) wait: Wait,
    /// How the read of the route is answered.
    pub(super) route: RouteRead,
    /// How the workloads are seen.
    pub(super) pods: Pods,
    /// What the look shows; none where it is not answered in this turn.
    pub(super) look: Option<Poll>,
    /// Which of the three answers comes first.
    pub(super) first: First,
    /// How a promotion of the stable workload ends, if one is under way.
    pub(super) promoted: Option<bool>,
    /// How what is owed to the workloads ends, if any of it is under way.
    pub(super) cleared: Option<bool>,
    /// At the turn's end the process ends and another goes on; `writes` then says what became of the write
    /// under way.
    pub(super) restart: Option<Restart>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Foreign {
    /// Sets this weight and nothing else.
    Weight(u8),
    /// Puts a copy without annotations in the object's place.
    Replace(u8),
    /// Another rollout writes this weight.
    TakeOver(u8),
    /// Adds or removes another route to the canary.
    OtherRoute(bool),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    Command(Action),
    SpecChanged,
    SpecRestored,
    RevisionChanged,
    Deleted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Restart {
    Journalled,
    /// A lowering under way had not been journalled, nor why it was wanted.
    Unjournalled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Made,
    NotMade(FaultKind),
    /// No answer: made, not made, or made later.
    Lost(Lost),
    /// Not answered in this turn.
    Hanging,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Made,
    Never,
    Later,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Wait {
    /// Until the next poll.
    Interval,
    /// Not at all, or not until the next poll.
    Short(Duration),
    /// For many polls, of which none is answered.
    Long(Duration),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum RouteRead {
    Fresh,
    /// Read at once, and told of after the turn's writes.
    Late,
    Unread,
    Hanging,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Pods {
    Ready(u32),
    Failing,
    Unseen,
    Hanging,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum First {
    Look,
    Route,
    Pods,
}

/// How a sequence goes on the whole.
#[derive(Debug, Clone, Copy)]
struct Mood {
    /// Of a hundred things that can go wrong, so many do.
    faults: u64,
    served: Served,
}

/// The turns of a random sequence.
pub(super) fn draw(dice: &mut Dice) -> Vec<Turn> {
    let mut mood = Mood {
        faults: dice.one_of(&[0, 2, 2, 6, 6, 25]),
        served: HEALTHY,
    };
    mood.served.requests = dice.one_of(&[30_000.0, 30_000.0, 30_000.0, 3000.0, 60.0]);
    let number = 8 + dice.below(28);
    (0..number)
        .map(|_| {
            if dice.percent(5) {
                mood.served = change(mood.served, dice);
            }
            turn(mood, dice)
        })
        .collect()
}

fn change(served: Served, dice: &mut Dice) -> Served {
    let errors = [
        (0.001, 0.001),
        (0.001, 0.001),
        (0.05, 0.001),
        (0.009, 0.001),
        (0.05, 0.05),
        (0.001, 0.05),
    ];
    let (canary, baseline) = dice.one_of(&errors);
    let slower = dice.one_of(&[1.0, 1.0, 1.5]);
    let numbers = [
        (Some(100.0), Some(100.0)),
        (Some(100.0), Some(100.0)),
        (Some(200.0), Some(100.0)),
        (Some(200.0), Some(200.0)),
        (Some(10.0), Some(100.0)),
        (Some(10.0), Some(10.0)),
        (Some(100.0), Some(200.0)),
        (None, Some(100.0)),
        (Some(100.0), None),
    ];
    let number = dice.one_of(&numbers);
    Served {
        errors: PerArm { canary, baseline },
        slower: PerArm {
            canary: slower,
            baseline: 1.0,
        },
        value: PerArm {
            canary: number.0,
            baseline: number.1,
        },
        ..served
    }
}

fn turn(mood: Mood, dice: &mut Dice) -> Turn {
    let Mood { faults, served } = mood;
    let rarely = faults / 3 + 1;
    Turn {
        foreign: dice.percent(rarely).then(|| foreign(dice)),
        late_write_lands: dice.percent(30),
        told: dice.percent(rarely + 2).then(|| told(dice)),
        writes: if dice.percent(faults * 2) {
            answer(dice)
        } else {
            Answer::Made
        },
        wait: if dice.percent(faults + 1) {
            wait(dice)
        } else {
            Wait::Interval
        },
        route: if dice.percent(faults) {
            dice.one_of(&[RouteRead::Late, RouteRead::Unread, RouteRead::Hanging])
        } else {
            RouteRead::Fresh
        },
        pods: if dice.percent(faults) {
            dice.one_of(&[
                Pods::Ready(0),
                Pods::Ready(1),
                Pods::Ready(3),
                Pods::Failing,
                Pods::Unseen,
                Pods::Hanging,
            ])
        } else {
            Pods::Ready(10)
        },
        look: if dice.percent(faults * 2) {
            odd_look(served, dice)
        } else {
            Some(Poll::Served(served))
        },
        first: dice.one_of(&[First::Look, First::Route, First::Pods]),
        promoted: if dice.percent(faults + 10) {
            dice.one_of(&[None, Some(false)])
        } else {
            Some(true)
        },
        // Few sequences owe anything, and not for long: both ends are to be seen.
        cleared: dice.one_of(&[None, Some(false), Some(true), Some(true)]),
        restart: dice
            .percent(rarely)
            .then(|| dice.one_of(&[Restart::Journalled, Restart::Unjournalled])),
    }
}

fn foreign(dice: &mut Dice) -> Foreign {
    let weight = dice.one_of(&[0, 0, 3, 5, 20, 50, 80, 100]);
    match dice.below(8) {
        0..4 => Foreign::Weight(weight),
        4 | 5 => Foreign::Replace(weight),
        6 => Foreign::TakeOver(weight),
        _ => Foreign::OtherRoute(dice.percent(50)),
    }
}

fn told(dice: &mut Dice) -> Told {
    match dice.below(24) {
        0..4 => Told::Command(Action::Pause),
        4..10 => Told::Command(Action::Resume),
        10..14 => Told::Command(Action::Approve),
        14..18 => Told::Command(Action::Promote),
        18 => Told::Command(Action::Abort),
        19 => Told::RevisionChanged,
        20 => Told::Deleted,
        21 | 22 => Told::SpecChanged,
        _ => Told::SpecRestored,
    }
}

fn answer(dice: &mut Dice) -> Answer {
    match dice.below(8) {
        0 => Answer::NotMade(FaultKind::Conflict),
        1 => Answer::NotMade(FaultKind::Refused),
        2 => Answer::NotMade(FaultKind::Unreachable),
        3 => Answer::NotMade(FaultKind::NotJournalled),
        4 => Answer::Lost(Lost::Made),
        5 => Answer::Lost(Lost::Never),
        6 => Answer::Lost(Lost::Later),
        _ => Answer::Hanging,
    }
}

fn wait(dice: &mut Dice) -> Wait {
    match dice.below(5) {
        0..3 => Wait::Short(Duration::from_millis(dice.below(9000))),
        3 => Wait::Long(Duration::from_secs(dice.below(60))),
        _ => Wait::Long(Duration::from_secs(dice.one_of(&[100, 500, 2000]))),
    }
}

/// A look that is no good, in one of many ways; `None` where it is not answered.
fn odd_look(served: Served, dice: &mut Dice) -> Option<Poll> {
    let share = |share| {
        Some(Poll::Served(Served {
            share: Some(share),
            ..served
        }))
    };
    match dice.below(10) {
        0 | 1 => Some(Poll::SourceDown),
        2 => Some(Poll::Stale),
        3 => Some(Poll::Silent(Arm::Canary)),
        4 => Some(Poll::Silent(Arm::Baseline)),
        5 => Some(Poll::Partial(dice.one_of(&[Arm::Canary, Arm::Baseline]))),
        6 => Some(Poll::Served(NOBODY)),
        7 => share(dice.one_of(&[0.0, 1.0])),
        8 => share(0.5),
        _ => None,
    }
}
