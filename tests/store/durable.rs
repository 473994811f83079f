//! What a store on a disk promises beyond a journal in memory.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use serin::clock::SystemClock;
use serin::driver::ports::Journal;
use serin::driver::{Attempt, Outbox};
use serin::spec::Timestamp;
use serin::store::StoreError;

use super::recorded::{Append, aborted, promoted, together, under_way};
use super::subject::{Remembers, TestStore, on_both_stores};

const ID: &str = "checkout-1700000000000";

on_both_stores! {
    gives_the_same_bits_after_a_restart,
    leaves_nothing_or_everything_when_it_is_dropped_in_the_middle,
    keeps_what_comes_with_an_append_that_is_dropped,
    refuses_whoever_was_there_before,
    says_how_long_a_write_takes,
    goes_on_once_a_lock_is_gone,
    names_what_it_cannot_read,
    bounds_what_it_keeps_of_an_error,
}

async fn gives_the_same_bits_after_a_restart(mut world: TestStore) {
    let appends = under_way(ID);
    world.store().take(&appends).await;
    let Append { entries, state } = together(&appends);
    let written = serde_json::to_string(&*state).unwrap();
    assert!(
        written.contains("\"-inf\""),
        "the case that JSON has no number for"
    );

    let store = world.reopen().await;

    // As text: equal texts have equal bits, where `==` would take −0 for 0.
    let read = store.unfinished().await.unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), format!("[{written}]"));
    let read = store.database().stored(ID).await.unwrap().unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
    let read = store.all_entries(ID).await;
    assert_eq!(
        serde_json::to_string(&read).unwrap(),
        serde_json::to_string(&entries).unwrap()
    );
}

async fn leaves_nothing_or_everything_when_it_is_dropped_in_the_middle(world: TestStore) {
    let store = world.store();
    let mut interrupted = 0;
    for round in 0..60 {
        let append = together(&aborted(&format!("canary{round}-1700000000000"))[..3]);
        let id = append.state.rollout.id();
        // Which statement is under way at which poll is the machine's luck: many rounds come by all of them.
        let answer = drop_after(1 + round % 6, store.append(&append.entries, &append.state)).await;
        interrupted += usize::from(answer.is_none());

        // What was begun may still be on its way into the database; that nothing of it is halved, a repeat tells.
        let (stored, entries) = (
            store.database().stored(id).await.unwrap(),
            store.all_entries(id).await,
        );
        assert!(stored.is_none_or(|stored| stored == *append.state));
        assert!(entries.is_empty() || entries == append.entries, "{entries:?}");
        store.take(std::slice::from_ref(&append)).await;
        assert_eq!(
            store.database().stored(id).await.unwrap().as_ref(),
            Some(&*append.state)
        );
        assert_eq!(store.all_entries(id).await, append.entries);
    }
    assert!(interrupted >= 10, "{interrupted} interrupted");
}

async fn keeps_what_comes_with_an_append_that_is_dropped(world: TestStore) {
    let store = world.store();
    for round in 0..30 {
        let [dropped, kept] =
            ["dropped", "kept"].map(|name| together(&aborted(&format!("{name}{round}-1700000000000"))[..3]));

        let (_, answer) = tokio::join!(
            drop_after(1 + round % 15, store.append(&dropped.entries, &dropped.state)),
            store.append(&kept.entries, &kept.state),
        );

        answer.unwrap();
        assert_eq!(store.all_entries(kept.state.rollout.id()).await, kept.entries);
        let entries = store.all_entries(dropped.state.rollout.id()).await;
        assert!(entries.is_empty() || entries == dropped.entries, "{entries:?}");
    }
}

async fn refuses_whoever_was_there_before(world: TestStore) {
    let appends = under_way(ID);
    world.store().take(&appends[..2]).await;
    // Another daemon took over; SQLite's lock would not have let it.
    let mut somebody = world
        .somebody("UPDATE leases SET epoch = epoch + 1, holder = 'process 7 at 10.0.0.7'")
        .await;

    let Append { entries, state } = &appends[2];
    let refused = world.store().append(entries, state).await.unwrap_err();
    let lease = world
        .store()
        .lease("oncall", Timestamp(u64::MAX), Timestamp(u64::MAX), 9)
        .await;
    let settle = world
        .store()
        .settle("a key", &Attempt::Delivered(None), Timestamp(0))
        .await;

    for reason in [
        refused.reason,
        lease.unwrap_err().reason,
        settle.unwrap_err().reason,
    ] {
        assert!(
            reason.contains("holds epoch 1, and epoch 2 is held by process 7 at 10.0.0.7"),
            "{reason}"
        );
    }
    assert_eq!(
        world.store().database().stored(ID).await.unwrap().as_ref(),
        Some(&*appends[1].state)
    );
    somebody.run("UPDATE leases SET epoch = 1").await;
    world.store().take(&appends[2..]).await;
}

async fn says_how_long_a_write_takes(world: TestStore) {
    let clock = Arc::new(SystemClock::start());

    world.store().health(&*clock).await.unwrap();

    world.somebody("UPDATE leases SET epoch = epoch + 1").await;
    let sick = world.store().health(&*clock).await.unwrap_err();
    assert!(matches!(sick, StoreError::Superseded { .. }), "{sick}");
}

async fn goes_on_once_a_lock_is_gone(world: TestStore) {
    let appends = under_way(ID);
    world.store().take(&appends[..1]).await;
    let lock = if world.is_sqlite() {
        "BEGIN IMMEDIATE; DELETE FROM rollouts WHERE id = 'nothing'"
    } else {
        "BEGIN; LOCK TABLE rollouts IN ACCESS EXCLUSIVE MODE"
    };
    let mut somebody = world.somebody(lock).await;

    let Append { entries, state } = &appends[1];
    let locked = world.store().append(entries, state).await.unwrap_err();

    assert!(locked.reason.contains("locked by another process"), "{locked}");
    somebody.run("COMMIT").await;
    world.store().take(&appends[1..]).await;
    assert_eq!(world.store().all_entries(ID).await, together(&appends).entries);
}

async fn names_what_it_cannot_read(world: TestStore) {
    world.store().take(&under_way(ID)).await;
    world
        .somebody("UPDATE rollouts SET state = '{}'; UPDATE events SET input = '7' WHERE sequence = 3")
        .await;

    let state = world.store().unfinished().await.unwrap_err();
    let entry = world.store().database().entries(ID, 0, 10).await.unwrap_err();

    assert!(
        state
            .reason
            .contains(&format!("the state of {ID} cannot be read")),
        "{state}"
    );
    assert!(
        entry
            .to_string()
            .contains(&format!("entry 3 of {ID} cannot be read")),
        "{entry}"
    );
}

async fn bounds_what_it_keeps_of_an_error(world: TestStore) {
    let (now, later) = (Timestamp(1_800_000_000_000), Timestamp(1_800_000_060_000));
    world.store().take(&promoted(ID)[..1]).await;
    let leased = world.store().lease("oncall", now, later, 1).await.unwrap();

    let page = Attempt::Dead {
        error: "\0<html>".repeat(10_000),
    };
    world.store().settle(&leased[0].key, &page, now).await.unwrap();

    let deliveries = world
        .store()
        .database()
        .deliveries(ID, None, 10)
        .await
        .unwrap()
        .items;
    let kept = deliveries[0].last_error.as_ref().unwrap();
    assert!(
        kept.starts_with("\u{fffd}<html>") && kept.chars().count() == 1000,
        "{kept}"
    );
}

/// Polls `future` so many times, and drops it if it has no answer by then.
async fn drop_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut polled = 0;
    std::future::poll_fn(|context| {
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if polled < polls => Poll::Pending,
            Poll::Pending => Poll::Ready(None),
        }
    })
    .await
}
