//! How often each may ask.

use std::time::Duration;

use axum::http::Method;
use serin::api::access::Role;

use super::in_process::InProcess;
use super::permissions::{known_token, token};
use super::{Answer, TestApi};
use crate::world::World;

/// What is there for nobody, and quickly said.
const NOTHING: &str = "/api/v1/canaries/shop/nothing";

fn api() -> InProcess {
    InProcess::with(World::new(), |settings| {
        settings.tokens = vec![known_token(Role::Operator), known_token(Role::Admin)];
    })
}

async fn ask(api: &InProcess, role: Role) -> Answer {
    let bearer = format!("Bearer {}", token(role));
    let headers = [("authorization", bearer.as_str())];
    api.ask(Method::GET, NOTHING, &headers, String::new()).await
}

/// How many of so many requests are answered.
async fn answered(api: &InProcess, wanted: usize) -> usize {
    let mut answered = 0;
    for _ in 0..wanted {
        answered += usize::from(ask(api, Role::Operator).await.status == 404);
    }
    answered
}

#[tokio::test(start_paused = true)]
async fn an_identity_may_ask_a_hundred_times_at_once_and_fifty_times_a_second() {
    let api = api();
    assert_eq!(answered(&api, 120).await, 100);
    assert_eq!(api.counters.rates.get(), 20);
    let refused = ask(&api, Role::Operator).await;
    assert_eq!(refused.header("retry-after"), "1");
    refused.problem(429, "too-often");
    // Nobody else has to wait for it.
    ask(&api, Role::Admin).await.problem(404, "not-found");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(answered(&api, 120).await, 50);
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_not_counted_and_never_refused() {
    let api = api();
    let bearer = format!("Bearer {}", token(Role::Operator));
    let abort = async || {
        let path = format!("{NOTHING}/abort");
        api.post(&path, &[("authorization", &bearer)], String::new())
            .await
    };
    for _ in 0..200 {
        abort().await.problem(404, "not-found");
    }
    assert_eq!(answered(&api, 120).await, 100);
    abort().await.problem(404, "not-found");
}

#[tokio::test]
async fn an_address_that_is_nobodys_is_refused_and_whoever_has_a_token_there_is_not() {
    let api = TestApi::with(|settings| settings.tokens = vec![known_token(Role::Operator)]).await;
    let mut refused = false;
    // A hundred are there at once, and fifty come back while they are asked.
    for _ in 0..1_000 {
        let answer = api.get(NOTHING).await;
        refused = answer.status == 429;
        if refused {
            answer.problem(429, "too-often");
            break;
        }
        answer.problem(401, "unauthorised");
    }
    assert!(refused);
    // That is another matter.
    let abort = api.post(&format!("{NOTHING}/abort"), "").await;
    abort.problem(401, "unauthorised");
    let known = api.ask(Method::GET, NOTHING, |request| {
        request.bearer_auth(token(Role::Operator))
    });
    known.await.problem(404, "not-found");
}

#[tokio::test]
async fn aborts_by_nobody_are_refused_in_the_end_and_those_of_whoever_is_known_there_are_not() {
    let api = TestApi::with(|settings| settings.tokens = vec![known_token(Role::Operator)]).await;
    let path = format!("{NOTHING}/abort");
    let abort = async |token: String| {
        let asked = api.ask(Method::POST, &path, |request| request.bearer_auth(token));
        asked.await
    };
    let mut unknown = 0;
    // Twenty are there at once, and one comes back each second.
    loop {
        let answer = abort(format!("serin_made_up_{unknown}_0123456789abcdef")).await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 2);
            answer.problem(429, "too-often");
            break;
        }
        answer.problem(401, "unauthorised");
        unknown += 1;
        assert!(unknown < 1_000, "never refused");
    }
    assert!(unknown >= 20, "{unknown}");
    assert_eq!(api.counters.rates.get(), 1);
    for _ in 0..50 {
        abort(token(Role::Operator)).await.problem(404, "not-found");
    }
    assert_eq!(api.counters.rates.get(), 1);
}
