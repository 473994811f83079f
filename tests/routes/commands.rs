//! `POST /api/v1/canaries/{namespace}/{name}/…`.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use serin::driver::{Asked, Input};
use serin::engine::{Event, Outcome, Phase, Rollback, Trail, Version};

use super::history::Fault;
use super::{TestApi, eventually};
use crate::world::journal::Outage;

const WHY: &str = r#"{"reason":"because","by":"ada"}"#;

#[tokio::test]
async fn a_rollout_is_started_and_the_journal_says_who_asked() {
    let api = TestApi::start().await;
    let answer = api
        .command("start", r#"{"reason":"release 7","by":"ada","revision":"v7"}"#)
        .await;
    assert_eq!(answer.status, 201);
    let location = answer.header("location").to_owned();
    let request_id = answer.header("x-request-id").to_owned();
    let answer = answer.ok();
    assert_eq!(answer["journalled"], true);
    assert_eq!(answer["rollout"]["revision"], "v7");
    let id = answer["rollout"]["id"].as_str().unwrap();
    assert_eq!(location, format!("/api/v1/rollouts/{id}"));
    let Input::Started { asked, .. } = &api.world.journal.entries(id)[0].input else {
        panic!("the first entry is the start");
    };
    let request = asked.as_ref().and_then(|asked| asked.trail.request.clone());
    assert_eq!(request.as_deref(), Some(request_id.as_str()));
    let ada = Asked {
        by: "ada".into(),
        reason: "release 7".into(),
        trail: Trail {
            address: Some("127.0.0.1".into()),
            request,
            claim: None,
        },
        seen: None,
    };
    assert_eq!(*asked, Some(ada));
}

#[tokio::test]
async fn what_stable_runs_is_what_somebody_says() {
    let api = TestApi::start().await;

    let answer = api
        .command("start", r#"{"reason":"release 7","revision":"v7","from":"v6"}"#)
        .await
        .ok();

    assert_eq!(answer["rollout"]["from"], "v6");
    let id = answer["rollout"]["id"].as_str().unwrap();
    let events = api.get(&format!("/api/v1/rollouts/{id}/events")).await.ok();
    assert_eq!(
        events["items"][0]["happened"],
        "started by api (from 127.0.0.1), from v6, to v7: release 7"
    );
}

#[tokio::test(start_paused = true)]
async fn what_stable_runs_is_what_was_promoted_last() {
    let api = promoted().await;
    let answer = api
        .command("start", r#"{"reason":"next","revision":"v3"}"#)
        .await
        .ok();
    assert_eq!(answer["rollout"]["from"], "v2");
}

#[tokio::test(start_paused = true)]
async fn what_stable_runs_is_not_known_where_that_was_rolled_back() {
    let api = promoted().await;
    let version = |revision: &str| Version {
        revision: revision.to_owned(),
        images: Vec::new(),
    };
    let rollback = Rollback {
        id: "checkout-1".into(),
        of: api.world.id.clone(),
        by: "ada".into(),
        reason: String::new(),
        at: api.world.clock.now(),
        from: version("v2"),
        to: version("v1"),
        is_put_back: false,
    };
    api.world
        .driver
        .tell(&api.world.id, Event::RolledBack(rollback))
        .unwrap();
    api.world.pass(1).await;

    let answer = api
        .command("start", r#"{"reason":"next","revision":"v3"}"#)
        .await
        .ok();

    assert_eq!(answer["rollout"]["from"], Value::Null);
}

#[tokio::test]
async fn what_stable_runs_is_not_known_of_a_store_that_does_not_answer() {
    let api = TestApi::start().await;
    api.history.break_down(Fault::Fails);
    let answer = api.command("start", WHY).await.ok();
    assert_eq!(answer["rollout"]["from"], Value::Null);
}

/// With a rollout that was promoted.
async fn promoted() -> TestApi {
    let api = TestApi::rolling().await;
    assert_eq!(api.world.end().await, Outcome::Promoted);
    api
}

#[tokio::test]
async fn a_second_rollout_of_a_canary_is_refused() {
    let api = TestApi::rolling().await;
    let problem = api.command("start", WHY).await.problem(409, "under-way");
    assert!(problem["detail"].as_str().unwrap().contains(&api.world.id));
}

#[tokio::test]
async fn what_is_not_known_or_broken_is_not_started() {
    let api = TestApi::start().await;
    api.post("/api/v1/canaries/shop/nothing/start", WHY)
        .await
        .problem(404, "not-found");
    api.canaries.break_edits();
    let problem = api.command("start", WHY).await.problem(409, "broken-edit");
    assert!(problem["detail"].as_str().unwrap().contains("checkout.yaml:7"));
}

#[tokio::test]
async fn a_start_is_answered_while_the_store_is_down_and_says_so() {
    let api = TestApi::with(|settings| settings.request_timeout = Duration::from_millis(200)).await;
    api.world.journal.break_down(Outage::Hangs);
    let answer = api.command("start", WHY).await;
    assert_eq!(answer.status, 202);
    assert!(
        answer
            .header("location")
            .starts_with("/api/v1/rollouts/checkout-")
    );
    let answer = answer.ok();
    assert_eq!(answer["journalled"], false);
    assert_eq!(answer["detail"], "not journalled within 0.16 s");
}

#[tokio::test]
async fn a_rollout_is_paused_and_resumed() {
    let api = TestApi::rolling().await;
    let paused = api.command("pause", WHY).await.ok();
    let reasons = |answer: &Value| {
        let holds = answer["rollout"]["holds"].as_array().unwrap().clone();
        holds.iter().any(|hold| hold["reason"] == "paused")
    };
    assert!(reasons(&paused));
    let resumed = api.command("resume", WHY).await.ok();
    assert!(!reasons(&resumed));
}

#[tokio::test]
async fn the_engine_may_refuse() {
    let api = TestApi::rolling().await;
    for command in ["resume", "approve", "promote"] {
        api.command(command, WHY).await.problem(409, "refused");
    }
}

#[tokio::test]
async fn an_abort_needs_no_words() {
    let api = TestApi::rolling().await;
    let answer = api
        .ask(Method::POST, "/api/v1/canaries/shop/checkout/abort", |request| {
            request
        })
        .await;
    assert_eq!(answer.status, 200);
    eventually("aborted", async || api.world.phase() == Phase::Aborted).await;
    assert!(api.world.is_aborted());
    let asked = |input: &Input| match input {
        Input::Event(Event::Command(command)) => command.by == "api" && command.reason == "no reason given",
        _ => false,
    };
    assert!(
        api.world
            .journal
            .entries(&api.world.id)
            .iter()
            .any(|entry| asked(&entry.input))
    );
}

#[tokio::test]
async fn an_abort_is_carried_out_while_the_store_hangs() {
    let mut api = TestApi::with(|settings| settings.request_timeout = Duration::from_millis(500)).await;
    api.begin().await;
    api.world.journal.break_down(Outage::Hangs);
    let answer = api.command("abort", "{}").await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.ok()["journalled"], false);
    eventually("lowered", async || api.world.is_aborted()).await;
}

#[tokio::test]
async fn an_abort_is_carried_out_while_the_store_fails() {
    let api = TestApi::rolling().await;
    api.world.journal.break_down(Outage::Fails);
    let answer = api.command("abort", "{}").await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.ok()["detail"], "disk full");
    eventually("lowered", async || api.world.is_aborted()).await;
}

#[tokio::test]
async fn an_ended_rollout_refuses_commands() {
    let api = TestApi::rolling().await;
    api.command("abort", "").await.ok();
    eventually("aborted", async || api.world.phase() == Phase::Aborted).await;
    for command in ["pause", "promote"] {
        let problem = api.command(command, WHY).await.problem(409, "refused");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("the rollout has ended (aborted)")
        );
    }
}

#[tokio::test]
async fn an_abort_of_what_is_aborted_is_done() {
    let api = TestApi::rolling().await;
    api.command("abort", "").await.ok();
    eventually("aborted", async || api.world.phase() == Phase::Aborted).await;

    let answer = api.command("abort", "").await.ok();

    assert_eq!(answer["rollout"]["phase"], "aborted");
}

#[tokio::test]
async fn a_canary_without_a_rollout_takes_no_command() {
    let api = TestApi::start().await;
    for command in ["pause", "resume", "approve", "promote", "abort"] {
        api.command(command, WHY).await.problem(409, "no-rollout");
        api.post(&format!("/api/v1/canaries/shop/nothing/{command}"), WHY)
            .await
            .problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_body_is_checked_whole_before_anything_is_done() {
    let api = TestApi::rolling().await;
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(1001));
    for (body, field) in [
        ("", "body"),
        ("nonsense", "body"),
        ("[]", "body"),
        ("{\"reason\":\"a\"} and more", "body"),
        ("{}", "reason"),
        (r#"{"reason":""}"#, "reason"),
        (r#"{"reason":7}"#, "reason"),
        (r#"{"reason":"a\u0007"}"#, "reason"),
        (long.as_str(), "reason"),
        (r#"{"reason":"a","reason":"b"}"#, "reason"),
        (r#"{"reason":"a","by":""}"#, "by"),
        (r#"{"reason":"a","why":"b"}"#, "why"),
    ] {
        let problem = api.command("pause", body).await.problem(400, "field");
        assert_eq!(problem["field"], field, "{body}");
    }
    assert!(
        api.world
            .status()
            .holds
            .iter()
            .all(|hold| hold.reason.name() != "paused")
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused_unread() {
    let api = TestApi::rolling().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        for command in ["pause", "abort"] {
            let path = format!("/api/v1/canaries/shop/checkout/{command}");
            let answer = api.ask(Method::POST, &path, |request| {
                request.header("content-type", kind).body(WHY)
            });
            let problem = answer.await.problem(415, "media-type");
            assert_eq!(problem["field"], "Content-Type");
        }
    }
    let path = "/api/v1/canaries/shop/checkout/pause";
    let kind = "Application/JSON; charset=utf-8";
    api.ask(Method::POST, path, |request| {
        request.header("content-type", kind).body(WHY)
    })
    .await
    .ok();
}
