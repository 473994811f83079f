//! What every journal promises.

use super::recorded::{self, Append, aborted, promoted, together, under_way};
use super::subject::{Remembers, TestStore, on_every_journal};

const ID: &str = "checkout-1700000000000";
const OTHER: &str = "cart-1700000000001";

on_every_journal! {
    keeps_entries_in_order_and_the_newest_state,
    goes_on_with_what_has_not_ended_and_with_nothing_else,
    goes_on_with_what_has_ended_until_nothing_is_owed_any_more,
    keeps_what_is_appended_again_once,
    takes_a_repeat_with_newer_entries_behind_it,
    does_not_go_back_when_a_repeat_comes_late,
    refuses_another_entry_under_a_known_number,
    refuses_what_does_not_fit,
    keeps_what_came_after_a_loss,
    takes_everything_in_one_append,
    takes_many_rollouts_at_once,
    refuses_what_does_not_fit_and_nothing_that_comes_with_it,
}

async fn keeps_entries_in_order_and_the_newest_state(journal: &dyn Remembers) {
    let appends = under_way(ID);

    journal.take(&appends).await;

    let Append { entries, state } = together(&appends);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(journal.unfinished().await.unwrap(), [(*state).clone()]);
}

async fn goes_on_with_what_has_not_ended_and_with_nothing_else(journal: &dyn Remembers) {
    journal.take(&aborted("a-1700000000000")).await;
    journal.take(&promoted("b-1700000000000")).await;
    journal.take(&under_way("c-1700000000000")).await;
    journal.take(&under_way("d-1700000000000")).await;

    let unfinished = journal.unfinished().await.unwrap();

    let ids: Vec<&str> = unfinished.iter().map(|stored| stored.rollout.id()).collect();
    assert_eq!(ids, ["c-1700000000000", "d-1700000000000"]);
}

async fn goes_on_with_what_has_ended_until_nothing_is_owed_any_more(journal: &dyn Remembers) {
    let appends = aborted(ID);
    let owing = |append: &&Append| {
        let rollout = &append.state.rollout;
        rollout.phase().is_final() && !rollout.is_over()
    };
    let ended = appends.iter().position(|append| owing(&append)).unwrap();

    journal.take(&appends[..=ended]).await;
    assert_eq!(
        journal.unfinished().await.unwrap(),
        [(*appends[ended].state).clone()],
        "the canary is still to be scaled down"
    );

    journal.take(&appends[ended + 1..]).await;
    assert_eq!(journal.unfinished().await.unwrap(), []);
}

async fn keeps_what_is_appended_again_once(journal: &dyn Remembers) {
    let appends = under_way(ID);

    for append in &appends {
        journal.take(&[append.clone(), append.clone()]).await;
    }

    let Append { entries, state } = together(&appends);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(journal.unfinished().await.unwrap(), [(*state).clone()]);
    let deliveries = journal.backlog().await.unwrap().0 as usize;
    assert_eq!(deliveries, recorded::notices(&appends) * recorded::CHANNELS.len());
}

async fn takes_a_repeat_with_newer_entries_behind_it(journal: &dyn Remembers) {
    let appends = under_way(ID);
    journal.take(&appends[..3]).await;

    let repeated = together(&appends[1..5]);
    journal.take(&[repeated]).await;

    let Append { entries, state } = together(&appends[..5]);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(journal.unfinished().await.unwrap(), [(*state).clone()]);
}

async fn does_not_go_back_when_a_repeat_comes_late(journal: &dyn Remembers) {
    let appends = under_way(ID);
    journal.take(&appends[..5]).await;

    journal.take(&appends[2..3]).await;

    let Append { entries, state } = together(&appends[..5]);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(journal.unfinished().await.unwrap(), [(*state).clone()]);
}

async fn refuses_another_entry_under_a_known_number(journal: &dyn Remembers) {
    let appends = under_way(ID);
    journal.take(&appends[..3]).await;

    let mut other = together(&appends[2..4]);
    other.entries[0].at.0 += 1;
    let refused = journal.append(&other.entries, &other.state).await.unwrap_err();

    assert!(refused.reason.contains("another entry"), "{refused}");
    let Append { entries, state } = together(&appends[..3]);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(journal.unfinished().await.unwrap(), [(*state).clone()]);
}

async fn refuses_what_does_not_fit(journal: &dyn Remembers) {
    let Append { entries, state } = together(&under_way(ID)[..4]);
    let mut with_a_hole = entries.clone();
    with_a_hole.remove(1);
    let mut in_another_order = entries.clone();
    in_another_order.swap(0, 1);
    let another_rollouts = together(&under_way(OTHER)[..4]).entries;

    for misfit in [
        with_a_hole,
        in_another_order,
        another_rollouts,
        entries[..2].to_vec(),
    ] {
        let refused = journal.append(&misfit, &state).await.unwrap_err();
        assert!(refused.reason.contains(ID), "{refused}");
        assert!(journal.unfinished().await.unwrap().is_empty());
    }
}

/// A long outage overflows the queue before the journal: the numbers then tell what is missing.
async fn keeps_what_came_after_a_loss(journal: &dyn Remembers) {
    let appends = under_way(ID);
    journal.take(&appends[..2]).await;

    journal.take(&appends[4..]).await;

    let mut entries = together(&appends[..2]).entries;
    entries.extend(together(&appends[4..]).entries);
    assert_eq!(journal.all_entries(ID).await, entries);
    assert_eq!(
        journal.unfinished().await.unwrap(),
        [(*together(&appends).state).clone()]
    );
}

/// Hundreds of entries at once: what waited through an outage.
async fn takes_everything_in_one_append(journal: &dyn Remembers) {
    let appends = aborted(ID);

    journal.take(&[together(&appends)]).await;

    assert_eq!(journal.all_entries(ID).await, together(&appends).entries);
    let deliveries = journal.backlog().await.unwrap().0 as usize;
    assert_eq!(deliveries, recorded::notices(&appends) * recorded::CHANNELS.len());
}

async fn takes_many_rollouts_at_once(journal: &dyn Remembers) {
    let rollouts: Vec<Vec<Append>> = (0..12)
        .map(|number| under_way(&format!("canary{number}-1700000000000"))[..4].to_vec())
        .collect();

    futures::future::join_all(rollouts.iter().map(|appends| journal.take(appends))).await;

    assert_eq!(journal.unfinished().await.unwrap().len(), rollouts.len());
    for appends in rollouts {
        let Append { entries, state } = together(&appends);
        assert_eq!(journal.all_entries(state.rollout.id()).await, entries);
    }
}

async fn refuses_what_does_not_fit_and_nothing_that_comes_with_it(journal: &dyn Remembers) {
    let mut appends: Vec<Append> = (0..12)
        .map(|number| together(&under_way(&format!("canary{number}-1700000000000"))[..4]))
        .collect();
    appends[5].entries.remove(1);

    let appending = appends
        .iter()
        .map(|append| journal.append(&append.entries, &append.state));
    let answers = futures::future::join_all(appending).await;

    for (append, answer) in appends.iter().zip(answers) {
        let id = append.state.rollout.id();
        let kept = journal.all_entries(id).await;
        if id.starts_with("canary5-") {
            assert!(answer.is_err() && kept.is_empty());
        } else {
            assert_eq!((answer, kept), (Ok(()), append.entries.clone()));
        }
    }
}
