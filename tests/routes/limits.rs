//! What is too long, too slow or too much.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use reqwest::{Body, Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::history::Fault;
use super::{TestApi, eventually};

/// Sends bytes as they are, and gives what comes back until the other side is done.
async fn raw(api: &TestApi, request: &str) -> String {
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(super::EVENTUALLY, stream.read_to_end(&mut answer)).await;
    read.expect("the server ends the connection").unwrap();
    String::from_utf8(answer).unwrap()
}

fn problem(answer: &str) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/problem+json"), "{head}");
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_body_of_a_gigabyte_is_refused_by_its_length() {
    let api = TestApi::start().await;
    for command in ["pause", "abort"] {
        let answer = raw(
            &api,
            &format!(
                "POST /api/v1/canaries/shop/checkout/{command} HTTP/1.1\r\nHost: localhost\r\n\
                 Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{{"
            ),
        )
        .await;
        assert_eq!(problem(&answer)["status"], 413);
        assert!(answer.to_lowercase().contains("connection: close"));
    }
    assert_eq!(api.counters.bodies.get(), 2);
}

#[tokio::test]
async fn a_body_of_a_gigabyte_that_does_not_say_so_is_cut_off() {
    let api = TestApi::start().await;
    let chunk = vec![b' '; 1 << 20];
    let chunks = stream::iter(0..1024).map(move |_| Ok::<_, std::io::Error>(chunk.clone()));
    let request = api.client.post(api.url("/api/v1/canaries/shop/checkout/pause"));
    let request = request.header("content-type", "application/json");
    let sent = request.body(Body::wrap_stream(chunks)).send().await;
    // The answer, or the end of the connection while the rest was still being sent.
    if let Ok(response) = sent {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(api.counters.bodies.get(), 1);
}

#[tokio::test]
async fn an_abort_has_a_short_body() {
    let api = TestApi::start().await;
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(20_000));
    let answer = api.command("abort", &long).await;
    answer.problem(413, "body-too-long");
}

#[tokio::test]
async fn a_slow_body_times_out() {
    let api = TestApi::with(|settings| settings.request_timeout = Duration::from_millis(100)).await;
    let answer = raw(
        &api,
        "POST /api/v1/canaries/shop/checkout/pause HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"reason\"",
    )
    .await;
    assert_eq!(problem(&answer)["status"], 408);
    assert_eq!(api.counters.times.get(), 1);
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let api = TestApi::with(|settings| settings.header_timeout = Duration::from_millis(100)).await;
    for head in [
        "",
        "GET /api/v1/cana",
        "GET /api/v1/canaries HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    ] {
        let answer = raw(&api, head).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_long_head_is_refused() {
    let api = TestApi::start().await;
    let long = "x".repeat(17 << 10);
    let answer = api.ask(Method::GET, "/api/v1/canaries", |request| {
        request.header("x-long", &long)
    });
    answer.await.problem(431, "head-too-long");
    let answer = api.get(&format!("/api/v1/canaries?namespace={long}")).await;
    answer.problem(431, "head-too-long");
    assert_eq!(api.counters.heads.get(), 2);

    let endless = "x".repeat(100 << 10);
    let answer = raw(
        &api,
        &format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {endless}\r\n\r\n"),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    let answer = raw(&api, &format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_problem() {
    let api = TestApi::with(|settings| settings.request_timeout = Duration::from_millis(100)).await;
    api.history.break_down(Fault::Hangs);
    let answer = api.get("/api/v1/rollouts").await;
    assert_eq!(answer.header("retry-after"), "1");
    answer.problem(503, "no-answer");
}

#[tokio::test]
async fn too_many_requests_at_once_are_turned_away() {
    // A quarter of the connections: one request.
    let api = TestApi::with(|settings| settings.max_connections = 4).await;
    api.history.break_down(Fault::Hangs);
    let hanging = tokio::spawn(api.client.get(api.url("/api/v1/rollouts")).send());
    eventually("turned away", async || {
        let answer = api.get("/api/v1/canaries").await;
        answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.body["type"] == "urn:serin:problem:busy"
    })
    .await;
    assert!(api.counters.requests.get() > 0);
    hanging.abort();
    eventually("there is a place again", async || {
        api.get("/api/v1/canaries").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn whoever_holds_connections_open_keeps_nobody_out() {
    let api = TestApi::with(|settings| settings.max_connections = 8).await;
    let mut held = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(api.address).await.unwrap();
        stream
            .write_all(b"GET /api/v1/canaries HTTP/1.1\r\n")
            .await
            .unwrap();
        held.push(stream);
    }
    api.get("/api/v1/canaries").await.ok();
    assert!(api.counters.connections.get() >= 92);
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way_and_takes_nothing_new() {
    let api = TestApi::rolling().await;
    let stream = api.client.get(api.url("/api/v1/stream")).send().await.unwrap();
    let TestApi { stop, serving, .. } = &api;
    stop.cancel();
    stream.text().await.expect("the stream ends as it should");
    eventually("the server is done", async || serving.is_finished()).await;
    assert!(TcpStream::connect(api.address).await.is_err());
}
