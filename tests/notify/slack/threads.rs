//! One thread a rollout, whatever happens.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::http::StatusCode;
use serin::driver::{Delivery, DeliveryState};
use serin::engine::{Notice, NoticeKind, Outcome, Urgency};
use serin::notify::{Limits, Pipeline};

use super::outbox::news;
use super::workspace::{Fault, Workspace};
use super::*;

const ROLLOUT: &str = "checkout-1700000000000";

/// A pipeline with Slack in it.
fn open(office: &Office, workspace: &Workspace) -> Pipeline {
    let limits = Limits {
        in_flight: NonZeroUsize::MIN,
        send_timeout: Duration::from_millis(500),
        ..Limits::default()
    };
    let slack = outlet(bot_of(workspace, office), limits);
    office.open_outlets(BTreeMap::from([("chat".to_owned(), slack)]))
}

fn started() -> Notice {
    news(NoticeKind::Started, Urgency::Info)
}

fn stepped() -> Notice {
    news(NoticeKind::Stepped { weight: 25 }, Urgency::Info)
}

fn aborted() -> Notice {
    news(NoticeKind::Ended(Outcome::Aborted), Urgency::Warning)
}

/// Tells all of it, one after the other, and waits until it is settled.
async fn tell(office: &Office, workspace: &Workspace, notices: Vec<Notice>) -> Vec<Delivery> {
    office.outbox.tell(ROLLOUT, notices, &["chat"]).await;
    let _pipeline = open(office, workspace);
    office.outbox.until_settled().await
}

fn all_are_delivered(deliveries: &[Delivery]) -> bool {
    deliveries
        .iter()
        .all(|delivery| delivery.state == DeliveryState::Delivered)
}

#[tokio::test]
async fn the_first_message_shows_how_the_rollout_stands_and_its_thread_how_it_came_there() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    let deliveries = tell(&office, &workspace, vec![started(), stepped(), aborted()]).await;
    assert!(all_are_delivered(&deliveries));
    let roots = workspace.roots();
    assert_eq!(roots.len(), 1);
    assert!(roots[0].text().contains("aborted"), "{}", roots[0].text());
    assert_eq!(roots[0].updates, 2);
    let replies = workspace.replies(&roots[0].ts);
    let told: Vec<bool> = ["canary at 25 %", "aborted"]
        .iter()
        .zip(&replies)
        .map(|(expected, reply)| reply.text().contains(expected))
        .collect();
    assert_eq!((replies.len(), told), (2, vec![true, true]));
    let receipt = format!("{CHANNEL}/{}", roots[0].ts);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.receipt.as_ref() == Some(&receipt))
    );
}

#[tokio::test]
async fn another_process_goes_on_in_the_same_thread_and_another_rollout_has_its_own() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    tell(&office, &workspace, vec![started()]).await;
    tell(&office, &workspace, vec![stepped()]).await;
    office
        .outbox
        .tell("checkout-1800000000000", vec![started()], &["chat"])
        .await;
    tell(&office, &workspace, vec![aborted()]).await;
    let roots = workspace.roots();
    assert_eq!(roots.len(), 2);
    assert_eq!(workspace.replies(&roots[0].ts).len(), 2);
    assert_eq!(workspace.replies(&roots[1].ts).len(), 0);
}

#[tokio::test]
async fn a_thread_that_somebody_deleted_begins_anew() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    tell(&office, &workspace, vec![started()]).await;
    workspace.clear();
    tell(&office, &workspace, vec![stepped(), aborted()]).await;
    let roots = workspace.roots();
    assert_eq!(roots.len(), 1);
    assert_eq!(workspace.replies(&roots[0].ts).len(), 1);
}

#[tokio::test]
async fn a_message_that_may_no_longer_be_edited_keeps_its_thread() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    tell(&office, &workspace, vec![started()]).await;
    workspace.fail("chat.update", Fault::Error("edit_window_closed"));
    tell(&office, &workspace, vec![stepped()]).await;
    let roots = workspace.roots();
    assert_eq!((roots.len(), roots[0].updates), (1, 0));
    assert_eq!(workspace.replies(&roots[0].ts).len(), 1);
}

#[tokio::test]
async fn what_failed_is_told_once_when_it_works_again() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    workspace.fail("chat.postMessage", Fault::Error("internal_error"));
    tell(&office, &workspace, vec![started()]).await;
    workspace.fail("chat.update", Fault::Status(StatusCode::BAD_GATEWAY));
    workspace.fail("chat.postMessage", Fault::TooMany(1));
    let deliveries = tell(&office, &workspace, vec![stepped()]).await;
    assert!(all_are_delivered(&deliveries));
    let roots = workspace.roots();
    assert_eq!(roots.len(), 1);
    // Where the post failed, the update before it is made again, which does no harm.
    assert_eq!(roots[0].updates, 2);
    assert_eq!(workspace.replies(&roots[0].ts).len(), 1);
    assert_eq!(deliveries[1].attempts, 3);
}

#[tokio::test]
async fn a_lost_answer_costs_one_more_message_with_the_same_key() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    workspace.fail("chat.postMessage", Fault::AnswerLost);
    tell(&office, &workspace, vec![started()]).await;
    let roots = workspace.roots();
    assert_eq!(roots.len(), 2);
    assert_eq!(roots[0].key(), roots[1].key());
    assert_eq!(roots[0].key(), format!("{ROLLOUT}/0/0/chat"));
    tell(&office, &workspace, vec![aborted()]).await;
    // The one whose answer came is the thread.
    assert_eq!(workspace.replies(&roots[1].ts).len(), 1);
}

#[tokio::test]
async fn old_news_that_comes_late_does_not_say_how_things_stand() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    tell(&office, &workspace, vec![started()]).await;
    // The step is put off, and the end overtakes it.
    workspace.fail("chat.postMessage", Fault::Error("fatal_error"));
    tell(&office, &workspace, vec![stepped(), aborted()]).await;
    let root = workspace.roots().remove(0);
    assert!(root.text().contains("aborted"), "{}", root.text());
    let replies = workspace.replies(&root.ts);
    assert!(replies[0].text().contains("aborted"));
    assert!(replies[1].text().contains("canary at 25 %"));
}

#[tokio::test]
async fn what_somebody_has_to_change_is_given_up_with_a_hint() {
    let (office, workspace) = (Office::new(), Workspace::open().await);
    workspace.fail("chat.postMessage", Fault::Error("not_in_channel"));
    let deliveries = tell(&office, &workspace, vec![started()]).await;
    assert_eq!(deliveries[0].state, DeliveryState::Dead);
    let error = deliveries[0].last_error.as_deref().unwrap();
    assert!(
        error.contains("refused chat.postMessage: not_in_channel; hint: "),
        "{error}"
    );
    assert!(!error.contains(TOKEN));
}
