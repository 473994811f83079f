//! The whole way, from the outbox to real receivers.

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;
use serin::notify::{Limits, Outlet};

use super::super::{Office, counters, number, outlet};
use super::*;
use crate::world::endpoint;

fn through(channel: &str) -> impl Fn(&[Delivery]) -> bool + '_ {
    move |deliveries| {
        let mut own = deliveries.iter().filter(|d| d.channel == channel);
        own.all(|delivery| delivery.state == DeliveryState::Delivered)
    }
}

#[tokio::test]
async fn receivers_that_hang_drop_or_refuse_delay_no_other() {
    let office = Office::new();
    let chat = Inbox::answering(StatusCode::NO_CONTENT).await;
    let slow = Inbox::asking(|_| {
        async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            StatusCode::OK.into_response()
        }
        .boxed()
    })
    .await;
    let hanging = endpoint::silent().await;
    let refusing = endpoint::answering(StatusCode::FORBIDDEN).await;
    let gone = serve(Router::new()).await.address.clone();
    let addresses = [
        ("chat", chat.url()),
        ("gone", gone),
        ("hanging", hanging.address.clone()),
        ("refusing", refusing.address.clone()),
        ("slow", slow.url()),
    ];
    office
        .outbox
        .decide(200, &addresses.each_ref().map(|(name, _)| *name))
        .await;
    let outlets = addresses.map(|(name, url)| (name.to_owned(), Outlet::new(webhook(&url))));
    let pipeline = office.open_outlets(outlets.into());
    office.outbox.until(through("chat")).await;
    office.outbox.until(through("slow")).await;
    let refused = |deliveries: &[Delivery]| {
        let mut own = deliveries.iter().filter(|d| d.channel == "refusing");
        own.all(|delivery| delivery.state == DeliveryState::Dead)
    };
    office.outbox.until(refused).await;
    assert_eq!((chat.received().len(), slow.received().len()), (200, 200));
    assert_eq!(number(&counters(&pipeline, "hanging").delivered), 0);
    assert_eq!(number(&counters(&pipeline, "gone").delivered), 0);
}

#[tokio::test]
async fn a_receiver_that_fails_now_and_then_gets_everything_and_can_tell_repetitions() {
    let office = Office::new();
    // Of the deliveries every third is read and not answered at first, and every fifth refused.
    let known = Mutex::new(BTreeSet::new());
    let inbox = Inbox::asking(move |request| {
        let mut known = known.lock().unwrap();
        let is_new = known.insert(request.header("idempotency-key").to_owned());
        match known.len() {
            number if is_new && number % 3 == 2 => std::future::pending().boxed(),
            number if is_new && number % 5 == 4 => ready(StatusCode::BAD_GATEWAY.into_response()).boxed(),
            _ => ready(StatusCode::OK.into_response()).boxed(),
        }
    })
    .await;
    let limits = Limits {
        send_timeout: Duration::from_millis(500),
        ..Limits::default()
    };
    office.outbox.decide(30, &["chat"]).await;
    let _pipeline = office.open_outlets([("chat".to_owned(), outlet(webhook(&inbox.url()), limits))].into());
    office.outbox.until_settled().await;
    let received = inbox.received();
    let keys: BTreeSet<&str> = received
        .iter()
        .map(|request| request.header("idempotency-key"))
        .collect();
    let bodies: BTreeSet<&[u8]> = received.iter().map(|request| &*request.body).collect();
    assert!(received.len() >= 44, "{}", received.len());
    assert_eq!((keys.len(), bodies.len()), (30, 30));
}

#[tokio::test]
async fn ten_thousand_deliveries_reach_a_real_receiver_once_each() {
    let office = Office::new();
    let inbox = Inbox::answering(StatusCode::ACCEPTED).await;
    office.outbox.decide(10_000, &["chat"]).await;
    let _pipeline = office.open_outlets([("chat".to_owned(), Outlet::new(webhook(&inbox.url())))].into());
    office.outbox.until_settled().await;
    let received = inbox.reached_by(10_000).await;
    let keys: BTreeSet<&str> = received
        .iter()
        .map(|request| request.header("idempotency-key"))
        .collect();
    assert_eq!((received.len(), keys.len()), (10_000, 10_000));
}
