//! What is around every answer.

use axum::http::Method;
use serin::api::access::Role;

use super::in_process::InProcess;
use super::permissions::{known_token, token};
use super::{Answer, TestApi};
use crate::world::World;

const PATH: &str = "/api/v1/canaries";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn with(api: &InProcess, headers: &[(&str, &str)]) -> Answer {
    api.ask(Method::GET, PATH, headers, String::new()).await
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_id_of_its_request_of_its_trace_or_a_new_one() {
    let api = InProcess::of(World::new());
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let trace = ("traceparent", traceparent.as_str());
    for (headers, expected) in [
        (vec![("x-request-id", "deploy-7")], Some("deploy-7")),
        (vec![("x-request-id", "deploy-7"), trace], Some("deploy-7")),
        (vec![trace], Some(TRACE)),
        (vec![("x-request-id", "a b"), trace], Some(TRACE)),
        (vec![("traceparent", "made-up")], None),
        (vec![], None),
    ] {
        let answer = with(&api, &headers).await;
        let id = answer.header("x-request-id");
        match expected {
            Some(expected) => assert_eq!(id, expected, "{headers:?}"),
            None => assert_eq!(id.len(), 32, "{headers:?}: {id}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_journal_has_the_id_of_a_commands_request() {
    let mut api = InProcess::of(World::new());
    api.world.id = api
        .world
        .driver
        .start(api.world.canary.clone(), "v2".into())
        .unwrap();
    let headers = [("x-request-id", "deploy-7")];
    let pause = "/api/v1/canaries/shop/checkout/pause";
    api.post(pause, &headers, r#"{"reason":"lunch"}"#).await.ok();
    let entries = api.world.journal.entries(&api.world.id);
    let requests: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let input = serde_json::to_value(&entry.input).unwrap();
            let request = &input["event"]["command"]["trail"]["request"];
            request.as_str().map(ToOwned::to_owned)
        })
        .collect();
    assert_eq!(requests, ["deploy-7"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_has_the_headers_of_what_is_answered() {
    let api = InProcess::with(World::new(), |settings| {
        settings.tokens = vec![known_token(Role::Viewer)]
    });
    let bearer = format!("Bearer {}", token(Role::Viewer));
    for headers in [vec![], vec![("authorization", bearer.as_str())]] {
        let answer = with(&api, &headers).await;
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(header), value, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn no_page_of_another_origin_is_let_in_by_its_browser() {
    let api = TestApi::with(|settings| settings.tokens = vec![known_token(Role::Admin)]).await;
    let preflight = api.ask(Method::OPTIONS, PATH, |request| {
        request
            .header("origin", "https://evil.test")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization")
    });
    let question = api.ask(Method::GET, PATH, |request| {
        request
            .bearer_auth(token(Role::Admin))
            .header("origin", "https://evil.test")
    });
    for answer in [preflight.await, question.await] {
        let mut names = answer.headers.keys();
        assert!(
            !names.any(|name| name.as_str().starts_with("access-control-")),
            "{answer:#?}"
        );
    }
}
