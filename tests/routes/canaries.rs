//! `/api/v1/canaries`.

use super::TestApi;
use super::in_process::InProcess;
use crate::world::World;

#[tokio::test]
async fn a_canary_is_listed_with_what_its_document_says() {
    let api = TestApi::start().await;
    let list = api.get("/api/v1/canaries").await.ok();
    let checkout = &list["items"][0];
    assert_eq!(checkout["namespace"], "shop");
    assert_eq!(checkout["name"], "checkout");
    assert_eq!(checkout["definition"]["interval"], "10s");
    assert_eq!(checkout["definition"]["steps"][0]["weight"], 5);
    assert!(checkout["rollout"].is_null());
    assert!(list["next"].is_null());
}

#[tokio::test]
async fn a_canary_is_shown_with_its_rollout_and_its_whole_definition() {
    let api = TestApi::rolling().await;
    let checkout = api.get("/api/v1/canaries/shop/checkout").await.ok();
    assert_eq!(checkout["rollout"]["id"], api.world.id);
    assert_eq!(checkout["rollout"]["phase"], "preparing");
    assert_eq!(checkout["checked"]["analysis"]["interval"], "10s");
}

#[tokio::test]
async fn a_rollout_outlives_its_document() {
    let api = TestApi::rolling().await;
    api.canaries.delete();
    let list = api.get("/api/v1/canaries").await.ok();
    assert!(list["items"][0]["definition"].is_null());
    assert_eq!(list["items"][0]["rollout"]["id"], api.world.id);
    let checkout = api.get("/api/v1/canaries/shop/checkout").await.ok();
    assert!(checkout["checked"].is_null());
}

#[tokio::test(start_paused = true)]
async fn an_ended_rollout_is_shown_after_a_restart() {
    let mut api = InProcess::of(World::new().errors(0.2).start());
    api.world.end().await;
    // Until nobody waits for its requests to stop any more, it is held again.
    api.world.pass(1200).await;
    let path = "/api/v1/canaries/shop/checkout";
    let before = api.get(path).await.ok();
    assert_eq!(before["rollout"]["phase"], "aborted");
    assert_eq!(api.restart().await, 0);
    assert_eq!(api.get(path).await.ok(), before);
}

#[tokio::test]
async fn a_broken_edit_is_told_with_its_field() {
    let api = TestApi::start().await;
    api.canaries.break_edits();
    let list = api.get("/api/v1/canaries").await.ok();
    assert_eq!(list["items"][0]["problems"][0]["field"], "spec.steps[0].weight");
    assert_eq!(list["problems"][0]["line"], 7);
}

#[tokio::test]
async fn a_list_of_one_namespace_has_no_problems_of_others() {
    let api = TestApi::start().await;
    api.canaries.break_edits();
    for (query, expected) in [("", 1), ("?namespace=shop", 1), ("?namespace=bank", 0)] {
        let list = api.get(&format!("/api/v1/canaries{query}")).await.ok();
        assert_eq!(list["problems"].as_array().unwrap().len(), expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_comes_in_pages_by_namespace_and_name() {
    let api = TestApi::start().await;
    for (namespace, name) in [("shop", "cart"), ("bank", "ledger"), ("shop", "search")] {
        api.canaries.add(namespace, name);
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/canaries?limit=3".to_owned();
    loop {
        let page = api.get(&path).await.ok();
        for canary in page["items"].as_array().unwrap() {
            seen.push(canary["name"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/canaries?limit=3&cursor={next}");
    }
    assert_eq!(seen, ["ledger", "cart", "checkout", "search"]);

    let shop = api.get("/api/v1/canaries?namespace=shop").await.ok();
    assert_eq!(shop["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let api = TestApi::start().await;
    let problem = api
        .get("/api/v1/canaries/shop/nothing")
        .await
        .problem(404, "not-found");
    assert_eq!(problem["detail"], "there is no Canary shop/nothing");
}

#[tokio::test]
async fn parameters_are_checked() {
    let api = TestApi::start().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("namespace=", "namespace"),
        ("cursor=", "cursor"),
        ("namspace=shop", "namspace"),
    ] {
        let problem = api
            .get(&format!("/api/v1/canaries?{query}"))
            .await
            .problem(400, "field");
        assert_eq!(problem["field"], field, "{query}");
    }
    let problem = api.get("/api/v1/canaries?namspace=shop").await.body;
    assert_eq!(problem["hint"], "did you mean `namespace`?");
}
