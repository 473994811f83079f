//! Servers that fail, each in its way: what is told, and under which counter.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use tokio::net::TcpListener;

use super::{answering, client, counts, hasty, settings, told};
use crate::world::endpoint;

/// What is told of a server that answers so, without its address.
async fn told_of(status: u16, body: &str) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let server = answering(status, &[], body).await;
    let client = client(settings(&server.address));
    let told = told(&client).await.replace(&server.address, "ADDRESS");
    let (name, _) = told.split_once(": ").unwrap();
    assert_eq!(counts(&client), [(name, 1)]);
    told
}

#[tokio::test]
async fn one_that_never_answers() {
    let server = endpoint::silent().await;
    let client = hasty(&server.address);
    assert_eq!(
        told(&client).await,
        format!("timed-out: {} gave no answer within 300ms", server.address)
    );
    assert_eq!(counts(&client), [("timed-out", 1)]);
}

#[tokio::test]
async fn one_that_answers_slowly() {
    let server = endpoint::trickling().await;
    let told = told(&hasty(&server.address)).await;
    assert!(told.starts_with("timed-out: "), "{told}");
    assert!(told.ends_with(" bytes within 300ms, and more to come"), "{told}");
}

#[tokio::test]
async fn one_that_breaks_off() {
    let server = endpoint::breaking().await;
    let told = told(&client(settings(&server.address))).await;
    assert!(told.starts_with("unreachable: the connection to "), "{told}");
    assert!(told.contains(" broke after 5 bytes of the answer: "), "{told}");
}

#[tokio::test]
async fn one_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(settings(&format!("{address}/a/path/that/may/be/secret")));
    assert_eq!(
        told(&client).await,
        format!("unreachable: {address} cannot be reached: Connection refused (os error 111)")
    );
    assert_eq!(counts(&client), [("unreachable", 1)]);
}

#[tokio::test]
async fn one_that_wants_credentials() {
    assert_eq!(
        told_of(401, "no org id\n").await,
        "bad-status: ADDRESS answered 401 Unauthorized: `no org id`; hint: it wants credentials, or others: `bearerTokenFile`, or \
         `username` and `passwordFile`; some want a tenant in `headers`"
    );
    assert_eq!(
        told_of(403, "").await,
        "bad-status: ADDRESS answered 403 Forbidden; hint: the credentials are known there but may not query"
    );
}

#[tokio::test]
async fn one_that_wants_credentials_and_says_so_as_if_of_a_query() {
    let told = told_of(401, r#"{"status":"error","error":"invalid token"}"#).await;
    assert!(told.starts_with("bad-status: ADDRESS answered 401"), "{told}");
    assert!(
        told.contains("invalid token") && told.contains("hint: it wants credentials"),
        "{told}"
    );
}

#[tokio::test]
async fn one_that_is_asked_too_often() {
    assert_eq!(
        told_of(429, "").await,
        "bad-status: ADDRESS answered 429 Too Many Requests; hint: it takes fewer queries at a time than `maxConcurrent`"
    );
}

#[tokio::test]
async fn one_that_is_somewhere_else() {
    let elsewhere = answering(StatusCode::OK, &[], super::ONE).await;
    let location = format!("{}/api/v1/query?token=hunter2", elsewhere.address);
    let server = answering(StatusCode::FOUND, &[(LOCATION, &location)], "").await;
    let client = client(settings(&server.address));
    assert_eq!(
        told(&client).await,
        format!(
            "redirected: {} answered 302 Found, which points to {}; redirects are not followed, as credentials would go there; hint: \
             configure the address that it points to",
            server.address, elsewhere.address
        )
    );
}

#[tokio::test]
async fn one_that_is_another_server() {
    assert_eq!(
        told_of(404, "404 page not found\n").await,
        "bad-status: ADDRESS answered 404 Not Found: `404 page not found`; hint: `address` ends before `/api/v1`; does a path belong \
         to it, such as `/prometheus`?"
    );
    assert!(told_of(200, "<html>hello</html>").await.starts_with("not-json: "));
    assert_eq!(
        told_of(204, "").await,
        "bad-status: ADDRESS answered 204 No Content"
    );
}

#[tokio::test]
async fn one_that_says_why_the_query_failed() {
    assert_eq!(
        told_of(
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#
        )
        .await,
        "timed-out: ADDRESS answered 503 Service Unavailable: the query failed (timeout): query timed out in expression evaluation"
    );
    assert_eq!(
        told_of(
            400,
            r#"{"status":"error","errorType":"bad_data","error":"1:1: parse error"}"#
        )
        .await,
        "query-failed: ADDRESS answered 400 Bad Request: the query failed (bad_data): 1:1: parse error"
    );
    let too_large = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}"#;
    assert!(told_of(422, too_large).await.starts_with("too-large: "));
}

#[tokio::test]
async fn one_that_fails_and_says_nothing_of_use() {
    assert_eq!(
        told_of(503, "<html><h1>503</h1></html>").await,
        "bad-status: ADDRESS answered 503 Service Unavailable"
    );
    assert_eq!(
        told_of(503, "no healthy upstream").await,
        "bad-status: ADDRESS answered 503 Service Unavailable: `no healthy upstream`"
    );
    assert_eq!(
        told_of(504, "\u{1b}[2J").await,
        "bad-status: ADDRESS answered 504 Gateway Timeout: `\\u{1b}[2J`"
    );
    assert_eq!(
        told_of(413, "").await,
        "too-large: ADDRESS answered 413 Payload Too Large"
    );
}

#[tokio::test]
async fn a_failure_without_an_end_is_not_read_to_its_end() {
    let flood = endpoint::serve(axum::Router::new().fallback(async || {
        let chunk = axum::body::Bytes::from("x".repeat(50_000));
        let chunks = futures::stream::repeat(Ok::<_, std::convert::Infallible>(chunk));
        (StatusCode::BAD_GATEWAY, axum::body::Body::from_stream(chunks))
    }))
    .await;
    assert_eq!(
        told(&client(settings(&flood.address))).await,
        format!("bad-status: {} answered 502 Bad Gateway", flood.address)
    );
}

#[tokio::test]
async fn the_type_of_the_content_does_not_matter() {
    let server = answering(StatusCode::OK, &[(CONTENT_TYPE, "text/plain")], super::ONE).await;
    assert_eq!(told(&client(settings(&server.address))).await, "1 rows");
}
