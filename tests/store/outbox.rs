//! What every outbox promises.

use std::collections::BTreeSet;
use std::time::Duration;

use serin::driver::{Attempt, DeliveryState, Untold};
use serin::engine::NoticeKind;
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
    keeps_what_lasts_without_counting_it_among_what_waits,
    leases_news_before_reminders_however_old_those_are,
    keeps_receipts_and_tells_a_rollouts_news_newest_first,
    does_not_count_what_a_channel_does_not_take_as_an_attempt,
    hands_on_what_is_untold_and_each_once,
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
    assert_eq!(last.notice.kind, NoticeKind::RollbackConfirmed);
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
        .settle(&leased[0].key, &Attempt::Delivered(None), NOW)
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
        .settle("nothing/0/0/oncall", &Attempt::Delivered(None), NOW)
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

async fn leases_news_before_reminders_however_old_those_are(journal: &dyn Remembers) {
    journal.take(&under_way("early-1700000000000")[..1]).await;
    let key = &journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap()[0].key;
    let lasts = Attempt::Lasts {
        at: NOW + MINUTE,
        receipt: None,
    };
    journal.settle(key, &lasts, NOW).await.unwrap();
    journal.take(&under_way("late-1700000009000")).await;

    let due = NOW + MINUTE;
    let one = journal.lease("oncall", due, due + MINUTE, 1).await.unwrap();
    assert_eq!(one[0].state, DeliveryState::Pending);
    let rest = journal.lease("oncall", due, due + MINUTE, 100).await.unwrap();
    assert_eq!(&rest[rest.len() - 1].key, key);
}

async fn keeps_what_lasts_without_counting_it_among_what_waits(journal: &dyn Remembers) {
    journal.take(&under_way(ID)[..1]).await;
    let key = &journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap()[0].key;
    let lasts = |at| Attempt::Lasts {
        at,
        receipt: Some("incident 7".into()),
    };
    journal.settle(key, &lasts(NOW + MINUTE * 5), NOW).await.unwrap();

    assert_eq!(journal.backlog().await.unwrap().0, 1, "the other channel's");
    assert_eq!(journal.due().await.unwrap()["oncall"], NOW + MINUTE * 5);
    let early = journal
        .lease("oncall", NOW + MINUTE * 4, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    assert!(early.is_empty());
    let due = journal
        .lease("oncall", NOW + MINUTE * 5, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    assert_eq!((due[0].state, due[0].attempts), (DeliveryState::Lasting, 1));
    assert_eq!(due[0].receipt.as_deref(), Some("incident 7"));

    // A failure does not end it, and the next success begins the count anew.
    let failed = Attempt::Retry {
        at: NOW + MINUTE * 6,
        error: "503".into(),
    };
    journal.settle(key, &failed, NOW + MINUTE * 5).await.unwrap();
    let due = journal
        .lease("oncall", NOW + MINUTE * 6, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    assert_eq!((due[0].state, due[0].attempts), (DeliveryState::Lasting, 2));
    journal
        .settle(key, &lasts(NOW + MINUTE * 7), NOW + MINUTE * 6)
        .await
        .unwrap();
    let due = journal
        .lease("oncall", NOW + MINUTE * 7, NOW + MINUTE * 9, 1)
        .await
        .unwrap();
    assert_eq!(due[0].attempts, 1);

    journal
        .settle(key, &Attempt::Delivered(None), NOW + MINUTE * 7)
        .await
        .unwrap();
    let over = journal
        .lease("oncall", NOW + MINUTE * 99, NOW + MINUTE * 100, 1)
        .await
        .unwrap();
    assert!(over.is_empty());
    let news = journal.of_rollout(ID).await.unwrap();
    let over = news.iter().find(|delivery| delivery.key == *key).unwrap();
    assert_eq!(over.state, DeliveryState::Delivered);
    assert_eq!(over.receipt.as_deref(), Some("incident 7"), "it is kept");
}

async fn keeps_receipts_and_tells_a_rollouts_news_newest_first(journal: &dyn Remembers) {
    journal.take(&aborted(ID)).await;
    journal.take(&under_way("other-1700000000000")).await;
    let leased = journal.lease("oncall", NOW, NOW + MINUTE, 100).await.unwrap();
    let first = leased.iter().find(|delivery| delivery.rollout == ID).unwrap();
    let receipt = Attempt::Delivered(Some("C1/17.5".into()));
    journal.settle(&first.key, &receipt, NOW).await.unwrap();

    let news = journal.of_rollout(ID).await.unwrap();

    assert!(news.iter().all(|delivery| delivery.rollout == ID));
    assert_eq!(news.len(), 2 * notices(&aborted(ID)));
    let positions: Vec<(u64, u64)> = news.iter().map(|delivery| delivery.position()).collect();
    assert!(
        positions.is_sorted_by(|newer, older| newer >= older),
        "{positions:?}"
    );
    assert_eq!(news[0].notice.kind, NoticeKind::RollbackConfirmed);
    let kept = news.iter().find(|delivery| delivery.key == first.key).unwrap();
    assert_eq!(kept.receipt.as_deref(), Some("C1/17.5"));
}

async fn does_not_count_what_a_channel_does_not_take_as_an_attempt(journal: &dyn Remembers) {
    journal.take(&under_way(ID)[..1]).await;
    let key = &journal.lease("oncall", NOW, NOW + MINUTE, 1).await.unwrap()[0].key;
    journal.settle(key, &Attempt::Skipped, NOW).await.unwrap();

    let news = journal.of_rollout(ID).await.unwrap();
    let skipped = news.iter().find(|delivery| delivery.key == *key).unwrap();
    assert_eq!((skipped.state, skipped.attempts), (DeliveryState::Skipped, 0));
    assert_eq!(journal.backlog().await.unwrap().0, 1, "the other channel's");
}

async fn hands_on_what_is_untold_and_each_once(journal: &dyn Remembers) {
    journal.take(&aborted(ID)).await;
    let leased = journal.lease("oncall", NOW, NOW + MINUTE, 100).await.unwrap();
    let (first, second, last) = (&leased[0], &leased[1], &leased[leased.len() - 1]);
    journal
        .settle(&first.key, &Attempt::Delivered(None), NOW)
        .await
        .unwrap();
    let dead = Attempt::Dead { error: "410".into() };
    journal.settle(&last.key, &dead, NOW).await.unwrap();
    let untold = Untold {
        channel: "oncall",
        since: Timestamp(0),
        until: second.created_at,
    };

    // What was taken is not untold, and what waits no longer than it may is not either; what was given up is, whenever that was.
    let number = journal.hand_on(&untold, "phone", NOW).await.unwrap();
    assert_eq!(number, 2);
    assert_eq!(journal.hand_on(&untold, "phone", NOW + MINUTE).await.unwrap(), 0);
    let phone = journal.lease("phone", NOW, NOW + MINUTE, 100).await.unwrap();
    let keys: Vec<String> = phone.iter().map(|delivery| delivery.key.clone()).collect();
    assert_eq!(
        keys,
        [format!("{}/phone", second.key), format!("{}/phone", last.key)]
    );
    assert!(
        phone
            .iter()
            .all(|delivery| delivery.instead_of.as_deref() == Some("oncall"))
    );
    assert_eq!((&phone[0].notice, phone[0].attempts), (&second.notice, 0));
    assert_eq!(phone[0].position(), second.position());

    // It goes no further.
    journal.settle(&keys[0], &dead, NOW).await.unwrap();
    let untold = Untold {
        channel: "phone",
        until: NOW,
        ..untold
    };
    assert_eq!(journal.hand_on(&untold, "oncall", NOW).await.unwrap(), 0);
    // What is too old to be dealt with stays where it is.
    let untold = Untold {
        channel: "oncall",
        since: last.created_at,
        until: NOW,
    };
    assert_eq!(journal.hand_on(&untold, "mail", NOW).await.unwrap(), 0);
}
