//! A store that is down is waited out, and nothing is sent twice because of it.

use serin::driver::DeliveryState;

use super::receiver::Answer;
use super::*;
use crate::world::journal::Outage;

const OUTAGE: Duration = Duration::from_secs(600);

/// The store is down from the start.
async fn starts_in(outage: Outage) {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(50, &["chat"]).await;
    office.outbox.break_down(outage);
    let _pipeline = office.open(&[("chat", &chat)]);
    office.pass(OUTAGE).await;
    assert_eq!(chat.arrivals().len(), 0);
    office.outbox.recover();
    office.outbox.until_settled().await;
    assert_eq!(chat.arrivals().len(), 50);
    assert!(
        office.elapsed() <= OUTAGE + Duration::from_secs(10),
        "{:?}",
        office.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn goes_on_within_ten_seconds_of_a_store_that_failed() {
    starts_in(Outage::Fails).await;
}

#[tokio::test(start_paused = true)]
async fn goes_on_within_ten_seconds_of_a_store_that_hung() {
    starts_in(Outage::Hangs).await;
}

/// The store goes down while deliveries are under way.
async fn goes_down_in_between(outage: Outage) {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |_| Answer::TakesAfter(Duration::from_secs(2)));
    office.outbox.decide(50, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    chat.reached_by(8).await;
    office.outbox.break_down(outage);
    // Long enough for every lease to run out.
    office.pass(OUTAGE).await;
    assert_eq!(chat.arrivals().len(), 8);
    assert_eq!(number(&counters(&pipeline, "chat").in_flight), 8);
    office.outbox.recover();
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(|d| d.state == DeliveryState::Delivered));
    assert_eq!(chat.arrivals().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_an_outage_is_not_sent_again_after_it() {
    goes_down_in_between(Outage::Fails).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_store_hung_is_not_sent_again_after_it() {
    goes_down_in_between(Outage::Hangs).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_only_slows() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(50, &["chat"]).await;
    office.outbox.break_down(Outage::Slow(Duration::from_secs(4)));
    let _pipeline = office.open(&[("chat", &chat)]);
    office.outbox.until_settled().await;
    assert_eq!(chat.arrivals().len(), 50);
}

#[tokio::test(start_paused = true)]
async fn answers_that_the_store_lost_cost_time_and_nothing_else() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(50, &["chat"]).await;
    office.outbox.break_down(Outage::AnswersLost);
    let _pipeline = office.open(&[("chat", &chat)]);
    office.pass(OUTAGE).await;
    office.outbox.recover();
    office.outbox.until_settled().await;
    assert_eq!(chat.arrivals().len(), 50);
}
