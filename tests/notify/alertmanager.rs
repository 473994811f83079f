//! Alertmanager: a real one, and receivers that fail.

use axum::http::StatusCode;
use serde_json::{Value, json};
use serin::driver::{Attempt, MemoryJournal, Outbox};
use serin::engine::{Hold, HoldReason, NoticeKind, Outcome, Urgency};
use serin::notify::{AlertmanagerOptions, Sent, Templates};

use super::inbox::{Inbox, delivery};
use super::outbox::news;
use super::*;
use crate::world::alertmanager::Alertmanager;
use crate::world::endpoint;
use crate::world::patience::until;

const ROLLOUT: &str = "checkout-1700000000000";

fn channel(members: &[&str], outbox: Arc<dyn Outbox>, clock: &Arc<dyn Clock>) -> serin::notify::Alertmanager {
    let options = AlertmanagerOptions {
        members: members.iter().map(|member| (*member).into()).collect(),
        token: None,
        timeout: Duration::from_millis(500),
        templates: Templates::default(),
    };
    serin::notify::Alertmanager::new(options, outbox, clock.clone()).unwrap()
}

fn open(office: &Office, members: &[&str]) -> Pipeline {
    let outbox = Arc::new(office.outbox.clone());
    let alertmanager = channel(members, outbox, &office.clock);
    office.open_outlets([("alerts".to_owned(), Outlet::new(alertmanager))].into())
}

fn drift() -> NoticeKind {
    let hold: Hold =
        serde_json::from_value(json!({"reason": "drift", "detail": "somebody set 40 %"})).unwrap();
    NoticeKind::Holding(hold)
}

fn name(alert: &Value) -> &str {
    alert["labels"]["alertname"].as_str().unwrap()
}

/// Gives the delivery of this number to the channel once more, as the pipeline does when it is due.
async fn remind(office: &Office, members: &[&str], number: usize) -> Sent {
    let alertmanager = channel(members, Arc::new(office.outbox.clone()), &office.clock);
    let lasting = office.outbox.deliveries().remove(number);
    alertmanager.send(&lasting).await.unwrap()
}

#[tokio::test]
async fn a_real_one_receives_groups_and_resolves() {
    let office = Office::today();
    let people = Inbox::answering(StatusCode::OK).await;
    let alertmanager = Alertmanager::telling(&people.url()).await;
    let members = [alertmanager.url()];
    let members = [members[0].as_str()];
    let troubles = vec![
        news(drift(), Urgency::Page),
        news(NoticeKind::RollbackUnconfirmed, Urgency::Page),
    ];
    office.outbox.tell(ROLLOUT, troubles, &["alerts"]).await;
    let pipeline = open(&office, &members);
    office.outbox.until_settled().await;

    let mut alerts = alertmanager.alerts().await;
    alerts.sort_by_key(|alert| name(alert).to_owned());
    let names: Vec<&str> = alerts.iter().map(name).collect();
    assert_eq!(names, ["SerinHolding", "SerinRollbackUnconfirmed"]);
    assert_eq!(
        alerts[0]["labels"],
        json!({
            "alertname": "SerinHolding",
            "severity": "critical",
            "namespace": "shop",
            "canary": "checkout",
            "rollout": ROLLOUT,
            "reason": "drift",
        })
    );
    assert_eq!(alerts[0]["annotations"]["description"], "shop/checkout: holding");
    let groups = alertmanager.groups().await;
    assert_eq!(groups.len(), 1, "one Canary, one group: {groups:?}");
    assert_eq!(groups[0]["alerts"].as_array().unwrap().len(), 2);
    let told = people.reached_by(1).await.remove(0).json();
    assert_eq!(
        (&told["status"], told["alerts"].as_array().unwrap().len()),
        (&json!("firing"), 2)
    );

    drop(pipeline);
    let end = vec![news(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning)];
    office.outbox.tell(ROLLOUT, end, &["other"]).await;
    for number in [0, 1] {
        assert_eq!(remind(&office, &members, number).await, Sent::Taken(None));
    }
    let resolved = until("resolved", async || {
        let told = people.received();
        told.iter()
            .map(|told| told.json())
            .find(|told| told["status"] == "resolved")
    })
    .await;
    let ends = resolved["alerts"].as_array().unwrap();
    assert!(
        ends.len() == 2 && ends.iter().all(|alert| alert["status"] == "resolved"),
        "{resolved}"
    );
    assert_eq!(alertmanager.alerts().await, Vec::<Value>::new());
}

#[tokio::test]
async fn one_that_lost_its_memory_and_a_member_that_was_away_are_told_again() {
    let office = Office::today();
    let people = Inbox::answering(StatusCode::OK).await;
    let (mut first, second) = (
        Alertmanager::telling(&people.url()).await,
        Alertmanager::telling(&people.url()).await,
    );
    let urls = [first.url(), second.url()];
    let members = urls.each_ref().map(String::as_str);
    first.kill();
    office
        .outbox
        .tell(ROLLOUT, vec![news(drift(), Urgency::Page)], &["alerts"])
        .await;
    drop(open_until_settled(&office, &members).await);
    assert_eq!(second.alerts().await.len(), 1, "one member is enough");

    let fresh = Alertmanager::telling(&people.url()).await;
    let urls = [fresh.url(), second.url()];
    let members = urls.each_ref().map(String::as_str);
    let sent = remind(&office, &members, 0).await;
    assert!(
        matches!(sent, Sent::Lasts { again_in, .. } if again_in <= Duration::from_secs(60)),
        "{sent:?}"
    );
    let (one, other) = (fresh.alerts().await, second.alerts().await);
    assert_eq!((one.len(), other.len()), (1, 1));
    assert_eq!(one[0]["fingerprint"], other[0]["fingerprint"], "the same alert");
    assert_eq!(one[0]["startsAt"], other[0]["startsAt"]);
}

#[tokio::test]
async fn a_refusal_names_the_address_that_was_asked_without_what_may_be_a_secret() {
    let office = Office::today();
    let inbox = Inbox::answering(StatusCode::NOT_FOUND).await;
    let address = inbox.endpoint.address.clone();
    let told_of = delivery(NoticeKind::RollbackConfirmed);
    for (path, asked) in [("", "/api/v2/alerts"), ("/a-prefix", "/…/api/v2/alerts")] {
        let alertmanager = channel(
            &[&format!("{address}{path}")],
            Arc::new(office.outbox.clone()),
            &office.clock,
        );
        let told = alertmanager.send(&told_of).await.unwrap_err().to_string();
        assert!(told.contains(&format!("{address}{asked} answered 404")), "{told}");
        assert!(!told.contains("a-prefix"), "{told}");
    }
}

async fn open_until_settled(office: &Office, members: &[&str]) -> Pipeline {
    let pipeline = open(office, members);
    office.outbox.until_settled().await;
    pipeline
}

/// The alert that a receiver gets.
async fn alert(inbox: &Inbox, office: &Office, delivery: &Delivery) -> (Value, Sent) {
    let outbox = Arc::new(office.outbox.clone());
    let alertmanager = channel(&[&inbox.endpoint.address], outbox, &office.clock);
    let sent = alertmanager.send(delivery).await.unwrap();
    let request = inbox.received().pop().unwrap();
    assert_eq!(request.uri, "/api/v2/alerts");
    (request.json()[0].clone(), sent)
}

#[tokio::test(start_paused = true)]
async fn the_labels_stay_the_same_and_the_end_moves_on_before_it_passes() {
    let (office, inbox) = (Office::new(), Inbox::answering(StatusCode::OK).await);
    let mut lasting = delivery(drift());
    lasting.created_at = BEGIN;
    let (first, sent) = alert(&inbox, &office, &lasting).await;
    let Sent::Lasts { again_in, .. } = sent else {
        panic!("{sent:?}")
    };
    office.pass(again_in).await;
    lasting.state = DeliveryState::Lasting;
    lasting.notice.text = "0.9 % errors".into();
    let (second, _) = alert(&inbox, &office, &lasting).await;
    assert_eq!(first["labels"], second["labels"]);
    assert_eq!(first["startsAt"], "2023-11-14T22:13:20.000Z");
    assert_eq!(first["startsAt"], second["startsAt"]);
    assert_eq!(
        (first["endsAt"].as_str(), second["endsAt"].as_str()),
        (Some("2023-11-14T22:17:20.000Z"), Some("2023-11-14T22:18:20.000Z"))
    );
    assert!(
        again_in * 2 < Duration::from_secs(240),
        "a second attempt before it ends"
    );
    assert!(second["annotations"]["description"] == "0.9 % errors");
}

#[tokio::test(start_paused = true)]
async fn what_nothing_ends_is_shown_for_an_hour() {
    let (office, inbox) = (Office::new(), Inbox::answering(StatusCode::OK).await);
    let mut aborted = delivery(NoticeKind::Ended(Outcome::Aborted));
    aborted.created_at = BEGIN;
    let (first, sent) = alert(&inbox, &office, &aborted).await;
    assert_eq!(
        (name(&first), &first["labels"]["severity"]),
        ("SerinAborted", &json!("warning"))
    );
    assert!(matches!(sent, Sent::Lasts { .. }), "{sent:?}");
    office.pass(Duration::from_secs(3600)).await;
    aborted.state = DeliveryState::Lasting;
    let (last, sent) = alert(&inbox, &office, &aborted).await;
    assert_eq!(last["endsAt"], "2023-11-14T23:13:20.000Z");
    assert_eq!(sent, Sent::Taken(None));
}

#[tokio::test]
async fn is_over_when_later_news_says_so_and_not_before() {
    let (office, inbox) = (Office::new(), Inbox::answering(StatusCode::OK).await);
    office
        .outbox
        .tell(ROLLOUT, vec![news(drift(), Urgency::Page)], &["alerts"])
        .await;
    let lasting = office.outbox.deliveries().remove(0);
    let other = NoticeKind::HoldOver(HoldReason::NoData);
    office
        .outbox
        .tell(ROLLOUT, vec![news(other, Urgency::Info)], &["alerts"])
        .await;
    let (_, sent) = alert(&inbox, &office, &lasting).await;
    assert!(matches!(sent, Sent::Lasts { .. }), "{sent:?}");
    let own = NoticeKind::HoldOver(HoldReason::Drift);
    office
        .outbox
        .tell(ROLLOUT, vec![news(own, Urgency::Info)], &["alerts"])
        .await;
    let (_, sent) = alert(&inbox, &office, &lasting).await;
    assert_eq!(sent, Sent::Taken(None));
    let outbox: &dyn Outbox = &office.outbox;
    outbox
        .settle(&lasting.key, &Attempt::Delivered(None), office.clock.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_member_that_hangs_or_refuses_keeps_nothing_from_the_others() {
    let office = Office::new();
    let nothing: Arc<dyn Outbox> = Arc::new(MemoryJournal::default());
    let (hanging, refusing) = (
        endpoint::silent().await,
        endpoint::answering(StatusCode::BAD_REQUEST).await,
    );
    let gone = "http://127.0.0.1:1";
    let taking = Inbox::answering(StatusCode::OK).await;
    let all = [
        &hanging.address,
        &refusing.address,
        gone,
        &taking.endpoint.address,
    ];
    let sent = channel(&all, nothing.clone(), &office.clock)
        .send(&delivery(drift()))
        .await;
    assert!(matches!(sent, Ok(Sent::Lasts { .. })), "{sent:?}");
    assert_eq!(taking.received().len(), 1);

    let error = channel(&all[..3], nothing.clone(), &office.clock)
        .send(&delivery(drift()))
        .await
        .unwrap_err();
    assert!(!error.is_final());
    let said = error.to_string();
    for member in &all[..3] {
        assert!(said.contains(*member), "{said}");
    }
    let error = channel(&all[1..2], nothing, &office.clock)
        .send(&delivery(drift()))
        .await;
    assert!(error.unwrap_err().is_final());
}
