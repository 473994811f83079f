//! Decisions again: from the journal's entries, and from exported counts.

use serin::driver::{Entry, Input};
use serin::engine::{Action, Arm, Effect, Event, Outcome, Rollout, Verdict};
use serin::replay::counts::{CountsLine, Export};
use serin::replay::hearing::{Hearing, HearingError};
use serin::replay::{Replay, ReplayError};

use crate::world::{World, watching};

/// A whole rollout's entries: looked at by three metrics, and ended so.
async fn entries(errors: f64) -> (World, Vec<Entry>) {
    let world = World::new()
        .with(|canary| {
            watching::ask_too(canary, [watching::latency(), watching::value()]);
        })
        .errors(errors)
        .start();
    world.end().await;
    // A look after the end is counted, and judged by nobody.
    world.driver.settle(&world.id).await.unwrap();
    world.pass(1).await;
    let entries = world.journal.entries(&world.id);
    (world, entries)
}

fn lines(entries: &[Entry]) -> Vec<CountsLine> {
    let mut export = Export::default();
    let lines = entries.iter().filter_map(|entry| export.line(entry).unwrap());
    // Through the text, as a file would.
    let text: Vec<String> = lines.map(|line| serde_json::to_string(&line).unwrap()).collect();
    text.iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The verdicts at the looks that were judged live.
fn live_verdicts(entries: &[Entry]) -> Vec<Verdict> {
    let mut replay = Replay::default();
    let mut verdicts = Vec::new();
    for entry in entries {
        let had_ended = replay.rollout().is_some_and(|rollout| rollout.phase().is_final());
        let looked = matches!(entry.input, Input::Event(Event::Look(_)));
        let replayed = replay.take(entry).unwrap();
        if looked && !had_ended {
            verdicts.extend(replayed.rollout.status(entry.at).verdict.as_deref().cloned());
        }
    }
    verdicts
}

#[tokio::test(start_paused = true)]
async fn every_decision_of_a_rollout_is_the_same_again_and_so_is_its_end() {
    for errors in [0.0, 0.05] {
        let (world, entries) = entries(errors).await;
        let mut replay = Replay::default();

        for entry in &entries {
            replay.take(entry).unwrap();
        }

        assert_eq!(replay.decisions(), entries.len() as u64);
        let stored = world.journal.newest(&world.id).unwrap();
        let bits = |rollout| serde_json::to_string(rollout).unwrap();
        assert_eq!(bits(replay.rollout().unwrap()), bits(&stored.rollout));
    }
}

#[tokio::test(start_paused = true)]
async fn a_journal_of_a_version_that_kept_no_books_of_what_is_owed_ends_in_the_same_state() {
    let (_, mut entries) = entries(0.05).await;
    let answers = |entry: &Entry| matches!(entry.input, Input::Event(Event::CanaryScaledDown));
    entries.truncate(entries.iter().position(answers).unwrap());
    let mut replay = Replay::default();
    for entry in &entries {
        replay.take(entry).unwrap();
    }

    let replayed = replay.rollout().unwrap();
    let mut kept = serde_json::to_value(replayed).unwrap();
    assert!(kept.as_object_mut().unwrap().remove("owed").is_some());
    let read = |kept: &serde_json::Value| serde_json::from_value::<Rollout>(kept.clone()).unwrap();
    assert!(replayed.is_kept_as(&read(&kept)).unwrap());
    kept["revision"] = "another".into();
    assert!(!replayed.is_kept_as(&read(&kept)).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_another_process_went_on_with_is_the_same_again() {
    let mut world = World::new().start();
    world.weight(25).await;
    world.restart().await;
    world.end().await;
    world.pass(1).await;
    let mut replay = Replay::default();

    for entry in world.journal.entries(&world.id) {
        replay.take(&entry).unwrap();
    }

    let ending = replay
        .rollout()
        .unwrap()
        .status(world.clock.now())
        .ending
        .unwrap();
    assert_eq!(ending.outcome, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_was_tampered_with_is_named() {
    let (_, mut entries) = entries(0.0).await;
    let raise = entries
        .iter()
        .position(|entry| {
            entry
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Raise(_)))
        })
        .unwrap();
    entries[raise].effects.clear();
    let mut replay = Replay::default();

    let error = entries.iter().find_map(|entry| replay.take(entry).err()).unwrap();

    let ReplayError::Differs(difference) = error else {
        panic!("{error}")
    };
    assert_eq!(difference.sequence, raise as u64);
    assert!(difference.recorded.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_replayed_says_why() {
    let (_, mut entries) = entries(0.0).await;
    let mut replay = Replay::default();
    assert_eq!(
        replay.take(&entries[1]).unwrap_err(),
        ReplayError::Gap {
            expected: 0,
            found: 1
        }
    );
    if let Input::Started { judge_version, .. } = &mut entries[0].input {
        *judge_version += 1;
    }
    assert!(matches!(
        Replay::default().take(&entries[0]),
        Err(ReplayError::OtherJudge { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_start_of_before_is_read_and_names_no_version_of_stable() {
    let (_, entries) = entries(0.0).await;
    let mut written = serde_json::to_value(&entries[0]).unwrap();
    let started = written["input"]["started"].as_object_mut().unwrap();
    started.remove("from");
    let mut replay = Replay::default();

    let read: Entry = serde_json::from_value(written).unwrap();

    let status = replay.take(&read).unwrap().rollout.status(read.at);
    assert_eq!(status.from, None);
}

#[tokio::test(start_paused = true)]
async fn exported_counts_are_judged_as_they_were_live() {
    for errors in [0.0, 0.05] {
        let (_, entries) = entries(errors).await;
        let live = live_verdicts(&entries);
        let mut hearing = Hearing::default();

        let verdicts: Vec<Verdict> = lines(&entries)
            .iter()
            .filter_map(|line| hearing.take(line).unwrap())
            .collect();

        assert!(verdicts.len() > 3, "{}", verdicts.len());
        assert_eq!(verdicts, live);
    }
}

#[tokio::test(start_paused = true)]
async fn counts_that_cannot_be_are_refused() {
    let (_, entries) = entries(0.0).await;
    let lines = lines(&entries);
    let look = lines
        .iter()
        .find_map(|line| match line {
            CountsLine::Look(look) if !look.counts.metrics.is_empty() => Some(look.clone()),
            _ => None,
        })
        .unwrap();
    let mut hearing = Hearing::default();
    assert!(matches!(
        hearing.take(&CountsLine::Look(look.clone())),
        Err(HearingError::Misplaced { .. })
    ));
    hearing.take(&lines[0]).unwrap();

    let mut more_bad_than_all = look.clone();
    let arm = more_bad_than_all.counts.metrics[0].arms.get_mut(Arm::Canary);
    arm.bad[0] = arm.requests + 1.0;
    let mut no_parts = look.clone();
    no_parts.counts.metrics[1].arms.get_mut(Arm::Baseline).bad.clear();
    let mut no_number = look.clone();
    no_number.counts.metrics[2].value = None;
    let mut too_few = look;
    too_few.counts.metrics.pop();

    for refused in [more_bad_than_all, no_parts, no_number] {
        let result = hearing.take(&CountsLine::Look(refused));
        assert!(matches!(result, Err(HearingError::Unsound(_))), "{result:?}");
    }
    let result = hearing.take(&CountsLine::Look(too_few));
    assert!(matches!(
        result,
        Err(HearingError::Metrics {
            expected: 3,
            found: 2
        })
    ));
}

#[tokio::test(start_paused = true)]
async fn an_aborted_rollout_is_exported_up_to_its_end() {
    let world = World::new().start();
    world.weight(5).await;
    world.command(Action::Abort).await.unwrap();
    world.end().await;
    world.pass(1).await;

    let lines = lines(&world.journal.entries(&world.id));

    assert!(matches!(lines[0], CountsLine::Canary(_)));
    let histories = lines
        .iter()
        .filter(|line| matches!(line, CountsLine::History { .. }));
    assert_eq!(histories.count(), 1);
}
