//! What was, a page at a time.

use serin::driver::{Attempt, DeliveryState, Outbox, RolloutFilter, RolloutRow};
use serin::engine::{Outcome, Phase};
use serin::spec::Timestamp;
use serin::store::Cursor;

use super::recorded::{aborted, promoted, together, under_way};
use super::subject::{Remembers, TestStore, on_both_stores};

on_both_stores! {
    lists_the_newest_first,
    goes_through_pages_without_losing_or_repeating,
    lists_what_is_asked_for,
    pages_through_entries,
    shows_what_became_of_deliveries,
    has_nothing_of_what_was_never_there,
}

const TIMES: [&str; 4] = [
    "a-1700000001000",
    "a-1700000003000",
    "b-1700000002000",
    "b-1700000002001",
];

async fn four(world: &TestStore) {
    world.store().take(&[together(&aborted(TIMES[0]))]).await;
    world.store().take(&[together(&promoted(TIMES[1]))]).await;
    world.store().take(&[together(&promoted(TIMES[2]))]).await;
    world.store().take(&[together(&under_way(TIMES[3]))]).await;
}

async fn ids(world: &TestStore, filter: RolloutFilter) -> Vec<String> {
    let page = world
        .store()
        .database()
        .rollouts(&filter, None, 100)
        .await
        .unwrap();
    assert_eq!(page.next, None);
    page.items.into_iter().map(|rollout| rollout.id).collect()
}

async fn lists_the_newest_first(world: TestStore) {
    four(&world).await;

    let listed = world
        .store()
        .database()
        .rollouts(&RolloutFilter::default(), None, 100)
        .await
        .unwrap();

    let ids: Vec<&str> = listed.items.iter().map(|rollout| rollout.id.as_str()).collect();
    assert_eq!(ids, [TIMES[1], TIMES[3], TIMES[2], TIMES[0]]);
    let last = aborted(TIMES[0])
        .last()
        .unwrap()
        .state
        .rollout
        .status(Timestamp(0));
    let (ended_at, cause) = (last.phase_since, last.ending.unwrap().cause.to_string());
    assert_eq!(
        listed.items[3],
        RolloutRow {
            id: TIMES[0].into(),
            namespace: "shop".into(),
            name: "a".into(),
            revision: "v2".into(),
            phase: Phase::Aborted,
            outcome: Some(Outcome::Aborted),
            started_at: Timestamp(1_700_000_001_000),
            ended_at: Some(ended_at),
            cause: Some(cause),
        }
    );
    assert_eq!((listed.items[1].outcome, listed.items[1].ended_at), (None, None));
}

async fn goes_through_pages_without_losing_or_repeating(world: TestStore) {
    let mut expected = Vec::new();
    for number in 0..7 {
        // Some in the same millisecond.
        let id = format!("canary{number}-{}", 1_700_000_000_000_u64 + number / 3);
        world.store().take(&[together(&under_way(&id)[..1])]).await;
        expected.insert(0, id);
    }

    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = world
            .store()
            .database()
            .rollouts(&RolloutFilter::default(), after.as_ref(), 2)
            .await
            .unwrap();
        listed.extend(page.items.into_iter().map(|rollout| rollout.id));
        let Some(next) = page.next else { break };
        // As the API hands it out and takes it back.
        after = Some(next.to_string().parse::<Cursor>().unwrap());
    }

    assert_eq!(listed, expected);
}

async fn lists_what_is_asked_for(world: TestStore) {
    four(&world).await;
    let all = RolloutFilter::default();

    let a = ids(
        &world,
        RolloutFilter {
            name: Some("a".into()),
            ..all.clone()
        },
    )
    .await;
    let promoted = ids(
        &world,
        RolloutFilter {
            outcome: Some(Outcome::Promoted),
            ..all.clone()
        },
    )
    .await;
    let late = ids(
        &world,
        RolloutFilter {
            since: Some(Timestamp(1_700_000_002_001)),
            ..all.clone()
        },
    )
    .await;
    let elsewhere = ids(
        &world,
        RolloutFilter {
            namespace: Some("bank".into()),
            ..all.clone()
        },
    )
    .await;
    let one = RolloutFilter {
        namespace: Some("shop".into()),
        name: Some("b".into()),
        outcome: Some(Outcome::Promoted),
        since: Some(Timestamp(1)),
    };

    assert_eq!(a, [TIMES[1], TIMES[0]]);
    assert_eq!(promoted, [TIMES[1], TIMES[2]]);
    assert_eq!(late, [TIMES[1], TIMES[3]]);
    assert!(elsewhere.is_empty());
    assert_eq!(ids(&world, one).await, [TIMES[2]]);
    let injected = RolloutFilter {
        name: Some("a' OR 'a' = 'a".into()),
        ..all
    };
    assert!(ids(&world, injected).await.is_empty());
}

async fn pages_through_entries(world: TestStore) {
    let whole = together(&under_way(TIMES[0]));
    world.store().take(std::slice::from_ref(&whole)).await;

    let page = world.store().database().entries(TIMES[0], 2, 3).await.unwrap();
    let last = world
        .store()
        .database()
        .entries(TIMES[0], whole.state.next_sequence - 1, 3)
        .await
        .unwrap();

    assert_eq!(page.items, whole.entries[2..5]);
    assert_eq!(page.next, Some(5));
    assert_eq!((last.items.len(), last.next), (1, None));
}

async fn shows_what_became_of_deliveries(world: TestStore) {
    world.store().take(&[together(&aborted(TIMES[0]))]).await;
    let (now, later) = (Timestamp(1_800_000_000_000), Timestamp(1_800_000_060_000));
    let leased = world.store().lease("oncall", now, later, 1).await.unwrap();
    world
        .store()
        .settle(&leased[0].key, &Attempt::Delivered(None), now)
        .await
        .unwrap();

    let (mut deliveries, mut after) = (Vec::new(), None);
    loop {
        let page = world
            .store()
            .database()
            .deliveries(TIMES[0], after.as_deref(), 3)
            .await
            .unwrap();
        deliveries.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }

    assert_eq!(
        deliveries.len() as u64,
        world.store().backlog().await.unwrap().0 + 1
    );
    assert_eq!(deliveries[0].key, leased[0].key);
    assert_eq!(deliveries[0].state, DeliveryState::Delivered);
    assert_eq!(deliveries[1].channel, "team");
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.created_at));
}

async fn has_nothing_of_what_was_never_there(world: TestStore) {
    assert_eq!(world.store().database().stored("nothing").await.unwrap(), None);
    assert!(
        world
            .store()
            .database()
            .entries("nothing", 0, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        world
            .store()
            .database()
            .deliveries("nothing", None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        world
            .store()
            .database()
            .deliveries("nothing", Some("no/key"), 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}
