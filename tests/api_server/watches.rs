//! Watches: what they tell, and how they end.

use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{SERVICES, service};
use crate::world::api_server::{ApiServer, SERIN};
use crate::world::patience::PATIENCE;

/// A watch, event by event.
struct Watch {
    lines: BoxStream<'static, Value>,
}

impl Watch {
    async fn start(server: &ApiServer, query: &str) -> Self {
        Self::of(server, SERVICES, query).await
    }

    async fn of(server: &ApiServer, path: &str, query: &str) -> Self {
        let url = format!("{}{path}?watch=1&{query}", server.url());
        let answer = Client::new().get(url).bearer_auth(SERIN).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let bytes = answer
            .bytes_stream()
            .map(|chunk| chunk.map_or_else(|_| Vec::new(), |chunk| chunk.to_vec()));
        // Every event comes in a chunk of its own, or in one with others.
        let lines = bytes.flat_map(|chunk| {
            let lines: Vec<Value> = chunk
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect();
            futures::stream::iter(lines)
        });
        Self { lines: lines.boxed() }
    }

    /// The next event; none where the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        let next = timeout(PATIENCE, self.lines.next())
            .await
            .expect("an event, or the end");
        next.map(|event| {
            (
                event["type"].as_str().unwrap().to_owned(),
                event["object"].clone(),
            )
        })
    }

    async fn tells(&mut self, what: &str, name: &str) {
        let (told, object) = self.next().await.expect("an event");
        assert_eq!((told.as_str(), &object["metadata"]["name"]), (what, &json!(name)));
    }
}

#[tokio::test]
async fn a_watch_tells_what_happened_since_its_version_and_from_then_on() {
    let server = ApiServer::start().await;
    let first = server.put(service("a"));
    server.put(service("b"));
    let version = first["metadata"]["resourceVersion"].as_str().unwrap();
    let mut watch = Watch::start(&server, &format!("resourceVersion={version}")).await;
    watch.tells("ADDED", "b").await;
    server.edit("virtualservices", "shop", "a", |object| {
        object["spec"]["hosts"] = json!(["x"])
    });
    watch.tells("MODIFIED", "a").await;
    server.delete("virtualservices", "shop", "a");
    watch.tells("DELETED", "a").await;
    server.close_watches();
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn a_watch_of_one_label_sees_objects_come_and_go_with_it() {
    let server = ApiServer::start().await;
    server.put(service("a"));
    server.put(service("b"));
    let mut watch = Watch::start(&server, "labelSelector=app%3Da").await;
    watch.tells("ADDED", "a").await;
    server.edit("virtualservices", "shop", "b", |object| {
        object["metadata"]["labels"]["app"] = json!("a")
    });
    watch.tells("ADDED", "b").await;
    server.edit("virtualservices", "shop", "a", |object| {
        object["metadata"]["labels"]["app"] = json!("z")
    });
    watch.tells("DELETED", "a").await;
}

#[tokio::test]
async fn a_watch_of_all_namespaces_sees_all_of_them() {
    let server = ApiServer::start().await;
    let mut watch = Watch::of(&server, "/apis/networking.istio.io/v1beta1/virtualservices", "").await;
    for namespace in ["attic", "shop"] {
        let mut object = service("a");
        object["metadata"]["namespace"] = json!(namespace);
        server.put(object);
        let (_, told) = watch.next().await.unwrap();
        assert_eq!(told["metadata"]["namespace"], namespace);
        assert_eq!(told["apiVersion"], "networking.istio.io/v1beta1");
    }
}

#[tokio::test]
async fn a_watch_from_before_the_compaction_is_told_so_in_the_stream() {
    let server = ApiServer::start().await;
    server.put(service("a"));
    server.put(service("b"));
    server.compact();
    let mut watch = Watch::start(&server, "resourceVersion=2").await;
    let (what, status) = watch.next().await.unwrap();
    assert_eq!(
        (what.as_str(), &status["code"], &status["reason"]),
        ("ERROR", &json!(410), &json!("Expired"))
    );
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn bookmarks_tell_the_version_to_those_who_take_them() {
    let server = ApiServer::start().await;
    let version = server.put(service("a"))["metadata"]["resourceVersion"].clone();
    let since = version.as_str().unwrap();
    let mut takes = Watch::start(
        &server,
        &format!("resourceVersion={since}&allowWatchBookmarks=true"),
    )
    .await;
    let mut does_not = Watch::start(&server, &format!("resourceVersion={since}")).await;
    server.bookmark();
    let (what, object) = takes.next().await.unwrap();
    assert_eq!(
        (what.as_str(), &object["metadata"]["resourceVersion"]),
        ("BOOKMARK", &version)
    );
    server.close_watches();
    assert_eq!(does_not.next().await, None);
}

#[tokio::test]
async fn a_list_by_watching_ends_with_a_marked_bookmark_or_is_beyond_the_store() {
    let server = ApiServer::start().await;
    server.put(service("a"));
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = Watch::start(&server, query).await;
    watch.tells("ADDED", "a").await;
    let (what, object) = watch.next().await.unwrap();
    assert_eq!(what, "BOOKMARK");
    assert_eq!(
        object["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );

    server.without_watch_list();
    let mut refused = Watch::start(&server, query).await;
    let (what, status) = refused.next().await.unwrap();
    assert_eq!((what.as_str(), &status["code"]), ("ERROR", &json!(500)));
}

#[tokio::test]
async fn a_watch_ends_when_its_time_is_up_and_breaks_when_the_server_dies() {
    let server = ApiServer::start().await;
    let mut short = Watch::start(&server, "timeoutSeconds=0").await;
    assert_eq!(short.next().await, None);
    let mut broken = Watch::start(&server, "").await;
    server.refuse().await;
    assert_eq!(broken.next().await, None);
}
