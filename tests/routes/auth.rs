//! Who may ask.

use reqwest::Method;

use super::TestApi;

const TOKEN: &str = crate::world::marked::constant!("api-token");

/// Every route, with a method that it takes.
const ROUTES: [(Method, &str); 10] = [
    (Method::GET, "/api/v1/canaries"),
    (Method::GET, "/api/v1/canaries/shop/checkout"),
    (Method::GET, "/api/v1/rollouts"),
    (Method::GET, "/api/v1/rollouts/checkout-1"),
    (Method::GET, "/api/v1/rollouts/checkout-1/events"),
    (Method::GET, "/api/v1/verdicts/shop/checkout"),
    (Method::GET, "/api/v1/stream"),
    (Method::GET, "/api/v1/openapi.json"),
    (Method::POST, "/api/v1/canaries/shop/checkout/start"),
    (Method::POST, "/api/v1/canaries/shop/checkout/abort"),
];

async fn with_token() -> TestApi {
    TestApi::with(|settings| settings.token = Some(TOKEN.into())).await
}

#[tokio::test]
async fn without_the_token_nothing_is_answered() {
    let api = with_token().await;
    for (method, path) in ROUTES {
        for sent in [None, Some("Bearer wrong"), Some(TOKEN), Some("Basic YTpi")] {
            let answer = api.ask(method.clone(), path, |request| match sent {
                Some(sent) => request.header("authorization", sent),
                None => request,
            });
            let answer = answer.await;
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"serin\"");
            answer.problem(401, "unauthorised");
        }
    }
    assert_eq!(api.counters.unauthorised.get(), 4 * ROUTES.len() as u64);
}

#[tokio::test]
async fn what_is_not_there_is_told_to_nobody_without_the_token() {
    let api = with_token().await;
    api.get("/nothing").await.problem(401, "unauthorised");
}

#[tokio::test]
async fn with_the_token_everything_is_answered() {
    let api = with_token().await;
    for (method, path) in ROUTES {
        if path.ends_with("/stream") {
            continue;
        }
        let answer = api
            .ask(method.clone(), path, |request| request.bearer_auth(TOKEN))
            .await;
        assert_ne!(answer.status, 401, "{method} {path}");
    }
    // A page of a browser that has the token may ask.
    let answer = api.ask(Method::GET, "/api/v1/canaries", |request| {
        request.bearer_auth(TOKEN).header("origin", "https://ops.test")
    });
    answer.await.ok();
}

#[tokio::test]
async fn without_a_token_pages_of_browsers_are_refused() {
    let api = TestApi::start().await;
    for (header, value) in [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("host", "evil.test"),
        ("host", "localhost.evil.test:8080"),
    ] {
        let answer = api.ask(Method::POST, "/api/v1/canaries/shop/checkout/abort", |request| {
            request.header(header, value)
        });
        answer.await.problem(403, "forbidden");
    }
    for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
        let answer = api.ask(Method::GET, "/api/v1/canaries", |request| {
            request.header("host", host)
        });
        answer.await.ok();
    }
}
