//! Which news goes where.

use serin::engine::{NoticeKind, Outcome, Urgency};
use serin::notify::Route;

use super::outbox::news;
use super::*;

#[tokio::test(start_paused = true)]
async fn a_channel_gets_what_it_takes_and_the_outbox_says_what_it_does_not() {
    let office = Office::new();
    let (chat, pager) = (Receiver::healthy(&office.clock), Receiver::healthy(&office.clock));
    let route = Route {
        urgencies: vec![Urgency::Page],
        kinds: vec!["promoted".into()],
    };
    let outlets = [
        ("chat".to_owned(), Outlet::new(chat.clone())),
        (
            "pager".to_owned(),
            Outlet {
                route,
                ..Outlet::new(pager.clone())
            },
        ),
    ];
    let notices = vec![
        news(NoticeKind::Started, Urgency::Info),
        news(NoticeKind::RollbackUnconfirmed, Urgency::Page),
        news(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning),
        news(NoticeKind::Ended(Outcome::Promoted), Urgency::Info),
    ];
    office
        .outbox
        .tell("checkout-1", notices, &["chat", "pager"])
        .await;
    let pipeline = office.open_outlets(outlets.into());
    let deliveries = office.outbox.until_settled().await;
    assert_eq!(chat.arrivals().len(), 4);
    assert_eq!(pager.keys(), ["checkout-1/1/0/pager", "checkout-1/3/0/pager"]);
    let skipped: Vec<&str> = deliveries
        .iter()
        .filter(|delivery| delivery.state == DeliveryState::Skipped)
        .map(|delivery| delivery.key.as_str())
        .collect();
    assert_eq!(skipped, ["checkout-1/0/0/pager", "checkout-1/2/0/pager"]);
    assert_eq!(number(&counters(&pipeline, "pager").skipped), 2);
    assert!(
        deliveries
            .iter()
            .filter(|d| d.state == DeliveryState::Skipped)
            .all(|d| d.attempts == 0)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_does_not_use_up_what_a_channel_may_send() {
    let office = Office::new();
    let pager = Receiver::healthy(&office.clock);
    let outlet = Outlet {
        route: Route {
            urgencies: vec![Urgency::Page],
            kinds: Vec::new(),
        },
        limits: Limits {
            per_minute: std::num::NonZeroUsize::new(10).unwrap(),
            ..Limits::default()
        },
        ..Outlet::new(pager.clone())
    };
    let mut notices = vec![news(NoticeKind::Started, Urgency::Info); 100];
    notices.push(news(NoticeKind::RollbackUnconfirmed, Urgency::Page));
    office.outbox.tell("checkout-1", notices, &["pager"]).await;
    let _pipeline = office.open_outlets([("pager".to_owned(), outlet)].into());
    office.outbox.until_settled().await;
    assert_eq!(pager.arrivals().len(), 1);
    assert!(
        office.elapsed() < Duration::from_secs(10),
        "{:?}",
        office.elapsed()
    );
}
