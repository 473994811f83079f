//! PagerDuty, against a service that keeps incidents as PagerDuty does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use serde_json::{Value, json};
use serin::driver::{Attempt, DeliveryState, MemoryJournal, Outbox};
use serin::engine::{Hold, HoldReason, NoticeKind, Outcome, Urgency};
use serin::notify::{Outlet, PagerDuty, PagerDutyOptions, Pipeline, Route, Templates};

use super::inbox::{Inbox, Received, delivery};
use super::outbox::news;
use super::*;
use crate::world::endpoint;

const KEY: &str = crate::world::marked::constant!("routing-key");
const ROLLOUT: &str = "checkout-1700000000000";

/// What a service had to do with.
#[derive(Debug, Default)]
struct Service {
    /// By their keys: the open incident, and how often it was triggered.
    open: BTreeMap<String, (Value, usize)>,
    resolved: Vec<String>,
    changes: Vec<Value>,
    /// The next requests fare so.
    faults: VecDeque<StatusCode>,
}

impl Service {
    fn answer(&mut self, request: &Received) -> Response {
        if let Some(fault) = self.faults.pop_front() {
            return fault.into_response();
        }
        let event = request.json();
        if event["routing_key"] != KEY {
            return (StatusCode::BAD_REQUEST, Json(json!({"status": "invalid event"}))).into_response();
        }
        match (request.uri.path(), event["event_action"].as_str()) {
            ("/v2/change/enqueue", None) => self.changes.push(event["payload"].clone()),
            ("/v2/enqueue", Some("trigger")) => {
                let key = event["dedup_key"].as_str().unwrap().to_owned();
                let incident = self
                    .open
                    .entry(key)
                    .or_insert_with(|| (event["payload"].clone(), 0));
                incident.1 += 1;
            }
            ("/v2/enqueue", Some("resolve")) => {
                let key = event["dedup_key"].as_str().unwrap();
                if self.open.remove(key).is_some() {
                    self.resolved.push(key.to_owned());
                }
            }
            _ => return StatusCode::NOT_FOUND.into_response(),
        }
        (StatusCode::ACCEPTED, Json(json!({"status": "success"}))).into_response()
    }
}

/// The office, and a service that it tells.
struct World {
    office: Office,
    service: Arc<Mutex<Service>>,
    inbox: Inbox,
}

impl World {
    async fn new() -> Self {
        let service = Arc::<Mutex<Service>>::default();
        let inner = service.clone();
        let inbox = Inbox::asking(move |request| {
            let answer = inner.lock().unwrap().answer(&request);
            std::future::ready(answer).boxed()
        })
        .await;
        Self {
            office: Office::new(),
            service,
            inbox,
        }
    }

    /// A pipeline that tells the service what needs somebody, and promotions.
    fn open(&self) -> Pipeline {
        let outbox = Arc::new(self.office.outbox.clone());
        let outlet = Outlet {
            route: Route {
                urgencies: vec![Urgency::Page],
                kinds: vec!["promoted".into()],
            },
            ..Outlet::new(pagerduty(&self.inbox.endpoint.address, outbox, &self.office))
        };
        self.office.open_outlets([("pager".to_owned(), outlet)].into())
    }

    async fn tell(&self, kind: NoticeKind, urgency: Urgency) {
        self.office
            .outbox
            .tell(ROLLOUT, vec![news(kind, urgency)], &["pager"])
            .await;
    }
}

fn pagerduty(api: &str, outbox: Arc<dyn Outbox>, office: &Office) -> PagerDuty {
    let options = PagerDutyOptions {
        api: api.into(),
        routing_key: KEY.into(),
        templates: Templates::default(),
    };
    PagerDuty::new(options, outbox, office.clock.clone()).unwrap()
}

fn drift() -> NoticeKind {
    let hold: Hold =
        serde_json::from_value(json!({"reason": "drift", "detail": "somebody set 40 %"})).unwrap();
    NoticeKind::Holding(hold)
}

fn key(what: &str) -> String {
    format!("serin/shop/{ROLLOUT}/{what}")
}

fn states(office: &Office) -> Vec<DeliveryState> {
    office
        .outbox
        .deliveries()
        .iter()
        .map(|delivery| delivery.state)
        .collect()
}

#[tokio::test]
async fn what_needs_somebody_opens_an_incident_that_is_resolved_when_it_is_over() {
    let world = World::new().await;
    world.tell(drift(), Urgency::Page).await;
    let pipeline = world.open();
    world.office.outbox.until_settled().await;
    {
        let service = world.service.lock().unwrap();
        let (incident, _) = &service.open[&key("holding-drift")];
        assert_eq!(incident["severity"], "critical");
        assert_eq!(incident["summary"], "shop/checkout: holding");
        assert_eq!(incident["class"], "holding-drift");
        assert_eq!(incident["custom_details"]["rollout"], ROLLOUT);
    }
    assert_eq!(states(&world.office), [DeliveryState::Lasting]);
    drop(pipeline);

    // The next process sees that it is over, as soon as it looks.
    world
        .tell(NoticeKind::HoldOver(HoldReason::Drift), Urgency::Info)
        .await;
    let outbox: &dyn Outbox = &world.office.outbox;
    let now = world.office.clock.now();
    let looks_now = Attempt::Lasts {
        at: now,
        receipt: None,
    };
    let lasting = world.office.outbox.deliveries().remove(0).key;
    outbox.settle(&lasting, &looks_now, now).await.unwrap();
    let _pipeline = world.open();
    let is_over = |deliveries: &[Delivery]| deliveries[0].state == DeliveryState::Delivered;
    let deliveries = world.office.outbox.until(is_over).await;
    assert_eq!(deliveries[0].receipt, Some(key("holding-drift")));
    let service = world.service.lock().unwrap();
    assert_eq!(service.resolved, [key("holding-drift")]);
    assert!(service.open.is_empty());
}

#[tokio::test]
async fn what_is_over_before_anybody_was_called_calls_nobody() {
    let world = World::new().await;
    world.tell(drift(), Urgency::Page).await;
    world
        .tell(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning)
        .await;
    let _pipeline = world.open();
    world.office.outbox.until_settled().await;
    assert_eq!(
        states(&world.office),
        [DeliveryState::Skipped, DeliveryState::Skipped]
    );
    let service = world.service.lock().unwrap();
    assert!(
        service.open.is_empty() && service.resolved.is_empty(),
        "{service:?}"
    );
}

#[tokio::test]
async fn a_second_trouble_calls_although_the_first_is_in_hand() {
    let world = World::new().await;
    world.tell(drift(), Urgency::Page).await;
    world.tell(NoticeKind::RollbackUnconfirmed, Urgency::Page).await;
    let _pipeline = world.open();
    world.office.outbox.until_settled().await;
    let service = world.service.lock().unwrap();
    let open: Vec<&String> = service.open.keys().collect();
    assert_eq!(open, [&key("holding-drift"), &key("rollback-unconfirmed")]);
}

#[tokio::test]
async fn a_promotion_is_a_change_and_an_abort_is_not_told() {
    let world = World::new().await;
    world
        .tell(NoticeKind::Ended(Outcome::Promoted), Urgency::Info)
        .await;
    world
        .tell(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning)
        .await;
    world.tell(NoticeKind::Started, Urgency::Info).await;
    let pipeline = world.open();
    world.office.outbox.until_settled().await;
    assert_eq!(
        states(&world.office),
        [
            DeliveryState::Delivered,
            DeliveryState::Skipped,
            DeliveryState::Skipped
        ]
    );
    assert_eq!(number(&counters(&pipeline, "pager").skipped), 2);
    let service = world.service.lock().unwrap();
    assert_eq!(service.changes.len(), 1);
    assert_eq!(service.changes[0]["summary"], "shop/checkout: promoted");
    assert_eq!(service.changes[0]["custom_details"]["kind"], "promoted");
    assert!(service.open.is_empty());
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_and_is_one_incident() {
    let world = World::new().await;
    world
        .service
        .lock()
        .unwrap()
        .faults
        .extend([StatusCode::INTERNAL_SERVER_ERROR, StatusCode::TOO_MANY_REQUESTS]);
    world.tell(NoticeKind::RollbackUnconfirmed, Urgency::Page).await;
    let _pipeline = world.open();
    world.office.outbox.until_settled().await;
    let service = world.service.lock().unwrap();
    assert_eq!(service.open[&key("rollback-unconfirmed")].1, 1);
    drop(service);
    let delivery = world.office.outbox.deliveries().remove(0);
    assert_eq!(delivery.receipt, Some(key("rollback-unconfirmed")));
    assert_eq!(delivery.attempts, 1, "what works begins the count anew");
}

#[tokio::test]
async fn only_a_202_says_that_it_was_taken() {
    let office = Office::new();
    for (status, is_final) in [
        (StatusCode::OK, false),
        (StatusCode::BAD_REQUEST, true),
        (StatusCode::FORBIDDEN, true),
        (StatusCode::TOO_MANY_REQUESTS, false),
        (StatusCode::INTERNAL_SERVER_ERROR, false),
        (StatusCode::SERVICE_UNAVAILABLE, false),
    ] {
        for kind in [
            NoticeKind::RollbackUnconfirmed,
            NoticeKind::Ended(Outcome::Aborted),
        ] {
            let inbox = Inbox::answering((status, [(RETRY_AFTER, "7")], "a body with the key")).await;
            let pager = pagerduty(
                &inbox.endpoint.address,
                Arc::new(MemoryJournal::default()),
                &office,
            );
            let error = pager.send(&delivery(kind)).await.unwrap_err();
            assert_eq!(error.is_final(), is_final, "{error}");
            assert_eq!(error.to_string().contains("Events API v2"), is_final, "{error}");
            assert!(!error.to_string().contains(KEY));
        }
    }
    let breaking = endpoint::breaking().await;
    let pager = pagerduty(&breaking.address, Arc::new(MemoryJournal::default()), &office);
    assert!(!format!("{pager:?}").contains(KEY));
}
