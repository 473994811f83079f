//! What every outbox promises.

use std::collections::BTreeSet;
use std::time::Duration;

use serin::driver::{Attempt, DeliveryState};
use serin::engine::{NoticeKind, Outcome};
use serin::spec::Timestamp;

use super::recorded::{aborted, notices, together, under_way};
use super::subject::{Remembers, TestStore, on_every_journal};

const ID: &str = "checkout-1700000000000";

/// Long after everything here was decided.
const NOW: Timestamp = Timestamp(1_800_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

on_every_journal! {
    has_each_notice_once_for_each_channel,
    leases_the_oldest_first_and_nobody_elses,
    gives_a_lease_to_nobody_else_until_it_runs_out,
    two_who_lease_at_once_share,
    has_what_was_delivered_no_more,
    is_due_again_when_it_was_to_be_tried_again,
    has_what_was_given_up_no_more,
    hears_of_what_it_does_not_have_without_complaint,
}

async fn has_each_notice_once_for_each_channel(journal: &dyn Remembers) {
    let appends = aborted(ID);
    journal.take(&appends).await;

    let oncall = journal.lease("oncall", NOW, NOW + MINUTE, 100).await.unwrap();
    let team = journal.lease("team", NOW, NOW + MINUTE, 100).await.unwrap();

    assert!(notices(&appends) > 2);
    assert_eq!((oncall.len(), team.len()), (notices(&appends), notices(&appends)));
    let keys: BTreeSet<&str> = oncall
        .iter()
        .chain(&team)
        .map(|delivery| delivery.key.as_str())
        .collect();
    assert_eq!(keys.len(), 2 * notices(&appends));
    let (first, last) = (&oncall[0], &oncall[oncall.len() - 1]);
    assert_eq!(first.key, format!("{ID}/0/0/oncall"));
    assert_eq!(
        (first.namespace.as_str(), first.name.as_str()),
        ("shop", "checkout")
    );
    assert_eq!(first.rollout, ID);
    assert_eq!(first.notice.kind, NoticeKind::Started);
    assert_eq!(first.created_at, appends[0].entries[0].at);
    assert_eq!((first.attempts, first.state), (0, DeliveryState::Pending));
    assert_eq!(last.notice.kind, NoticeKind::Ended(Outcome::Aborted));
}

async fn leases_the_oldest_first_and_nobody_elses(journal: &dyn Remembers) {
    journal.take(&under_way("late-1700000009000")).await;
    journal.take(&under_way("early-1700000000000")).await;

    let one = journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap();
    let all = journal.lease("oncall", NOW, NOW + MINUTE, 100).await.unwrap();
    let nobodys = journal.lease("nobody", NOW, NOW + MINUTE, 100).await.unwrap();

    assert_eq!(one.len(), 1);
    assert_eq!(one[0].rollout, "early-1700000000000");
    let times: Vec<Timestamp> = one
        .iter()
        .chain(&all)
        .map(|delivery| delivery.created_at)
        .collect();
    assert!(times.is_sorted() && times.len() > 3, "{times:?}");
    assert!(all.iter().all(|delivery| delivery.channel == "oncall"));
    assert!(nobodys.is_empty());
}

async fn gives_a_lease_to_nobody_else_until_it_runs_out(journal: &dyn Remembers) {
    journal.take(&under_way(ID)).await;

    let leased = journal.lease("oncall", NOW, NOW + MINUTE, 100).await.unwrap();
    let meanwhile = journal
        .lease("oncall", NOW + MINUTE / 2, NOW + MINUTE, 100)
        .await
        .unwrap();
    let afterwards = journal
        .lease("oncall", NOW + MINUTE, NOW + MINUTE * 2, 100)
        .await
        .unwrap();

    assert!(meanwhile.is_empty());
    assert_eq!(afterwards, leased, "with the same keys");
}

async fn two_who_lease_at_once_share(journal: &dyn Remembers) {
    journal.take(&[together(&aborted(ID))]).await;
    let all = journal.backlog().await.unwrap().0 as usize / 2;

    let lease = || journal.lease("oncall", NOW, NOW + MINUTE, 2);
    let leased = futures::future::join_all((0..all).map(|_| lease())).await;

    let mut keys = Vec::new();
    for deliveries in leased {
        keys.extend(deliveries.unwrap().into_iter().map(|delivery| delivery.key));
    }
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "{keys:?}");
}

async fn has_what_was_delivered_no_more(journal: &dyn Remembers) {
    journal.take(&under_way(ID)).await;
    let before = journal.backlog().await.unwrap();
    let leased = journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap();

    journal
        .settle(&leased[0].key, &Attempt::Delivered, NOW)
        .await
        .unwrap();
    // Somebody whose lease had run out says later how it went for him.
    let late = Attempt::Retry {
        at: NOW,
        error: "503".into(),
    };
    journal.settle(&leased[0].key, &late, NOW).await.unwrap();

    let later = journal
        .lease("oncall", NOW + MINUTE, NOW + MINUTE * 2, 100)
        .await
        .unwrap();
    assert!(later.iter().all(|delivery| delivery.key != leased[0].key));
    assert_eq!(journal.backlog().await.unwrap().0, before.0 - 1);
}

async fn is_due_again_when_it_was_to_be_tried_again(journal: &dyn Remembers) {
    journal.take(&under_way(ID)[..1]).await;
    let [leased] = &journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap()[..] else {
        panic!("one notice, one delivery")
    };

    let again = Attempt::Retry {
        at: NOW + MINUTE * 5,
        error: "503 Service Unavailable".into(),
    };
    journal.settle(&leased.key, &again, NOW).await.unwrap();

    let too_early = journal
        .lease("oncall", NOW + MINUTE * 4, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    let due = journal
        .lease("oncall", NOW + MINUTE * 5, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    assert!(too_early.is_empty());
    assert_eq!(due[0].key, leased.key);
    assert_eq!(due[0].attempts, 1);
    assert_eq!(due[0].last_error.as_deref(), Some("503 Service Unavailable"));
}

async fn has_what_was_given_up_no_more(journal: &dyn Remembers) {
    journal.take(&under_way(ID)[..1]).await;
    let leased = journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap();

    let dead = Attempt::Dead {
        error: "410 Gone".into(),
    };
    journal.settle(&leased[0].key, &dead, NOW).await.unwrap();

    let later = journal
        .lease("oncall", NOW + MINUTE, NOW + MINUTE * 2, 1)
        .await
        .unwrap();
    assert!(later.is_empty());
    let (pending, oldest) = journal.backlog().await.unwrap();
    assert_eq!(
        (pending, oldest),
        (1, Some(leased[0].created_at)),
        "the other channel's"
    );
}

async fn hears_of_what_it_does_not_have_without_complaint(journal: &dyn Remembers) {
    journal
        .settle("nothing/0/0/oncall", &Attempt::Delivered, NOW)
        .await
        .unwrap();

    assert_eq!(journal.backlog().await.unwrap(), (0, None));
    assert!(
        journal
            .lease("oncall", NOW, NOW + MINUTE, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
