//! Whatever else is asked, an abort is heard.

use std::time::Duration;

use serin::engine::Phase;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::history::Fault;
use super::{TestApi, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_is_answered_while_a_thousand_requests_hang() {
    let mut api = TestApi::start().await;
    api.begin().await;
    api.history.break_down(Fault::Hangs);

    // Questions whose answer does not come, commands whose body does not, and heads that never end.
    let mut held = Vec::new();
    for number in 0..1000 {
        let mut stream = TcpStream::connect(api.address).await.unwrap();
        let request: &[u8] = match number % 3 {
            0 => b"GET /api/v1/rollouts HTTP/1.1\r\nHost: localhost\r\n\r\n",
            1 => b"POST /api/v1/canaries/shop/checkout/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
            _ => b"GET /api/v1/rollouts HTTP/1.1\r\nHost: local",
        };
        stream.write_all(request).await.unwrap();
        held.push(stream);
    }
    eventually("the ordinary lane is full", async || {
        api.counters.requests.get() > 0
    })
    .await;

    let answer = api.command("abort", r#"{"reason":"now"}"#).await;
    assert_eq!(answer.status, 200);
    eventually("aborted", async || api.world.phase() == Phase::Aborted).await;
    assert!(api.world.is_aborted());
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_is_heard_behind_a_thousand_commands_that_wait_for_the_store() {
    let mut api = TestApi::with(|settings| settings.request_timeout = Duration::from_secs(2)).await;
    api.begin().await;
    api.world.journal.break_down(crate::world::journal::Outage::Hangs);
    let mut waiting = Vec::new();
    for _ in 0..1000 {
        let request = api.client.post(api.url("/api/v1/canaries/shop/checkout/pause"));
        let request = request
            .header("content-type", "application/json")
            .body(r#"{"reason":"x"}"#);
        waiting.push(tokio::spawn(request.send()));
    }
    let answer = api.command("abort", "").await;
    assert_eq!(answer.status, 202);
    eventually("lowered", async || api.world.is_aborted()).await;
    for request in waiting {
        request.abort();
    }
}
