//! What passes, what does not, and what is tried again.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::hook::lookup::Lookup;

use super::*;
use crate::world::endpoint;

#[tokio::test]
async fn a_status_of_up_to_202_passes_and_no_other() {
    for (status, passes) in [
        (200, true),
        (201, true),
        (202, true),
        (203, false),
        (204, false),
        (206, false),
        (400, false),
        (403, false),
        (404, false),
        (500, false),
        (501, false),
    ] {
        let gate = Gate::always(StatusCode::from_u16(status).unwrap()).await;
        let reply = call_gate(&gate, "").await;
        assert_eq!(
            reply.outcome == HookOutcome::Passed,
            passes,
            "{status}: {}",
            reply.detail
        );
        assert_ne!(reply.outcome, HookOutcome::NotCalled, "{status}");
    }
}

#[tokio::test]
async fn the_first_line_of_the_answer_is_told() {
    let gate = Gate::always((StatusCode::FORBIDDEN, "\n  closed by ada\u{7}\nbecause")).await;
    assert_eq!(
        call_gate(&gate, "").await,
        reply(HookOutcome::Failed, "403 Forbidden: closed by ada")
    );
    let gate = Gate::always((StatusCode::OK, "x".repeat(1000))).await;
    assert_eq!(call_gate(&gate, "").await.detail.len(), "200 OK: ".len() + 200);
}

#[tokio::test]
async fn an_answer_without_an_end_is_an_answer() {
    for endless in [
        endpoint::trickling().await,
        endpoint::flooding().await,
        endpoint::breaking().await,
    ] {
        let address = &endless.address;
        assert_eq!(
            call(&caller_to(address), &hook_with(address, "")).await,
            reply(HookOutcome::Passed, "200 OK: up 1")
        );
    }
}

#[tokio::test]
async fn a_redirect_is_a_failure_that_says_so() {
    let to = "http://169.254.169.254/latest/meta-data/";
    let gate = Gate::always((StatusCode::FOUND, [(LOCATION, to)])).await;
    assert_eq!(
        call_gate(&gate, "retries: 3").await,
        reply(HookOutcome::Failed, "302 Found, and redirects are not followed")
    );
    assert_eq!(gate.calls(), 1);
}

#[tokio::test]
async fn what_may_work_later_is_tried_again_as_often_as_the_hook_says() {
    let at_once = (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "0")]);
    let gate = Gate::answering(move |before| match before {
        0 | 1 => at_once.clone().into_response(),
        _ => StatusCode::OK.into_response(),
    })
    .await;
    assert_eq!(call_gate(&gate, "retries: 1").await.outcome, HookOutcome::Failed);
    assert_eq!(gate.calls(), 2);
    assert_eq!(
        call_gate(&gate, "retries: 1").await,
        reply(HookOutcome::Passed, "200 OK")
    );
    assert_eq!(gate.calls(), 3);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    for status in [
        StatusCode::FORBIDDEN,
        StatusCode::NOT_IMPLEMENTED,
        StatusCode::NO_CONTENT,
    ] {
        let gate = Gate::always(status).await;
        assert_eq!(call_gate(&gate, "retries: 5").await.outcome, HookOutcome::Failed);
        assert_eq!(gate.calls(), 1, "{status}");
    }
}

/// A name server that knows nothing, or says nothing.
struct NameServer {
    hangs: bool,
}

#[async_trait]
impl Lookup for NameServer {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Err(io::Error::other("no such name"))
    }
}

/// What a call comes to, and how long it took, in a world without a network.
async fn without_names(hangs: bool, fields: &str) -> (HookReply, Duration) {
    let allowed = listing(&["http://gate.test/"]);
    let caller = HookCaller::with_lookup(allowed, Arc::new(NameServer { hangs }));
    let clock = SystemClock::start();
    let begun = clock.now();
    let reply = call(&caller, &hook_with("http://gate.test/", fields)).await;
    (reply, clock.now().since(begun))
}

#[tokio::test(start_paused = true)]
async fn pauses_double_from_a_second_up_to_thirty() {
    let (reply, took) = without_names(false, "retries: 8").await;
    assert_eq!(reply.detail, "gate.test was not found: no such name");
    assert_eq!(took.as_secs(), 1 + 2 + 4 + 8 + 16 + 30 + 30 + 30);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_its_own_time() {
    let (reply, took) = without_names(true, "timeout: 3s, retries: 1").await;
    assert_eq!(reply.detail, "no answer within 3 s");
    assert_eq!(took.as_secs(), 3 + 1 + 3);
}

#[tokio::test]
async fn a_gate_that_never_answers_is_a_failure() {
    let silent = endpoint::silent().await;
    let hook = Hook {
        timeout: SECOND / 20,
        ..hook_with(&silent.address, "")
    };
    assert_eq!(
        call(&caller_to(&silent.address), &hook).await,
        reply(HookOutcome::Failed, "no answer within 0.05 s")
    );
}
