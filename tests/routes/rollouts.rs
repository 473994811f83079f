//! `/api/v1/rollouts`.

use serin::driver::Entry;

use super::history::Fault;
use super::{TestApi, eventually};

#[tokio::test]
async fn rollouts_are_listed_newest_first_in_pages() {
    let mut api = TestApi::rolling().await;
    let first = api.world.id.clone();
    api.command("abort", "").await.ok();
    eventually("the first one has ended", async || api.world.status().is_over()).await;
    api.world.driver.journalled(&first).await.unwrap();
    api.begin().await;

    let page = api.get("/api/v1/rollouts?limit=1").await.ok();
    assert_eq!(page["items"][0]["id"], api.world.id);
    assert!(page["items"][0]["outcome"].is_null());
    let next = page["next"].as_str().unwrap();
    let page = api
        .get(&format!("/api/v1/rollouts?limit=1&cursor={next}"))
        .await
        .ok();
    assert_eq!(page["items"][0]["id"], first);
    assert_eq!(page["items"][0]["outcome"], "aborted");
    assert!(page["next"].is_null());
}

#[tokio::test]
async fn a_list_is_filtered() {
    let api = TestApi::rolling().await;
    let started = api.world.status().started_at;
    let number = async |query: &str| {
        let page = api.get(&format!("/api/v1/rollouts?{query}")).await.ok();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(number("namespace=shop&name=checkout").await, 1);
    assert_eq!(number("namespace=bank").await, 0);
    assert_eq!(number("outcome=promoted").await, 0);
    assert_eq!(number(&format!("since={started}")).await, 1);
    assert_eq!(number("since=1960-01-01T00:00:00Z").await, 1);
    assert_eq!(number("since=2100-01-01T00:00:00Z").await, 0);
}

#[tokio::test]
async fn parameters_are_checked() {
    let api = TestApi::start().await;
    for (query, field) in [
        ("outcome=failed", "outcome"),
        ("since=yesterday", "since"),
        ("limit=-1", "limit"),
        ("cursor=nonsense", "cursor"),
        ("state=ended", "state"),
    ] {
        let problem = api
            .get(&format!("/api/v1/rollouts?{query}"))
            .await
            .problem(400, "field");
        assert_eq!(problem["field"], field, "{query}");
    }
}

#[tokio::test]
async fn a_rollout_under_way_is_shown_while_the_store_is_down() {
    let api = TestApi::rolling().await;
    api.history.break_down(Fault::Fails);
    let rollout = api.get(&format!("/api/v1/rollouts/{}", api.world.id)).await.ok();
    assert_eq!(rollout["phase"], "preparing");
    assert_eq!(rollout["startedAt"], api.world.status().started_at.to_string());
    api.get("/api/v1/rollouts").await.problem(503, "store");
}

#[tokio::test]
async fn a_rollout_that_was_is_shown_from_the_store() {
    let mut api = TestApi::rolling().await;
    let first = api.world.id.clone();
    api.command("abort", r#"{"reason":"the graphs look odd","by":"ada"}"#)
        .await
        .ok();
    eventually("the first one has ended", async || api.world.status().is_over()).await;
    api.world.driver.journalled(&first).await.unwrap();
    api.begin().await;

    let rollout = api.get(&format!("/api/v1/rollouts/{first}")).await.ok();
    assert_eq!(rollout["phase"], "aborted");
    assert_eq!(rollout["ending"]["cause"], "commanded");
    assert_eq!(rollout["ending"]["by"], "ada");
    assert_eq!(
        rollout["ending"]["detail"],
        "ada asked for it: the graphs look odd"
    );
}

#[tokio::test]
async fn events_are_the_journal_bit_for_bit() {
    let api = TestApi::rolling().await;
    let path = format!("/api/v1/rollouts/{}/events", api.world.id);
    let page = api.get(&path).await.ok();
    assert_eq!(page["items"][0]["happened"], "started, to v2");
    let entries = api.world.journal.entries(&api.world.id);
    for (item, entry) in page["items"].as_array().unwrap().iter().zip(&entries) {
        assert_eq!(item["sequence"], entry.sequence);
        let read: Entry = serde_json::from_value(item["entry"].clone()).unwrap();
        assert_eq!(read, *entry);
    }
    let first = api.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let next = first["next"].as_str().unwrap();
    let second = api.get(&format!("{path}?limit=1&cursor={next}")).await.ok();
    assert_eq!(second["items"][0]["sequence"], 1);
}

#[tokio::test]
async fn deliveries_are_shown_with_how_they_went() {
    let api = TestApi::rolling().await;
    let page = api
        .get(&format!("/api/v1/rollouts/{}/deliveries", api.world.id))
        .await
        .ok();
    let delivery = &page["items"][0];
    assert_eq!(delivery["kind"], "started");
    assert_eq!(delivery["state"], "delivered");
    assert_eq!(delivery["channel"], "log");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let api = TestApi::start().await;
    for path in ["nothing", "nothing/events", "nothing/deliveries"] {
        let problem = api
            .get(&format!("/api/v1/rollouts/{path}"))
            .await
            .problem(404, "not-found");
        assert_eq!(problem["detail"], "there is no rollout nothing");
    }
}
