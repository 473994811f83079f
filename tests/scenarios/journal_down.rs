//! A journal that is down stops every raise and no lowering, and nothing is lost when it comes back. (That the entries
//! are in order, each once and without a gap, and lead to the stored state, is the oracle's to check.)

use std::time::Duration;

use serin::driver::ports::Journal;
use serin::driver::{CommandError, MemoryJournal, StartError};
use serin::engine::{Action, Arm, Outcome};

use crate::world::World;
use crate::world::journal::Outage;

/// A rollout at 25 % whose journal has this outage for five minutes, and then comes back.
async fn comes_back_from(outage: Outage) {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(outage);
    world.pass(300).await;
    assert_eq!(world.route.weight(), 25, "nothing is raised meanwhile");

    world.journal.recover();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn goes_on_by_itself_after_failures() {
    comes_back_from(Outage::Fails).await;
}

#[tokio::test(start_paused = true)]
async fn goes_on_by_itself_after_hanging() {
    comes_back_from(Outage::Hangs).await;
}

#[tokio::test(start_paused = true)]
async fn keeps_an_entry_once_whose_answer_was_lost() {
    comes_back_from(Outage::AnswersLost).await;
}

#[tokio::test(start_paused = true)]
async fn starts_at_zero_and_waits_there() {
    let world = World::new();
    world.journal.break_down(Outage::Fails);
    let world = world.start();
    world.pass(300).await;
    assert_eq!(world.route.weights(), [5, 0]);

    world.journal.recover();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn aborts_all_the_same_and_tells_people_afterwards() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Fails);
    world.services.fail(Arm::Canary, 0.2);
    world.pass(60).await;
    assert!(world.is_aborted());
    assert!(world.people.heard_of_the_end().is_none());

    world.journal.recover();
    world.pass(10).await;
    assert!(world.people.heard_of_the_end().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_journal_slower_than_looks_are_fresh_lets_nothing_be_raised() {
    let world = World::new()
        .with(|canary| canary.analysis.interval = Duration::from_secs(1))
        .start();
    world.weight(5).await;
    world.journal.break_down(Outage::Slow(Duration::from_secs(4)));
    world.pass(300).await;
    assert_eq!(world.route.weight(), 5);

    world.journal.recover();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn is_tried_again_once_a_second() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Fails);
    let before = world.life.calls().len();

    world.pass(300).await;

    let calls = world.life.calls();
    let tries = calls[before..].iter().filter(|call| **call == "journal").count();
    assert!((290..=301).contains(&tries), "{tries} tries in 300 s");
}

#[tokio::test(start_paused = true)]
async fn whoever_gives_a_command_hears_that_it_may_be_forgotten() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Fails);

    let answer = world.command(Action::Pause).await;

    assert!(
        matches!(answer, Err(CommandError::NotJournalled { .. })),
        "{answer:?}"
    );
    world.journal.recover();
    world.pass(600).await;
    assert_eq!(world.route.weight(), 25, "it counts all the same");
}

#[tokio::test(start_paused = true)]
async fn no_rollout_follows_one_whose_end_is_not_journalled() {
    let world = World::new().start();
    world.weight(25).await;
    world.journal.break_down(Outage::Fails);
    world.send(Action::Abort);
    world.end().await;

    let refused = world.driver.start(world.canary.clone(), "v3".into());
    assert!(
        matches!(refused, Err(StartError::EndNotJournalled { .. })),
        "{refused:?}"
    );

    world.journal.recover();
    world.pass(2).await;
    world.driver.start(world.canary.clone(), "v3".into()).unwrap();
    assert_eq!(world.journalled_outcome(), Some(Outcome::Aborted));
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_outlasts_the_queue_loses_the_oldest_entries_and_no_decision() {
    let every_second = World::new().with(|canary| {
        canary.analysis.interval = Duration::from_secs(1);
        canary.max_duration = Duration::from_secs(2 * 3600);
    });
    let world = every_second.loses_entries().start();
    world.weight(25).await;
    world.command(Action::Pause).await.unwrap();
    world.journal.break_down(Outage::Fails);
    world.pass(3600).await;
    world.journal.recover();
    world.pass(10).await;

    let entries = world.journal.entries(&world.id);
    let gaps = entries
        .windows(2)
        .filter(|pair| pair[1].sequence != pair[0].sequence + 1)
        .count();
    assert_eq!(gaps, 1, "the gap shows in the numbers");
    world.command(Action::Resume).await.unwrap();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn an_append_that_arrives_after_the_next_one_changes_nothing() {
    let world = World::new().start();
    world.weight(5).await;
    let (early, state) = (
        world.journal.entries(&world.id),
        world.journal.newest(&world.id).unwrap(),
    );
    world.weight(25).await;
    let (all, newest) = (
        world.journal.entries(&world.id),
        world.journal.newest(&world.id).unwrap(),
    );

    let journal = MemoryJournal::default();
    journal.append(&all, &newest).await.unwrap();
    journal.append(&early, &state).await.unwrap();

    assert_eq!(journal.entries(&world.id), all);
    assert_eq!(journal.unfinished().await.unwrap(), [(*newest).clone()]);
}
