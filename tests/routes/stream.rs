//! `/api/v1/stream`.

use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::StatusCode;
use serde_json::Value;
use serin::engine::Action;

use super::{TestApi, eventually};

/// An event as it came.
#[derive(Debug, Clone, PartialEq)]
struct Received {
    kind: String,
    id: Option<String>,
    data: Value,
}

/// A reader of the stream.
struct Reader {
    bytes: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    text: String,
}

impl Reader {
    async fn connect(api: &TestApi, query: &str, last_seen: Option<&str>) -> Self {
        let mut request = api.client.get(api.url(&format!("/api/v1/stream{query}")));
        if let Some(id) = last_seen {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            bytes: response
                .bytes_stream()
                .map(|bytes| bytes.map(|bytes| bytes.to_vec()))
                .boxed(),
            text: String::new(),
        }
    }

    async fn next(&mut self) -> Received {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let received = parse(event);
                self.text = rest.to_owned();
                return received;
            }
            let bytes = tokio::time::timeout(super::EVENTUALLY, self.bytes.next()).await;
            let bytes = bytes
                .expect("an event comes")
                .expect("the stream goes on")
                .unwrap();
            self.text.push_str(&String::from_utf8(bytes).unwrap());
        }
    }

    async fn until(&mut self, is_meant: impl Fn(&Received) -> bool) -> Received {
        loop {
            let received = self.next().await;
            if is_meant(&received) {
                return received;
            }
        }
    }
}

fn parse(event: &str) -> Received {
    let field = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
    };
    Received {
        kind: field("event").unwrap(),
        id: field("id"),
        data: serde_json::from_str(&field("data").unwrap()).unwrap(),
    }
}

fn number(received: &Received) -> u64 {
    let id = received.id.as_ref().unwrap();
    id.split_once('-').unwrap().1.parse().unwrap()
}

fn is_paused(received: &Received) -> bool {
    let holds = received.data["rollout"]["holds"].as_array();
    holds.is_some_and(|holds| holds.iter().any(|hold| hold["reason"] == "paused"))
}

async fn pause(api: &TestApi) {
    api.command("pause", r#"{"reason":"to see it"}"#).await.ok();
}

#[tokio::test]
async fn a_stream_begins_with_where_everything_stands() {
    let api = TestApi::rolling().await;
    let mut reader = Reader::connect(&api, "", None).await;
    let first = reader.next().await;
    assert_eq!(first.kind, "status");
    assert_eq!(first.data["rollout"]["id"], api.world.id);
}

#[tokio::test]
async fn events_come_in_order_and_news_with_them() {
    let mut api = TestApi::start().await;
    let mut reader = Reader::connect(&api, "", None).await;
    api.begin().await;
    let mut received = vec![reader.next().await];
    pause(&api).await;
    while !is_paused(received.last().unwrap()) {
        received.push(reader.next().await);
    }
    let numbers: Vec<u64> = received.iter().map(number).collect();
    let first = numbers[0];
    assert_eq!(numbers, (first..first + numbers.len() as u64).collect::<Vec<_>>());
    let started = received
        .iter()
        .find(|received| received.kind == "notice")
        .unwrap();
    assert_eq!(started.data["kind"], "started");
    assert_eq!(started.data["rollout"], api.world.id);
    assert_eq!(started.data["urgency"], "info");
}

#[tokio::test]
async fn whoever_comes_back_goes_on_where_it_stopped() {
    let mut api = TestApi::start().await;
    let mut reader = Reader::connect(&api, "", None).await;
    api.begin().await;
    let seen = reader.next().await;
    drop(reader);
    pause(&api).await;
    let mut reader = Reader::connect(&api, "", seen.id.as_deref()).await;
    let next = reader.next().await;
    assert_eq!(number(&next), number(&seen) + 1);
    reader.until(is_paused).await;
}

#[tokio::test]
async fn whoever_missed_something_is_told_and_begins_anew() {
    let api = TestApi::rolling().await;
    for id in ["1-1", "nonsense", "", "-", "99999999999999999999-1"] {
        let mut reader = Reader::connect(&api, "", Some(id)).await;
        let missed = reader.next().await;
        assert_eq!(missed.kind, "missed", "{id}");
        assert!(missed.data["events"].is_null());
        assert_eq!(reader.next().await.kind, "status");
    }
}

#[tokio::test]
async fn whoever_fell_behind_the_ring_is_told_by_how_much() {
    let mut api = TestApi::start().await;
    let mut reader = Reader::connect(&api, "", None).await;
    api.begin().await;
    let seen = reader.next().await;
    drop(reader);
    // More than are kept: each command that changes something is an event.
    eventually("the ring has turned", async || {
        for _ in 0..100 {
            for action in [Action::Pause, Action::Resume] {
                api.world.command(action).await.unwrap();
            }
        }
        let mut reader = Reader::connect(&api, "", seen.id.as_deref()).await;
        let first = reader.next().await;
        if first.kind != "missed" {
            return false;
        }
        let missed = first.data["events"].as_u64().unwrap();
        let status = reader.next().await;
        assert_eq!(status.kind, "status");
        assert!(missed > 0 && number(&status) > number(&seen) + missed);
        true
    })
    .await;
    assert!(api.counters.laggards.get() > 0);
}

#[tokio::test]
async fn a_stream_can_be_of_one_canary() {
    let mut api = TestApi::start().await;
    let mut other = Reader::connect(&api, "?namespace=bank", None).await;
    let mut ours = Reader::connect(&api, "?namespace=shop&name=checkout", None).await;
    api.begin().await;
    assert_eq!(ours.next().await.data["rollout"]["name"], "checkout");
    let mut ledger = api.world.canary.clone();
    ledger.namespace = "bank".into();
    api.world.driver.start(ledger, "v2".into()).unwrap();
    assert_eq!(other.next().await.data["rollout"]["namespace"], "bank");
}

#[tokio::test]
async fn streams_are_bounded_and_a_place_comes_back() {
    let api = TestApi::with(|settings| settings.max_connections = 16).await;
    let mut readers = Vec::new();
    for _ in 0..4 {
        readers.push(Reader::connect(&api, "", None).await);
    }
    let answer = api.get("/api/v1/stream").await;
    answer.problem(503, "busy");
    assert_eq!(api.counters.streams.get(), 1);
    readers.pop();
    eventually("there is a place again", async || {
        let response = api.client.get(api.url("/api/v1/stream")).send().await.unwrap();
        response.status() == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn parameters_are_checked() {
    let api = TestApi::start().await;
    let problem = api
        .get("/api/v1/stream?canary=checkout")
        .await
        .problem(400, "field");
    assert_eq!(problem["field"], "canary");
}
