//! Watches from outside: whatever happened to a daemon, these hold for the object and for the journal.

use serin::driver::{Entry, Input};
use serin::engine::{Effect, Event, Rollout};

use super::journal::UnreliableJournal;
use super::route::{Commit, FakeRoute};

/// Panics where a write of ours broke a promise.
pub(crate) fn check_route(route: &FakeRoute, journal: &UnreliableJournal) {
    let commits = route.commits();
    for (before, after) in commits.iter().zip(&commits[1..]) {
        if after.ours {
            check_write(before, after, journal);
        }
    }
}

/// Panics where the journal of a rollout does not lead to the state that is stored with it.
pub(crate) fn check_journal(journal: &UnreliableJournal) {
    for rollout in journal.rollouts() {
        let newest = journal.newest(&rollout).unwrap();
        let replayed = replay(&journal.entries(&rollout));
        assert_eq!(
            replayed.as_ref(),
            Some(&newest.rollout),
            "the entries lead elsewhere"
        );
    }
}

fn check_write(before: &Commit, after: &Commit, journal: &UnreliableJournal) {
    let (before, after, at) = (&before.state, &after.state, after.at);
    assert!(after.canary_weight <= 100, "a weight of {}", after.canary_weight);
    assert!(
        after.epoch > before.epoch,
        "epoch {} was written over epoch {}",
        after.epoch,
        before.epoch
    );
    let rollout = after.rollout.as_deref().unwrap();
    if before.is_aborted(rollout) {
        assert!(after.is_aborted(rollout), "the abort mark was taken away");
        assert!(
            after.canary_weight <= before.canary_weight,
            "an aborted rollout was raised from {} to {}",
            before.canary_weight,
            after.canary_weight
        );
    }
    if after.canary_weight <= before.canary_weight {
        return;
    }
    let entries = journal.entries(rollout);
    let interval = match &entries[0].input {
        Input::Started { canary, .. } => canary.analysis.interval,
        Input::Event(event) => panic!("the first entry is {event:?}"),
    };
    assert!(
        entries
            .iter()
            .any(|entry| is_intent(entry, after.canary_weight, before.epoch)),
        "a raise to {} that the journal does not know",
        after.canary_weight
    );
    let looked = entries.iter().rev().find_map(|entry| match &entry.input {
        Input::Event(Event::Look(counts)) if entry.at <= at => Some(counts),
        _ => None,
    });
    let looked = looked.expect("a raise without any look");
    assert!(looked.source_down.is_none(), "a raise in the dark");
    assert!(
        at.since(looked.taken_at) <= interval * 2,
        "a raise by a look that was {:?} old",
        at.since(looked.taken_at)
    );
}

fn is_intent(entry: &Entry, to: u8, epoch: u64) -> bool {
    let asks =
        |effect: &Effect| matches!(effect, Effect::Raise(raise) if raise.to == to && raise.epoch == epoch);
    entry.effects.iter().any(asks)
}

/// Feeds a journal to a fresh engine: the same effects come out, bit for bit. Gives where that leads.
pub(crate) fn replay(entries: &[Entry]) -> Option<Rollout> {
    let mut replayed: Option<Rollout> = None;
    for (number, entry) in entries.iter().enumerate() {
        assert_eq!(
            entry.sequence, number as u64,
            "the journal has no gap and nothing twice"
        );
        let effects = match &entry.input {
            started @ Input::Started { .. } => {
                let (rollout, effects) = started.start(entry.rollout.clone(), entry.at).unwrap();
                replayed = Some(rollout);
                effects
            }
            Input::Event(event) => {
                let rollout = replayed.as_mut().expect("the first entry starts the rollout");
                rollout.handle(event.clone(), entry.at)
            }
        };
        assert_eq!(
            serde_json::to_string(&effects).unwrap(),
            serde_json::to_string(&entry.effects).unwrap(),
            "entry {number} replays to other effects"
        );
    }
    replayed
}
