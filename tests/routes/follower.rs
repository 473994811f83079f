//! A replica that follows: it answers questions from the store, and says of a command who takes it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use serin::api::{Api, Follower};
use serin::driver::{Leader, Leadership};

use super::TestApi;

/// Who leads, as a test has it.
struct FakeLeadership(Mutex<Leader>);

impl Leadership for FakeLeadership {
    fn leader(&self) -> Leader {
        self.0.lock().unwrap().clone()
    }
}

/// A follower beside the leader whose world it is, with a rollout under way there.
async fn follower_of(name: Option<&str>) -> TestApi {
    let leader = Leader {
        lease: "serin/serin".to_owned(),
        is_here: false,
        name: name.map(str::to_owned),
        fault: None,
    };
    let leadership = Arc::new(FakeLeadership(Mutex::new(leader)));
    let mut api = TestApi::of(
        |_| {},
        |daemon, settings, stop| {
            let follower = Follower {
                leadership,
                canaries: daemon.canaries,
                history: daemon.history,
            };
            Api::following(follower, settings, stop)
        },
    )
    .await;
    api.begin().await;
    api
}

#[tokio::test]
async fn it_shows_the_rollouts_that_are_under_way_elsewhere() {
    let api = follower_of(Some("serin-0_1a")).await;
    let id = api.world.id.clone();
    let list = api.get("/api/v1/canaries").await.body;
    assert_eq!(list["items"][0]["rollout"]["id"], id.as_str());
    let canary = api.get("/api/v1/canaries/shop/checkout").await.body;
    assert_eq!(canary["rollout"]["id"], id.as_str());
    assert_eq!(canary["definition"]["mode"], "control");
    let rollout = api.get(&format!("/api/v1/rollouts/{id}")).await.body;
    assert_eq!(rollout, canary["rollout"]);
    let events = api.get(&format!("/api/v1/rollouts/{id}/events")).await.body;
    assert!(!events["items"].as_array().unwrap().is_empty());
    api.get("/api/v1/canaries/shop/basket")
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_command_is_refused_with_the_name_of_the_one_that_leads() {
    let api = follower_of(Some("serin-0_1a")).await;
    let before = api.world.driver.status(&api.world.id);
    for word in ["start", "pause", "resume", "approve", "promote", "abort"] {
        let answer = api.command(word, r#"{"reason": "a test"}"#).await;
        assert_eq!(answer.header("retry-after"), "1");
        // A Service hands the next connection to another replica, perhaps.
        assert_eq!(answer.header("connection"), "close");
        let problem = answer.problem(503, "follows");
        assert_eq!(problem["leader"], "serin-0_1a", "{word}");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("the Lease serin/serin")
        );
    }
    api.get("/api/v1/stream").await.problem(503, "follows");
    assert_eq!(api.world.driver.status(&api.world.id), before);
}

#[tokio::test]
async fn where_nobody_leads_it_says_that() {
    let api = follower_of(None).await;
    let problem = api.command("abort", "{}").await.problem(503, "follows");
    assert_eq!(problem.get("leader"), None::<&Value>);
    assert!(problem["detail"].as_str().unwrap().contains("is being decided"));
}

#[tokio::test]
async fn a_store_that_is_away_is_a_problem_of_the_store() {
    let api = follower_of(Some("serin-0_1a")).await;
    api.history.break_down(super::history::Fault::Fails);
    api.get("/api/v1/canaries").await.problem(503, "store");
}
