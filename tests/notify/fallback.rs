//! News that a channel does not take in time goes to the next one.

use serin::notify::{Fallback, RetryAfter, SendError};

use super::outbox::news;
use super::receiver::Answer;
use super::*;
use serin::engine::{NoticeKind, Urgency};
use serin::notify::Route;

const AFTER: Duration = Duration::from_secs(300);

/// As long as a worker may take to look.
const LOOK: Duration = Duration::from_secs(5);

/// `first`, with `second` behind it.
fn open(office: &Office, first: &Receiver, second: &Receiver) -> Pipeline {
    open_routed(office, first, second, Route::everything())
}

fn open_routed(office: &Office, first: &Receiver, second: &Receiver, route: Route) -> Pipeline {
    let outlets = [
        (
            "first".to_owned(),
            Outlet {
                fallback: Some(Fallback {
                    channel: "second".into(),
                    after: AFTER,
                }),
                route,
                ..Outlet::new(first.clone())
            },
        ),
        ("second".to_owned(), Outlet::new(second.clone())),
    ];
    office.open_outlets(outlets.into())
}

#[tokio::test(start_paused = true)]
async fn the_second_channel_is_told_when_the_first_one_fails_for_too_long() {
    let office = Office::new();
    let first = Receiver::new(&office.clock, |_| Answer::Refuses(SendError::later("busy")));
    let second = Receiver::healthy(&office.clock);
    office.outbox.decide(2, &["first"]).await;
    let pipeline = open(&office, &first, &second);
    let arrivals = second.reached_by(2).await;
    assert!(
        office.elapsed() >= AFTER && office.elapsed() <= AFTER + LOOK,
        "{:?}",
        office.elapsed()
    );
    let told = &arrivals[0].delivery;
    assert_eq!(told.key, "checkout-first/0/0/first/second");
    assert_eq!(told.instead_of.as_deref(), Some("first"));
    assert_eq!(number(&counters(&pipeline, "first").handed_on), 2);
    office.pass(10 * AFTER).await;
    assert_eq!(second.arrivals().len(), 2, "each once");
    assert!(first.arrivals().len() > 10, "the first one is still tried");
}

#[tokio::test(start_paused = true)]
async fn a_first_channel_that_hangs_or_asks_to_be_left_alone_is_no_different() {
    for answer in [
        || Answer::Hangs,
        || {
            Answer::Refuses(SendError::Later {
                reason: "too many".into(),
                wait: Some(RetryAfter::Delay(Duration::from_secs(3600))),
            })
        },
    ] {
        let office = Office::new();
        let first = Receiver::new(&office.clock, move |_| answer());
        let second = Receiver::healthy(&office.clock);
        office.outbox.decide(1, &["first"]).await;
        let _pipeline = open(&office, &first, &second);
        first.reached_by(1).await;
        office.pass(Duration::from_secs(30)).await;
        // Decided while nobody is allowed to try.
        office
            .outbox
            .tell("late", vec![outbox::notice()], &["first"])
            .await;
        second.reached_by(2).await;
        let at_most = Duration::from_secs(30) + AFTER + LOOK;
        assert!(office.elapsed() <= at_most, "{:?}", office.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_first_one_refuses_for_good_is_told_within_seconds() {
    let office = Office::new();
    let first = Receiver::new(&office.clock, |_| {
        Answer::Refuses(SendError::never("no such room"))
    });
    let second = Receiver::healthy(&office.clock);
    office.outbox.decide(1, &["first"]).await;
    let _pipeline = open(&office, &first, &second);
    second.reached_by(1).await;
    assert!(office.elapsed() <= LOOK, "{:?}", office.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nobody_else_hears_of_what_the_first_one_took() {
    let office = Office::new();
    // Whatever chance adds to the pauses, the first try after this is long before the second one's turn.
    let busy_until = BEGIN + AFTER / 8;
    let clock = office.clock.clone();
    let first = Receiver::new(&office.clock, move |_| {
        if clock.now() < busy_until {
            Answer::Refuses(SendError::later("busy"))
        } else {
            Answer::Takes
        }
    });
    let second = Receiver::healthy(&office.clock);
    office.outbox.decide(3, &["first"]).await;
    let _pipeline = open(&office, &first, &second);
    office.outbox.until_settled().await;
    office.pass(2 * AFTER).await;
    assert_eq!(second.arrivals().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_that_stand_in_for_each_other_end() {
    let office = Office::new();
    let refusing = || Receiver::new(&office.clock, |_| Answer::Refuses(SendError::never("closed")));
    let (first, second) = (refusing(), refusing());
    let outlet = |receiver: &Receiver, other: &str| Outlet {
        fallback: Some(Fallback {
            channel: other.into(),
            after: AFTER,
        }),
        ..Outlet::new(receiver.clone())
    };
    let outlets = [
        ("first".to_owned(), outlet(&first, "second")),
        ("second".to_owned(), outlet(&second, "first")),
    ];
    office.outbox.decide(1, &["first"]).await;
    let _pipeline = office.open_outlets(outlets.into());
    office.pass(4 * AFTER).await;
    assert_eq!((first.arrivals().len(), second.arrivals().len()), (1, 1));
    let deliveries = office.outbox.deliveries();
    assert!(
        deliveries.len() == 2 && deliveries.iter().all(is_dead),
        "{deliveries:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_first_one_does_not_take_at_all_goes_nowhere() {
    let office = Office::new();
    let first = Receiver::new(&office.clock, |_| Answer::Hangs);
    let second = Receiver::healthy(&office.clock);
    let pages = Route {
        urgencies: vec![Urgency::Page],
        kinds: Vec::new(),
    };
    let notices = vec![
        news(NoticeKind::Started, Urgency::Info),
        news(NoticeKind::RollbackUnconfirmed, Urgency::Page),
    ];
    office.outbox.tell("checkout-1", notices, &["first"]).await;
    let _pipeline = open_routed(&office, &first, &second, pages);
    office.pass(2 * AFTER).await;
    let told: Vec<NoticeKind> = second
        .arrivals()
        .into_iter()
        .map(|arrival| arrival.delivery.notice.kind)
        .collect();
    assert_eq!(told, [NoticeKind::RollbackUnconfirmed]);
}
