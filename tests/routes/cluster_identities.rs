//! Tokens of a cluster: it says whose they are and what their owners may, or nobody is let in by them.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use serde_json::Value;
use serin::api::access::Role;
use serin::app::reviewer;

use super::Answer;
use super::in_process::InProcess;
use super::permissions::{known_token, token};
use crate::world::World;
use crate::world::api_server::{ACCESS_REVIEWS, ALICE, ApiServer, TOKEN_REVIEWS};
use crate::world::skipping::SkippingClock;

/// A service account's token, as its owner got it.
const DEPLOYER: &str = crate::world::marked::constant!("token-of-the-deployer");
const NAME: &str = "system:serviceaccount:ci:deployer";
const AUDIENCE: &str = "serin";
const ABORT: &str = "/api/v1/canaries/shop/checkout/abort";
const PROMOTE: &str = "/api/v1/canaries/shop/checkout/promote";

/// An API that takes the tokens of this cluster beside one of its own for an operator, with a rollout under way.
async fn api_of(server: &ApiServer) -> InProcess {
    let mut world = World::new();
    world.id = world.driver.start(world.canary.clone(), "v2".into()).unwrap();
    world.driver.journalled(&world.id).await.unwrap();
    let reviewer = reviewer(server.cluster(), AUDIENCE);
    InProcess::with(world, |settings| {
        settings.tokens = vec![known_token(Role::Operator)];
        settings.reviewer = Some(reviewer);
    })
}

/// A cluster in which the deployer may do this in the namespace `shop`.
async fn server_with(verbs: &[&str]) -> ApiServer {
    let server = ApiServer::start().await;
    server.issue(DEPLOYER, NAME, AUDIENCE);
    for verb in verbs {
        server.allow(NAME, verb, Some("shop"));
    }
    server
}

async fn post(api: &InProcess, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let body = r#"{"reason": "because", "by": "ada"}"#;
    api.post(path, &[("authorization", &bearer)], body).await
}

async fn get(api: &InProcess, path: &str) -> Answer {
    let bearer = format!("Bearer {DEPLOYER}");
    api.ask(Method::GET, path, &[("authorization", &bearer)], String::new())
        .await
}

fn reviews(server: &ApiServer) -> (usize, usize) {
    let asked = server.requests();
    let of = |path: &str| asked.iter().filter(|asked| asked.path == path).count();
    (of(TOKEN_REVIEWS), of(ACCESS_REVIEWS))
}

#[tokio::test]
async fn a_cluster_says_who_may_abort_and_who_may_promote() {
    let server = server_with(&["get", "abort"]).await;
    let api = api_of(&server).await;
    get(&api, "/api/v1/canaries/shop/checkout").await.ok();
    let problem = post(&api, PROMOTE, DEPLOYER).await.problem(403, "rules");
    let wanted = format!(
        "the cluster's rules do not let `{NAME}` promote canaries.serin.dev/checkout in the namespace shop"
    );
    assert_eq!(problem["detail"], wanted);
    assert_eq!(api.counters.forbidden.get(), 1);
    post(&api, ABORT, DEPLOYER).await.ok();
    let entries = api.world.journal.entries(&api.world.id);
    let told: Vec<Value> = entries
        .iter()
        .map(|entry| serde_json::to_value(&entry.input).unwrap())
        .collect();
    let abort = told
        .iter()
        .find_map(|told| told["event"]["command"].as_object())
        .unwrap();
    assert_eq!(abort["by"], format!("kubernetes:{NAME}"));
    assert_eq!(abort["trail"]["claim"], "ada");
}

#[tokio::test]
async fn what_is_asked_of_the_cluster_is_what_kubectl_would_ask() {
    let server = server_with(&["list", "get"]).await;
    let api = api_of(&server).await;
    server.forget_requests();
    for (path, status, attributes) in [
        (
            "/api/v1/canaries?namespace=shop",
            200,
            r#"{"group":"serin.dev","resource":"canaries","verb":"list","namespace":"shop"}"#,
        ),
        (
            "/api/v1/canaries",
            403,
            r#"{"group":"serin.dev","resource":"canaries","verb":"list"}"#,
        ),
        (
            "/api/v1/rollouts/x",
            403,
            r#"{"group":"serin.dev","resource":"canaries","verb":"list"}"#,
        ),
        (
            "/api/v1/verdicts/sh%6Fp/%63heckout",
            200,
            r#"{"group":"serin.dev","resource":"canaries","verb":"get","namespace":"shop","name":"checkout"}"#,
        ),
    ] {
        assert_eq!(get(&api, path).await.status, status, "{path}");
        let asked = server.requests();
        let review = asked.iter().rfind(|asked| asked.path == ACCESS_REVIEWS).unwrap();
        let review: Value = serde_json::from_str(&review.body).unwrap();
        assert_eq!(
            review["spec"]["resourceAttributes"].to_string(),
            attributes,
            "{path}"
        );
        assert_eq!(review["spec"]["user"], NAME);
        assert_eq!(review["spec"]["groups"][0], "system:serviceaccounts");
    }
    // Whoever is known may know what there is to ask.
    get(&api, "/api/v1/openapi.json").await.ok();
}

#[tokio::test]
async fn a_token_for_another_audience_an_expired_one_and_an_unknown_one_are_nobodys() {
    let server = server_with(&["abort"]).await;
    let api = api_of(&server).await;
    let for_the_server = "token-for-the-api-server-0123456789abcdef";
    server.issue(for_the_server, NAME, "https://kubernetes.default.svc");
    let expired = "token-whose-time-is-over-0123456789abcdef";
    server.issue(expired, NAME, AUDIENCE);
    server.expire(expired);
    for token in [
        for_the_server,
        expired,
        "token-that-nobody-issued-0123456789abcdef",
    ] {
        post(&api, ABORT, token).await.problem(401, "unauthorised");
    }
    assert_eq!(api.counters.unauthorised.get(), 3);
    assert_eq!(reviews(&server), (3, 0));
}

#[tokio::test]
async fn while_the_cluster_is_away_its_tokens_let_nobody_in_and_others_do() {
    let server = server_with(&["abort"]).await;
    let api = api_of(&server).await;
    server.refuse().await;
    let problem = post(&api, ABORT, DEPLOYER).await.problem(503, "not-reviewed");
    assert!(
        problem["detail"].as_str().unwrap().contains("refused"),
        "{problem:#}"
    );
    server.recover();
    server.fail_with(500);
    post(&api, ABORT, DEPLOYER).await.problem(503, "not-reviewed");
    assert_eq!(api.counters.not_reviewed.get(), 2);
    post(&api, ABORT, &token(Role::Operator)).await.ok();
}

#[tokio::test]
async fn where_serin_may_not_ask_the_problem_says_so() {
    let server = server_with(&["abort"]).await;
    let reviewer = reviewer(serin::kubernetes::Cluster::new(server.access_of(ALICE)), AUDIENCE);
    let api = InProcess::with(World::new(), |settings| settings.reviewer = Some(reviewer));
    let problem = post(&api, ABORT, DEPLOYER).await.problem(503, "not-reviewed");
    assert!(problem["detail"].as_str().unwrap().contains("403"), "{problem:#}");
    assert!(problem["hint"].as_str().unwrap().contains("tokenreviews"));
}

#[tokio::test]
async fn an_answer_counts_for_ten_seconds_and_no_longer() {
    const TEN_SECONDS: Duration = Duration::from_secs(10);
    let server = server_with(&["pause"]).await;
    let (mut world, clock) = (World::new(), SkippingClock::start());
    world.clock = Arc::new(clock.clone());
    let reviewer = reviewer(server.cluster(), AUDIENCE);
    let api = InProcess::with(world, |settings| settings.reviewer = Some(reviewer));
    let pause = "/api/v1/canaries/shop/nothing/pause";
    for _ in 0..3 {
        post(&api, pause, DEPLOYER).await.problem(404, "not-found");
    }
    assert_eq!(reviews(&server), (1, 1));
    server.allow_nothing();
    clock.skip(TEN_SECONDS);
    post(&api, pause, DEPLOYER).await.problem(403, "rules");
    clock.skip(TEN_SECONDS);
    server.expire(DEPLOYER);
    post(&api, pause, DEPLOYER).await.problem(401, "unauthorised");
    assert_eq!(reviews(&server), (3, 2));
}
