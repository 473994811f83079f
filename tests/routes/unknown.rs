//! What is not there, and what every answer has.

use reqwest::Method;

use super::TestApi;

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let api = TestApi::start().await;
    for path in [
        "/",
        "/api/v1",
        "/api/v1/canary",
        "/api/v1/canaries/shop",
        "/api/v1/canaries/shop/%ff",
    ] {
        let problem = api.get(path).await.problem(404, "no-route");
        assert!(
            problem["hint"].as_str().unwrap().contains("openapi.json"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn another_method_is_a_problem_that_names_those_that_there_are() {
    let api = TestApi::start().await;
    for (method, path, allowed) in [
        (Method::POST, "/api/v1/canaries", "GET,HEAD"),
        (Method::GET, "/api/v1/canaries/shop/checkout/abort", "POST"),
        (Method::DELETE, "/api/v1/rollouts/checkout-1", "GET,HEAD"),
        (Method::PUT, "/api/v1/stream", "GET,HEAD"),
    ] {
        let response = api.client.request(method, api.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], allowed);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let api = TestApi::start().await;
    let ask = async |id: &str| {
        let answer = api.ask(Method::GET, "/api/v1/canaries", |request| {
            request.header("x-request-id", id)
        });
        answer.await.header("x-request-id").to_owned()
    };
    assert_eq!(ask("deploy-17.a_b").await, "deploy-17.a_b");
    let long = "x".repeat(65);
    for refused in ["", "with space", "line\u{a0}", long.as_str()] {
        let id = ask(refused).await;
        assert_eq!(id.len(), 32, "{id}");
    }
    assert_ne!(ask("").await, ask("").await);
}
