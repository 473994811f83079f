//! When all goes well, and when one channel or one delivery does not.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use serin::driver::DeliveryState;
use serin::notify::LogChannel;

use super::outbox::notice;
use super::receiver::Answer;
use super::*;

#[tokio::test(start_paused = true)]
async fn each_notice_reaches_each_channel_of_its_canary_once_with_a_key_of_its_own() {
    let office = Office::new();
    let (chat, pager) = (Receiver::healthy(&office.clock), Receiver::healthy(&office.clock));
    office.outbox.decide(2, &["chat", "pager"]).await;
    let pipeline = office.open(&[("chat", &chat), ("pager", &pager)]);
    office.outbox.until_settled().await;
    let rollout = "checkout-chat-pager";
    assert_eq!(
        chat.keys(),
        [format!("{rollout}/0/0/chat"), format!("{rollout}/1/0/chat")]
    );
    assert_eq!(
        pager.keys(),
        [format!("{rollout}/0/0/pager"), format!("{rollout}/1/0/pager")]
    );
    assert_eq!(number(&counters(&pipeline, "chat").delivered), 2);
    assert_eq!(office.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn goes_to_work_at_once_when_the_driver_says_that_there_is_news() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    let pipeline = office.open(&[("chat", &chat)]);
    office.pass(Duration::from_millis(1200)).await;
    office.outbox.decide(1, &["chat"]).await;
    wake(&pipeline, &["chat"], &notice()).await;
    office.outbox.until_settled().await;
    assert_eq!(office.elapsed(), Duration::from_millis(1200));
}

#[tokio::test(start_paused = true)]
async fn finds_news_by_itself_within_five_seconds() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    let _pipeline = office.open(&[("chat", &chat)]);
    office.pass(Duration::from_secs(61)).await;
    office.outbox.decide(1, &["chat"]).await;
    office.outbox.until_settled().await;
    assert!(
        office.elapsed() <= Duration::from_secs(66),
        "{:?}",
        office.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_hangs_delays_no_other() {
    let office = Office::new();
    let hanging = Receiver::new(&office.clock, |_| Answer::Hangs);
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(1000, &["chat", "hanging"]).await;
    let pipeline = office.open(&[("chat", &chat), ("hanging", &hanging)]);
    let through = |deliveries: &[Delivery]| !deliveries.iter().any(|d| d.channel == "chat" && is_pending(d));
    office.outbox.until(through).await;
    assert_eq!(office.elapsed(), Duration::ZERO);
    assert_eq!(number(&counters(&pipeline, "hanging").in_flight), 8);
}

#[tokio::test(start_paused = true)]
async fn deliveries_that_hang_delay_no_others_of_their_channel() {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |delivery| {
        match delivery.key.starts_with("checkout-chat/0/") {
            true => Answer::Hangs,
            false => Answer::Takes,
        }
    });
    office.outbox.decide(500, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    let but_one = |deliveries: &[Delivery]| deliveries.iter().filter(|d| is_pending(d)).count() == 1;
    office.outbox.until(but_one).await;
    assert_eq!(office.elapsed(), Duration::ZERO);
    chat.reached_by(501).await;
    let counters = counters(&pipeline, "chat");
    assert_eq!((number(&counters.timed_out), number(&counters.retried)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_answers_slowly_is_sent_a_bounded_number_at_once() {
    let office = Office::new();
    let chat = Receiver::new(&office.clock, |_| Answer::TakesAfter(Duration::from_secs(9)));
    office.outbox.decide(80, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(|d| d.attempts == 1));
    assert_eq!(chat.present_max(), 8);
    assert_eq!(office.elapsed(), Duration::from_secs(90));
    assert!(number(&counters(&pipeline, "chat").full) >= 10);
}

#[tokio::test(start_paused = true)]
async fn a_channel_gets_no_more_than_its_limit_in_any_minute() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(25, &["chat"]).await;
    let limits = Limits {
        per_minute: NonZeroUsize::new(10).unwrap(),
        ..Limits::default()
    };
    let pipeline = office.open_with(&[("chat", &chat)], limits);
    office.outbox.until_settled().await;

    assert_eq!(office.elapsed(), Duration::from_secs(120));
    assert!(number(&counters(&pipeline, "chat").paced) >= 2);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_deliveries_arrive_once_each() {
    let office = Office::new();
    let names = ["chat", "mail", "pager", "ticket"];
    let receivers = names.map(|_| {
        Receiver::new(&office.clock, |_| {
            match rand::random_range(0..4) {
                // Refused without being taken: it comes again, and is no duplicate.
                0 => Answer::Refuses(serin::notify::SendError::later("busy")),
                1 => Answer::TakesAfter(Duration::from_millis(rand::random_range(0..2000))),
                _ => Answer::Takes,
            }
        })
    });
    let channels: Vec<(&str, &Receiver)> = names.into_iter().zip(&receivers).collect();
    office.outbox.decide(2500, &names).await;
    let pipeline = office.open(&channels);
    let deliveries = office.outbox.until_settled().await;

    assert_eq!(deliveries.len(), 10_000);
    assert!(deliveries.iter().all(|d| d.state == DeliveryState::Delivered));
    for (name, receiver) in channels {
        let counters = counters(&pipeline, name);
        let arrived = receiver.keys();
        let keys: BTreeSet<&String> = arrived.iter().collect();
        assert_eq!((keys.len(), number(&counters.delivered)), (2500, 2500));
        assert_eq!(arrived.len() as u64, 2500 + number(&counters.retried));
        assert_eq!(number(&counters.dead), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_panics_harms_no_other_delivery_and_is_tried_again() {
    let office = Office::new();
    let panicked = std::sync::atomic::AtomicBool::new(false);
    let chat = Receiver::new(&office.clock, move |_| {
        match panicked.swap(true, std::sync::atomic::Ordering::Relaxed) {
            false => Answer::Panics,
            true => Answer::Takes,
        }
    });
    office.outbox.decide(20, &["chat"]).await;
    let pipeline = office.open(&[("chat", &chat)]);
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(|d| d.state == DeliveryState::Delivered));
    assert_eq!(chat.arrivals().len(), 21);
    assert_eq!(number(&counters(&pipeline, "chat").panicked), 1);
}

#[tokio::test(start_paused = true)]
async fn a_channel_with_one_send_at_a_time_has_its_news_in_order() {
    let office = Office::new();
    // The first one takes longest.
    let slow = Receiver::new(&office.clock, |delivery| {
        Answer::TakesAfter(Duration::from_millis(100 / (delivery.position().0 + 1)))
    });
    office.outbox.decide(20, &["slow"]).await;
    let outlet = Outlet::in_order(slow.clone());
    let _pipeline = office.open_outlets([("slow".to_owned(), outlet)].into());
    office.outbox.until_settled().await;
    let told: Vec<(u64, u64)> = slow
        .arrivals()
        .iter()
        .map(|told| told.delivery.position())
        .collect();
    assert_eq!(told.len(), 20);
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(slow.present_max(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_log_takes_everything() {
    let office = Office::new();
    office.outbox.decide(3, &["log"]).await;
    let _pipeline = office.open_outlets([("log".to_owned(), Outlet::in_order(LogChannel))].into());
    let deliveries = office.outbox.until_settled().await;
    assert!(deliveries.iter().all(|d| d.state == DeliveryState::Delivered));
}
