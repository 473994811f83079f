//! What lasts: a channel is given it again now and then, and across restarts, until it says that it is over.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serin::driver::Attempt;
use serin::notify::{SendError, Sent};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// Is asked again every minute, and says the fifth time that it is over. Fails where it is told to.
#[derive(Clone, Default)]
struct Beacon {
    asked: Arc<AtomicUsize>,
    fails_at: Option<usize>,
}

#[async_trait]
impl Channel for Beacon {
    async fn send(&self, _: &Delivery) -> Result<Sent, SendError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        match asked {
            _ if self.fails_at == Some(asked) => Err(SendError::later("busy")),
            5 => Ok(Sent::Taken(None)),
            _ => Ok(Sent::Lasts {
                again_in: MINUTE,
                receipt: Some("incident 7".into()),
            }),
        }
    }
}

async fn lit(beacon: &Beacon) -> (Office, Pipeline) {
    let office = Office::new();
    office.outbox.decide(1, &["beacon"]).await;
    let pipeline = office.open_outlets([("beacon".to_owned(), Outlet::new(beacon.clone()))].into());
    (office, pipeline)
}

#[tokio::test(start_paused = true)]
async fn is_sent_again_at_its_pace_until_it_is_over() {
    let beacon = Beacon::default();
    let (office, pipeline) = lit(&beacon).await;
    office.outbox.until_settled().await;
    let lasting = office.outbox.deliveries().remove(0);
    assert_eq!(lasting.state, DeliveryState::Lasting);
    assert_eq!(lasting.receipt.as_deref(), Some("incident 7"));
    assert_eq!(office.elapsed(), Duration::ZERO);
    let delivered = |deliveries: &[Delivery]| deliveries[0].state == DeliveryState::Delivered;
    let over = office.outbox.until(delivered).await.remove(0);
    assert_eq!(office.elapsed(), 4 * MINUTE);
    assert_eq!(over.receipt.as_deref(), Some("incident 7"), "it is kept");
    assert_eq!(
        number(&counters(&pipeline, "beacon").delivered),
        1,
        "it is one delivery"
    );
}

#[tokio::test(start_paused = true)]
async fn waits_for_nobody_and_so_is_no_backlog() {
    let (office, _pipeline) = lit(&Beacon::default()).await;
    office.outbox.until_settled().await;
    let outbox: &dyn serin::driver::Outbox = &office.outbox;
    assert_eq!(outbox.backlog().await.unwrap(), (0, None));
    assert!(outbox.due().await.unwrap().contains_key("beacon"));
}

#[tokio::test(start_paused = true)]
async fn another_process_goes_on_with_it() {
    let beacon = Beacon::default();
    let (office, pipeline) = lit(&beacon).await;
    office.pass(MINUTE + MINUTE / 2).await;
    assert_eq!(beacon.asked.load(Ordering::Relaxed), 2);
    drop(pipeline);
    let _pipeline = office.open_outlets([("beacon".to_owned(), Outlet::new(beacon.clone()))].into());
    office.pass(3 * MINUTE).await;
    assert_eq!(beacon.asked.load(Ordering::Relaxed), 5);
    assert_eq!(office.outbox.deliveries()[0].state, DeliveryState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_between_is_tried_again_soon_and_it_goes_on_lasting() {
    let beacon = Beacon {
        fails_at: Some(3),
        ..Beacon::default()
    };
    let (office, _pipeline) = lit(&beacon).await;
    office.pass(2 * MINUTE + MINUTE / 6).await;
    assert_eq!(beacon.asked.load(Ordering::Relaxed), 4);
    let lasting = office.outbox.deliveries().remove(0);
    assert_eq!((lasting.state, lasting.attempts), (DeliveryState::Lasting, 1));
    assert_eq!(lasting.last_error.as_deref(), Some("busy"));
}

#[tokio::test(start_paused = true)]
async fn does_not_become_old_news() {
    let office = Office::new();
    let ever = Receiver::healthy(&office.clock);
    office.outbox.decide(1, &["chat"]).await;
    let key = office.outbox.deliveries()[0].key.clone();
    let outbox: &dyn serin::driver::Outbox = &office.outbox;
    let lasts = Attempt::Lasts {
        at: BEGIN + 30 * 60 * MINUTE,
        receipt: None,
    };
    outbox.settle(&key, &lasts, BEGIN).await.unwrap();
    let _pipeline = office.open(&[("chat", &ever)]);
    assert_eq!(ever.reached_by(1).await[0].at, BEGIN + 30 * 60 * MINUTE);
}
