//! The outbox in memory keeps the contract that the pipeline stands on.

use serin::driver::{Attempt, DeliveryState, Outbox};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// An outbox with this many deliveries to `chat`.
async fn outbox(number: u64) -> UnreliableOutbox {
    let office = Office::new();
    office.outbox.decide(number, &["chat"]).await;
    office.outbox
}

async fn lease(outbox: &UnreliableOutbox, now: Timestamp, limit: usize) -> Vec<String> {
    let leased = outbox.lease("chat", now, now + MINUTE, limit).await.unwrap();
    leased.into_iter().map(|delivery| delivery.key).collect()
}

#[tokio::test(start_paused = true)]
async fn leases_the_oldest_first_and_to_one_at_a_time() {
    let outbox = outbox(3).await;
    let keys = [0, 1, 2].map(|sequence| format!("checkout-chat/{sequence}/0/chat"));
    assert_eq!(lease(&outbox, BEGIN, 2).await, keys[..2]);
    assert_eq!(lease(&outbox, BEGIN, 2).await, keys[2..]);
    assert!(lease(&outbox, BEGIN, 2).await.is_empty());
    assert_eq!(lease(&outbox, BEGIN + MINUTE, 3).await, keys);
    assert!(lease(&outbox, BEGIN + MINUTE, 3).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn says_when_the_next_is_due() {
    let outbox = outbox(2).await;
    let due = async || outbox.due().await.unwrap().get("chat").copied();
    assert_eq!(due().await, Some(BEGIN));
    let keys = lease(&outbox, BEGIN, 2).await;
    assert_eq!(due().await, Some(BEGIN + MINUTE));
    let retry = Attempt::Retry {
        at: BEGIN + 3 * MINUTE,
        error: "busy".into(),
    };
    outbox.settle(&keys[0], &retry, BEGIN).await.unwrap();
    outbox.settle(&keys[1], &retry, BEGIN).await.unwrap();
    assert_eq!(due().await, Some(BEGIN + 3 * MINUTE));
    outbox
        .settle(&keys[0], &Attempt::Delivered(None), BEGIN)
        .await
        .unwrap();
    outbox
        .settle(&keys[1], &Attempt::Delivered(None), BEGIN)
        .await
        .unwrap();
    assert_eq!(due().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_late_word_about_an_old_lease_changes_nothing() {
    let outbox = outbox(1).await;
    let key = lease(&outbox, BEGIN, 1).await.remove(0);
    outbox
        .settle(&key, &Attempt::Delivered(None), BEGIN)
        .await
        .unwrap();
    let dead = Attempt::Dead { error: "late".into() };
    outbox.settle(&key, &dead, BEGIN).await.unwrap();
    outbox.settle("unknown", &dead, BEGIN).await.unwrap();
    let delivery = outbox.deliveries().remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 1));
    assert_eq!(delivery.last_error, None);
}

#[tokio::test(start_paused = true)]
async fn counts_what_is_pending() {
    let outbox = outbox(5).await;
    let key = lease(&outbox, BEGIN, 1).await.remove(0);
    assert_eq!(outbox.backlog().await.unwrap(), (5, Some(BEGIN)));
    outbox
        .settle(&key, &Attempt::Delivered(None), BEGIN)
        .await
        .unwrap();
    assert_eq!(outbox.backlog().await.unwrap(), (4, Some(BEGIN)));
}
