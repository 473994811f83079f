//! A hundred thousand random sequences of everything that can happen to a rollout, and who watches them.
//!
//! A sequence is drawn from its seed: a Canary ([`plans`]) and turns ([`turn`]), played in a [`world`] that
//! loses writes, meddles with the route and kills the process; an [`oracle`] keeps books of its own and
//! says which promise is broken. A sequence that breaks one is cut down to the turns that it needs.

mod dice;
mod oracle;
mod plans;
mod reached;
mod turn;
mod world;

use serin::spec::CheckedCanary;

use dice::Dice;
use reached::Reached;
use turn::Turn;
use world::{Broken, World};

/// Sequences of each of the four tests, which run side by side.
const SEQUENCES: u64 = 25_000;

/// The variable that names one seed to play alone.
const SEED: &str = "SERIN_ENGINE_SEED";

/// Of so many sequences one has a twin that is told the same, and one another that was written and read.
const TWIN_EVERY: u64 = 8;

/// Of so many sequences one has hooks.
const HOOKS_EVERY: u64 = 5;

struct Sequence {
    canary: CheckedCanary,
    resting_at: u8,
    twin: Option<Twin>,
}

/// A second rollout that must do the same as the first.
#[derive(Clone, Copy)]
enum Twin {
    FromTheStart,
    /// Written and read before this turn.
    ReadBefore(usize),
}

fn draw(seed: u64) -> (Sequence, Vec<Turn>) {
    let mut dice = Dice::new(seed);
    let mut canary = plans::draw(&mut dice);
    if seed.is_multiple_of(HOOKS_EVERY) {
        canary.hooks = plans::hooks(&mut Dice::new(!seed));
    }
    let turns = turn::draw(&mut dice);
    let twin = match seed % TWIN_EVERY {
        0 => Some(Twin::FromTheStart),
        1 => Some(Twin::ReadBefore(dice.below(turns.len() as u64) as usize)),
        _ => None,
    };
    let sequence = Sequence {
        canary,
        resting_at: dice.one_of(&[0, 0, 5, 40, 100]),
        twin,
    };
    (sequence, turns)
}

fn play(sequence: &Sequence, turns: &[Turn]) -> Result<Reached, Broken> {
    let from_the_start = matches!(sequence.twin, Some(Twin::FromTheStart));
    let mut world = World::start(sequence.canary.clone(), sequence.resting_at, from_the_start)?;
    for (number, turn) in turns.iter().enumerate() {
        if matches!(sequence.twin, Some(Twin::ReadBefore(turn)) if turn == number) {
            world.read_twin()?;
        }
        world.play(turn)?;
    }
    world.end()?;
    Ok(world.reached)
}

/// Leaves out every turn without which a promise is still broken.
fn cut_down(sequence: &Sequence, mut turns: Vec<Turn>) -> (Vec<Turn>, Broken) {
    let broken = |turns: &[Turn]| play(sequence, turns).err();
    let mut left = 0;
    while left < turns.len() {
        let mut fewer = turns.clone();
        fewer.remove(left);
        if broken(&fewer).is_some() {
            turns = fewer;
        } else {
            left += 1;
        }
    }
    let why = broken(&turns).unwrap_or_default();
    (turns, why)
}

fn play_seed(seed: u64) -> Reached {
    let (sequence, turns) = draw(seed);
    play(&sequence, &turns).unwrap_or_else(|_| {
        let (turns, why) = cut_down(&sequence, turns);
        let turns: String = turns.iter().map(|turn| format!("  {turn:?}\n")).collect();
        let Sequence { canary, resting_at, .. } = sequence;
        panic!(
            "seed {seed}: {why}\n\nThe Canary, on a route that rests at {resting_at}: {canary:#?}\n\nThe turns:\n{turns}\n\
             Again: {SEED}={seed} cargo test --test main engine::random"
        )
    })
}

/// Plays one part of all sequences, or the one that is asked for.
fn the_promises_hold(part: u64) {
    if let Ok(seed) = std::env::var(SEED) {
        let seed = seed.parse().expect("a whole number");
        play_seed(seed);
        return;
    }
    let mut reached = Reached::default();
    for seed in part * SEQUENCES..(part + 1) * SEQUENCES {
        reached.merge(play_seed(seed));
    }
    assert_eq!(
        reached.missing(),
        [],
        "never reached, so never tested: {reached:#?}"
    );
}

#[test]
fn the_promises_hold_in_the_first_quarter() {
    the_promises_hold(0);
}

#[test]
fn the_promises_hold_in_the_second_quarter() {
    the_promises_hold(1);
}

#[test]
fn the_promises_hold_in_the_third_quarter() {
    the_promises_hold(2);
}

#[test]
fn the_promises_hold_in_the_last_quarter() {
    the_promises_hold(3);
}
