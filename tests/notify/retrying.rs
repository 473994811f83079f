//! Deliveries that fail: tried again when and as long as it makes sense.

use serin::notify::retry::{PAUSE_FIRST, PAUSE_MAX, RETRY_AFTER_MAX};
use serin::notify::{RetryAfter, SendError};

use super::receiver::{Answer, Arrival};
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The pauses between arrivals.
fn pauses(arrivals: &[Arrival]) -> Vec<Duration> {
    arrivals
        .windows(2)
        .map(|pair| pair[1].at.since(pair[0].at))
        .collect()
}

fn asking(wait: RetryAfter) -> SendError {
    SendError::Later {
        reason: "answered 429 Too Many Requests".into(),
        wait: Some(wait),
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_double_within_their_jitter_up_to_ten_minutes() {
    let office = Office::new();
    let down = Receiver::new(&office.clock, |_| Answer::Refuses(SendError::later("503")));
    office.outbox.decide(1, &["chat"]).await;
    let _pipeline = office.open(&[("chat", &down)]);
    let pauses = pauses(&down.reached_by(16).await);
    let mut full = PAUSE_FIRST;
    for pause in pauses {
        assert!(
            pause >= full / 2 && pause <= full,
            "{pause:?} is not in the second half of {full:?}"
        );
        full = PAUSE_MAX.min(full * 2);
    }
    assert_eq!(full, PAUSE_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_failed_goes_through_once_the_receiver_is_back() {
    let office = Office::new();
    let clock = office.clock.clone();
    let flaky = Receiver::new(&office.clock, move |_| match clock.now().since(BEGIN) < HOUR {
        true => Answer::Refuses(SendError::later("connection refused")),
        false => Answer::Takes,
    });
    office.outbox.decide(10, &["chat"]).await;
    let pipeline = office.open(&[("chat", &flaky)]);
    let deliveries = office.outbox.until_settled().await;
    assert!(!deliveries.iter().any(is_dead));
    assert!(office.elapsed() <= HOUR + PAUSE_MAX);
    let counters = counters(&pipeline, "chat");
    assert_eq!(
        number(&counters.retried) + number(&counters.delivered),
        flaky.arrivals().len() as u64
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_receiver_asks_for_is_kept_by_the_whole_channel_and_by_no_other() {
    let office = Office::new();
    let clock = office.clock.clone();
    let busy = Receiver::new(&office.clock, move |_| match clock.now() < BEGIN + 90 * SECOND {
        true => Answer::Refuses(asking(RetryAfter::Delay(90 * SECOND))),
        false => Answer::Takes,
    });
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(100, &["busy", "chat"]).await;
    let _pipeline = office.open(&[("busy", &busy), ("chat", &chat)]);
    office.outbox.until_settled().await;
    let arrivals = busy.arrivals();
    // Those under way when the first answer came had been sent already.
    let early = arrivals.iter().filter(|arrival| arrival.at < BEGIN + 90 * SECOND);
    assert_eq!(early.count(), 8);
    assert_eq!(arrivals.len(), 108);
    assert!(chat.arrivals().iter().all(|arrival| arrival.at == BEGIN));
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_be_given_as_a_date() {
    let office = Office::new();
    let date = RetryAfter::parse("Tue, 14 Nov 2023 22:14:20 GMT").unwrap();
    let busy = Receiver::new(&office.clock, move |delivery| match delivery.attempts {
        0 => Answer::Refuses(asking(date)),
        _ => Answer::Takes,
    });
    office.outbox.decide(1, &["chat"]).await;
    let _pipeline = office.open(&[("chat", &busy)]);
    assert_eq!(pauses(&busy.reached_by(2).await), [60 * SECOND]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_days_is_cut_and_counted() {
    let office = Office::new();
    let silencing = Receiver::new(&office.clock, |delivery| match delivery.attempts {
        0 => Answer::Refuses(asking(RetryAfter::Delay(100 * 24 * HOUR))),
        _ => Answer::Takes,
    });
    office.outbox.decide(1, &["chat"]).await;
    let pipeline = office.open(&[("chat", &silencing)]);
    assert_eq!(pauses(&silencing.reached_by(2).await), [RETRY_AFTER_MAX]);
    assert_eq!(number(&counters(&pipeline, "chat").waits_cut), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_dead_at_once() {
    let office = Office::new();
    let strict = Receiver::new(&office.clock, |_| {
        Answer::Refuses(SendError::never("answered 400"))
    });
    office.outbox.decide(1, &["chat"]).await;
    let pipeline = office.open(&[("chat", &strict)]);
    let delivery = office.outbox.until_settled().await.remove(0);
    assert!(is_dead(&delivery));
    assert_eq!(delivery.attempts, 1);
    assert_eq!(delivery.last_error.as_deref(), Some("answered 400"));
    let counters = counters(&pipeline, "chat");
    assert_eq!((number(&counters.dead), number(&counters.expired)), (1, 0));
    assert_eq!(office.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_never_goes_through_is_dead_after_a_day() {
    let office = Office::new();
    let down = Receiver::new(&office.clock, |_| {
        Answer::Refuses(SendError::later("answered 503"))
    });
    office.outbox.decide(1, &["chat"]).await;
    let pipeline = office.open(&[("chat", &down)]);
    let delivery = office.outbox.until_settled().await.remove(0);
    assert!(is_dead(&delivery));
    let error = delivery.last_error.unwrap();
    let expected = format!(
        "given up after {} attempts within 1day; the last one: answered 503",
        delivery.attempts
    );
    assert_eq!(error, expected);
    assert!(office.elapsed() > 23 * HOUR && office.elapsed() < 24 * HOUR);
    assert!((145..400).contains(&delivery.attempts), "{}", delivery.attempts);
    let counters = counters(&pipeline, "chat");
    assert_eq!((number(&counters.dead), number(&counters.expired)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn news_that_expired_while_nobody_was_there_is_not_sent() {
    let office = Office::new();
    let chat = Receiver::healthy(&office.clock);
    office.outbox.decide(1, &["chat"]).await;
    office.pass(25 * HOUR).await;
    office.outbox.decide(1, &["chat"]).await;
    let _pipeline = office.open(&[("chat", &chat)]);
    let deliveries = office.outbox.until_settled().await;
    assert_eq!(chat.keys(), ["checkout-chat/1/0/chat"]);
    assert!(is_dead(&deliveries[0]));
    assert_eq!(
        deliveries[0].last_error.as_deref(),
        Some("older than 1day; it was never tried")
    );
}
