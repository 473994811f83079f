//! Crashes and shutdowns: at least once, with the same key, and in bounded time.

use serin::driver::DeliveryState;

use super::receiver::Answer;
use super::*;
use crate::world::journal::Outage;

#[tokio::test(start_paused = true)]
async fn a_crash_after_sending_and_before_settling_sends_the_same_again() {
    let office = Office::new();
    let outbox = office.outbox.clone();
    let chat = Receiver::new(&office.clock, move |_| {
        // It has the delivery, and nobody can write that down.
        outbox.break_down(Outage::Fails);
        Answer::Takes
    });
    office.outbox.decide(1, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    chat.reached_by(1).await;
    drop(pipeline);
    office.outbox.recover();
    assert!(office.outbox.deliveries().iter().all(is_pending));

    let again = Receiver::healthy(&office.clock);
    let _pipeline = office.open(&[("chat", &again)]);
    office.outbox.until_settled().await;
    let arrivals = [chat.arrivals(), again.arrivals()].concat();
    assert_eq!(arrivals.len(), 2);
    assert_eq!(arrivals[0].delivery, arrivals[1].delivery);
    // The dead process's lease had to run out first.
    assert!(
        office.elapsed() <= Duration::from_secs(20),
        "{:?}",
        office.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_crash_in_the_middle_of_sending_loses_nothing() {
    let office = Office::new();
    let slow = Receiver::new(&office.clock, |_| Answer::TakesAfter(Duration::from_secs(3)));
    office.outbox.decide(100, &["chat"]).await;
    for crash in 1..=10 {
        let pipeline = office.open(&[("chat", &slow)]);
        slow.reached_by(crash * 10).await;
        drop(pipeline);
    }
    let _pipeline = office.open(&[("chat", &slow)]);
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(|d| d.state == DeliveryState::Delivered));
    // At each crash at most the eight that were under way are sent again.
    assert!(slow.arrivals().len() <= 100 + 10 * 8, "{}", slow.arrivals().len());
}

#[tokio::test(start_paused = true)]
async fn two_pipelines_on_one_outbox_share_the_work() {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |_| Answer::TakesAfter(Duration::from_secs(1)));
    office.outbox.decide(100, &["chat"]).await;
    let _pipelines = [office.open(&[("chat", &chat)]), office.open(&[("chat", &chat)])];
    office.outbox.until_settled().await;
    assert_eq!(chat.arrivals().len(), 100);
    assert_eq!(chat.present_max(), 16);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_what_is_under_way_finish_and_begins_nothing_new() {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |_| Answer::TakesAfter(Duration::from_secs(4)));
    office.outbox.decide(100, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    chat.reached_by(8).await;
    office.stop.cancel();
    pipeline.stopped().await;
    assert_eq!(office.elapsed(), Duration::from_secs(4));
    let delivered = office.outbox.deliveries().into_iter().filter(|d| !is_pending(d));
    assert_eq!(delivered.count(), 8);
    assert_eq!(chat.arrivals().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_no_receiver_longer_than_five_seconds() {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |_| Answer::Hangs);
    office.outbox.decide(3, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    chat.reached_by(3).await;
    office.stop.cancel();
    pipeline.stopped().await;
    assert_eq!(office.elapsed(), Duration::from_secs(5));
    assert!(office.outbox.deliveries().iter().all(is_pending));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_no_store_longer_than_five_seconds() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(3, &["chat", "nowhere"]).await;
    office.outbox.break_down(Outage::AnswersLost);
    let pipeline = office.open(&[("chat", &chat)]);
    office.pass(Duration::from_millis(1)).await;
    let stopping_at = office.clock.now();
    office.stop.cancel();
    pipeline.stopped().await;
    let took = office.clock.now().since(stopping_at);
    assert!(took <= Duration::from_secs(5), "{took:?}");
}
