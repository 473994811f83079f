//! Forgetting what is old, and nothing else.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serin::driver::{Attempt, Outbox, RolloutFilter};
use serin::spec::Timestamp;
use serin::store::{Pruned, Retention};

use super::recorded::{CHANNELS, aborted, promoted, together, under_way};
use super::subject::{Remembers, TestStore, on_both_stores};

on_both_stores! {
    forgets_by_age,
    forgets_by_count_of_each_canary,
    keeps_everything_when_nothing_is_said,
    never_forgets_what_is_under_way_or_untold,
    forgets_a_long_rollout_bit_by_bit,
    disturbs_nobody_who_reads_meanwhile,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A rollout that ended and whose news is out.
async fn over(world: &TestStore, id: &str) {
    let store = world.store();
    store.take(&[together(&promoted(id))]).await;
    let (now, later) = (Timestamp(1_900_000_000_000), Timestamp(1_900_000_060_000));
    for channel in CHANNELS {
        for delivery in store.lease(channel, now, later, 100).await.unwrap() {
            store
                .settle(&delivery.key, &Attempt::Delivered(None), now)
                .await
                .unwrap();
        }
    }
}

async fn ids(world: &TestStore) -> Vec<String> {
    let page = world
        .store()
        .database()
        .rollouts(&RolloutFilter::default(), None, 100)
        .await
        .unwrap();
    page.items.into_iter().map(|rollout| rollout.id).collect()
}

async fn forgets_by_age(world: TestStore) {
    over(&world, "a-1700000000000").await;
    over(&world, "a-1700100000000").await;
    let now = Timestamp(1_700_100_000_000) + DAY / 2;

    let retention = Retention {
        age: Some(DAY),
        count: None,
    };
    let pruned = world.store().prune(retention, now).await.unwrap();

    let entries = together(&promoted("a-1700000000000")).entries.len() as u64;
    assert_eq!(
        pruned,
        Pruned {
            rollouts: 1,
            entries,
            more: false
        }
    );
    assert_eq!(ids(&world).await, ["a-1700100000000"]);
    assert!(world.store().all_entries("a-1700000000000").await.is_empty());
    assert!(
        world
            .store()
            .database()
            .deliveries("a-1700000000000", None, 9)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(!world.store().all_entries("a-1700100000000").await.is_empty());
}

async fn forgets_by_count_of_each_canary(world: TestStore) {
    for id in [
        "a-1700000000001",
        "a-1700000000002",
        "a-1700000000003",
        "b-1600000000000",
    ] {
        over(&world, id).await;
    }

    let retention = Retention {
        age: None,
        count: Some(1),
    };
    let pruned = world
        .store()
        .prune(retention, Timestamp(1_700_000_000_000))
        .await
        .unwrap();

    assert_eq!(pruned.rollouts, 2);
    assert_eq!(ids(&world).await, ["a-1700000000003", "b-1600000000000"]);
}

async fn keeps_everything_when_nothing_is_said(world: TestStore) {
    over(&world, "a-1700000000000").await;

    let pruned = world
        .store()
        .prune(Retention::default(), Timestamp(u64::MAX))
        .await
        .unwrap();

    assert_eq!(pruned, Pruned::default());
    assert_eq!(ids(&world).await, ["a-1700000000000"]);
}

async fn never_forgets_what_is_under_way_or_untold(world: TestStore) {
    world.store().take(&under_way("under-way-1600000000000")).await;
    world.store().take(&aborted("untold-1600000000000")).await;

    let nothing = Retention {
        age: Some(DAY),
        count: Some(0),
    };
    let pruned = world
        .store()
        .prune(nothing, Timestamp(1_900_000_000_000))
        .await
        .unwrap();

    assert_eq!(pruned, Pruned::default());
    assert_eq!(ids(&world).await.len(), 2);
}

async fn forgets_a_long_rollout_bit_by_bit(world: TestStore) {
    over(&world, "a-1700000000000").await;
    let number = if world.is_sqlite() {
        "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 103500) "
    } else {
        "WITH n (i) AS (SELECT generate_series(1000, 103500)) "
    };
    let many = format!(
        "INSERT INTO events (rollout, sequence, at, input, effects) {number} \
         SELECT 'a-1700000000000', i, 0, '', '' FROM n"
    );
    world.somebody(&many).await.leave().await;
    let nothing = Retention {
        age: None,
        count: Some(0),
    };

    let first = world.store().prune(nothing, Timestamp(0)).await.unwrap();
    assert!(
        first.more && first.rollouts == 0 && first.entries > 90_000,
        "{first:?}"
    );
    assert_eq!(ids(&world).await.len(), 1, "still listed");

    let second = world.store().prune(nothing, Timestamp(0)).await.unwrap();
    assert!(!second.more && second.rollouts == 1, "{second:?}");
    assert!(ids(&world).await.is_empty());
}

async fn disturbs_nobody_who_reads_meanwhile(world: TestStore) {
    const NUMBER: u64 = 24;
    for number in 0..NUMBER {
        over(&world, &format!("a-{}", 1_700_000_000_000 + number)).await;
    }
    let is_over = AtomicBool::new(false);
    let pruning = async {
        for kept in (0..NUMBER).rev() {
            let retention = Retention {
                age: None,
                count: Some(kept),
            };
            world.store().prune(retention, Timestamp(0)).await.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let reading = async {
        let mut rounds = 0;
        while !is_over.load(Ordering::Relaxed) {
            read_everything(&world).await;
            rounds += 1;
        }
        rounds
    };

    let ((), rounds) = tokio::join!(pruning, reading);

    assert!(rounds > 0);
    assert!(ids(&world).await.is_empty());
}

/// Page by page: the newest rollout first and each once, its entries without a gap, its deliveries each once.
async fn read_everything(world: &TestStore) {
    let database = world.store().database();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = database
            .rollouts(&RolloutFilter::default(), after.as_ref(), 5)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|rollout| rollout.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
    for id in seen {
        let (mut sequences, mut from) = (Vec::new(), Some(0));
        while let Some(sequence) = from {
            let page = database.entries(&id, sequence, 3).await.unwrap();
            sequences.extend(page.items.iter().map(|entry| entry.sequence));
            from = page.next;
        }
        assert!(
            sequences.windows(2).all(|pair| pair[0] + 1 == pair[1]),
            "{id}: {sequences:?}"
        );
        let (mut keys, mut after, mut number) = (BTreeSet::new(), None, 0);
        loop {
            let page = database.deliveries(&id, after.as_deref(), 2).await.unwrap();
            number += page.items.len();
            keys.extend(page.items.into_iter().map(|delivery| delivery.key));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(keys.len(), number);
    }
}
