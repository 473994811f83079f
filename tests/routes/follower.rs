//! A replica that follows: it answers questions from the store, and says of a command who takes it.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use serin::api::health::{Checks, Health};
use serin::api::{Api, Follower};
use serin::driver::{Leader, Leadership};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::TestApi;
use crate::world::daemon::probe;

/// Who leads, as a test has it.
struct FakeLeadership(Mutex<Leader>);

impl Leadership for FakeLeadership {
    fn leader(&self) -> Leader {
        self.0.lock().unwrap().clone()
    }
}

impl FakeLeadership {
    fn of(edit: impl FnOnce(&mut Leader)) -> Arc<Self> {
        let mut leader = Leader {
            lease: "serin/serin".to_owned(),
            is_here: false,
            name: Some("serin-0_1a".to_owned()),
            is_known: true,
            fault: None,
        };
        edit(&mut leader);
        Arc::new(Self(Mutex::new(leader)))
    }
}

/// A follower beside the leader whose world it is, with a rollout under way there.
async fn follower_of(name: Option<&str>) -> TestApi {
    let leadership = FakeLeadership::of(|leader| leader.name = name.map(str::to_owned));
    let mut api = TestApi::of(
        |_| {},
        |daemon, settings, stop| {
            let follower = Follower {
                leadership,
                canaries: daemon.canaries,
                history: daemon.history,
                clock: daemon.clock,
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

/// The probes of a replica whose store is well.
async fn probes(leadership: Arc<FakeLeadership>) -> String {
    let well = || Box::new(|| async { Ok::<(), String>(()) });
    let checks = Checks {
        database: well(),
        metric_source: well(),
        outbox: well(),
        migrations: well(),
        certificate: None,
    };
    let health = Health::of_replica(checks, Some(leadership));
    health.started();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(health.serve(listener, Arc::default(), CancellationToken::new()));
    url
}

#[tokio::test]
async fn it_is_ready_once_it_saw_the_lease_and_stays_so_while_the_api_server_is_away() {
    let leadership = FakeLeadership::of(|leader| {
        leader.is_known = false;
        leader.fault = Some("403: leases".to_owned());
    });
    let url = probes(leadership.clone()).await;
    let (status, told) = probe(&format!("{url}/readyz")).await;
    assert!(status == 503 && told.contains("lease: 403: leases"), "{told}");
    assert_eq!(probe(&format!("{url}/livez")).await.0, 200);
    assert_eq!(probe(&format!("{url}/startupz")).await.0, 200);
    leadership.0.lock().unwrap().is_known = true;
    assert_eq!(probe(&format!("{url}/readyz")).await.0, 200);
    let (status, told) = probe(&format!("{url}/health/detailed")).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (status, &told["checks"]["lease"]["detail"]),
        (503, &"403: leases".into())
    );
    assert_eq!(told["leadership"]["leader"], "serin-0_1a");
}

#[tokio::test]
async fn it_answers_webhooks_from_the_store_and_begins_nothing() {
    let api = follower_of(Some("serin-0_1a")).await;
    let ask = async |hook: &str, checksum: &str| {
        let body = format!(
            r#"{{"name": "checkout", "namespace": "shop", "phase": "Progressing", "checksum": "{checksum}"}}"#
        );
        api.post(&format!("/webhooks/flagger/{hook}"), &body).await
    };
    for (hook, status) in [("rollout", 200), ("confirm-rollout", 403), ("rollback", 403)] {
        let answer = ask(hook, "another").await;
        assert_eq!(answer.status, status, "{hook}");
        let why = answer.body.as_str().unwrap();
        assert!(why.contains("serin-0_1a leads"), "{why}");
    }
    ask("post-rollout", "v2").await.problem(503, "follows");
    assert_eq!(api.world.driver.statuses().len(), 1);
}
