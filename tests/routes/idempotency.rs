//! `Idempotency-Key`.

use reqwest::Method;
use serin::driver::Input;
use serin::engine::{Event, Phase};

use super::{Answer, TestApi, eventually};
use crate::world::journal::Outage;

async fn pause(api: &TestApi, key: &str, reason: &str) -> Answer {
    let body = format!(r#"{{"reason":"{reason}"}}"#);
    api.ask(Method::POST, "/api/v1/canaries/shop/checkout/pause", |request| {
        request
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(body)
    })
    .await
}

fn commands(api: &TestApi) -> usize {
    let entries = api.world.journal.entries(&api.world.id);
    let commands = entries
        .iter()
        .filter(|entry| matches!(&entry.input, Input::Event(Event::Command(_))));
    commands.count()
}

#[tokio::test]
async fn the_same_request_with_the_same_key_is_carried_out_once() {
    let api = TestApi::rolling().await;
    let first = pause(&api, "a", "because").await;
    assert!(first.headers.get("idempotency-replayed").is_none());
    let second = pause(&api, "a", "because").await;
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert_eq!(first.ok(), second.ok());
    assert_eq!(commands(&api), 1);
    pause(&api, "b", "because").await.ok();
    assert_eq!(commands(&api), 2);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let api = TestApi::rolling().await;
    pause(&api, "a", "because").await.ok();
    let problem = pause(&api, "a", "another reason")
        .await
        .problem(422, "key-reused");
    assert_eq!(problem["field"], "Idempotency-Key");
    assert_eq!(commands(&api), 1);
}

#[tokio::test]
async fn a_refusal_is_an_answer_like_any_other() {
    let api = TestApi::start().await;
    pause(&api, "a", "because").await.problem(409, "no-rollout");
    let replayed = pause(&api, "a", "because").await;
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    replayed.problem(409, "no-rollout");
}

#[tokio::test]
async fn what_failed_for_now_is_tried_again() {
    let mut api =
        TestApi::with(|settings| settings.request_timeout = std::time::Duration::from_millis(300)).await;
    api.begin().await;
    api.world.journal.break_down(Outage::Hangs);
    pause(&api, "a", "because").await.problem(503, "unanswered");
    let again = pause(&api, "a", "because").await;
    assert!(again.headers.get("idempotency-replayed").is_none());
}

#[tokio::test]
async fn two_at_once_are_carried_out_once() {
    let api = TestApi::rolling().await;
    let (one, other) = tokio::join!(pause(&api, "a", "because"), pause(&api, "a", "because"));
    assert_eq!(one.ok(), other.ok());
    assert_eq!(commands(&api), 1);
}

#[tokio::test]
async fn a_client_that_goes_away_finds_its_answer_when_it_comes_back() {
    let api = TestApi::rolling().await;
    let abort = |timeout: std::time::Duration| {
        let request = api.client.post(api.url("/api/v1/canaries/shop/checkout/abort"));
        request.header("idempotency-key", "a").timeout(timeout).send()
    };
    api.world
        .journal
        .break_down(Outage::Slow(std::time::Duration::from_millis(300)));
    assert!(
        abort(std::time::Duration::from_millis(100)).await.is_err(),
        "it did not wait"
    );
    eventually("aborted", async || api.world.phase() == Phase::Aborted).await;
    let answer = abort(super::EVENTUALLY).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["idempotency-replayed"], "true");
    assert_eq!(commands(&api), 1);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let api = TestApi::rolling().await;
    let long = "x".repeat(256);
    for key in ["", "a b", long.as_str()] {
        let problem = pause(&api, key, "because").await.problem(400, "field");
        assert_eq!(problem["field"], "Idempotency-Key");
    }
}
