use serde_json::json;
use serin::driver::ports::Workloads;

use super::pair::{CANARY, Pair, ROLLOUT, STABLE};
use crate::world::api_server::SERIN;
use crate::world::controllers::Fate;
use crate::world::patience::until;

#[tokio::test]
async fn what_a_rollout_copied_is_put_back_once() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.restore().await.unwrap();
    pair.restore().await.unwrap();
    assert_eq!(pair.images_of_stable(), ["v1", "v2", "v1"]);
    assert_eq!(pair.deployment(STABLE)["status"]["readyReplicas"], 3);
}

#[tokio::test]
async fn what_another_rollout_copied_is_left() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.workloads.restore(&pair.canary, "shop-2").await.unwrap();
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_rollout_that_was_put_back_may_copy_again() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.restore().await.unwrap();
    pair.promote().await.unwrap();
    assert_eq!(pair.images_of_stable(), ["v1", "v2", "v1", "v2"]);
}

#[tokio::test]
async fn the_canary_may_be_of_another_version_by_then() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.set_image(CANARY, "v3");
    pair.restore().await.unwrap();
    assert_eq!(pair.image(STABLE), "v1");
}

#[tokio::test]
async fn what_somebody_deployed_after_the_copy_is_left_and_told() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.set_image(STABLE, "v9");
    let error = pair.restore().await.unwrap_err().to_string();
    assert!(error.contains("somebody changed its pod template"), "{error}");
    assert_eq!(pair.image(STABLE), "v9");
}

#[tokio::test]
async fn a_restart_by_hand_is_no_other_version() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.edit(STABLE, |stable| {
        let annotations = &mut stable["spec"]["template"]["metadata"]["annotations"];
        *annotations = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    });
    pair.restore().await.unwrap();
    assert_eq!(pair.image(STABLE), "v1");
}

#[tokio::test]
async fn a_copy_that_was_given_up_on_its_way_lands_no_more() {
    let pair = Pair::ready().await;
    pair.server.fail_writes_with(503);
    // Sent, and dropped where it stands: an abort came.
    let sent = until("sent", async || {
        let requests = pair.server.requests();
        requests.into_iter().find(|asked| asked.method == "PATCH")
    });
    let late = tokio::select! {
        promoted = pair.promote() => panic!("the server fails, and yet: {promoted:?}"),
        late = sent => late,
    };
    pair.server.recover();
    pair.restore().await.unwrap();
    let landing = reqwest::Client::new()
        .patch(format!("{}{}", pair.server.url(), late.path))
        .bearer_auth(SERIN)
        .header("content-type", "application/json-patch+json")
        .body(late.body);
    assert_eq!(landing.send().await.unwrap().status(), 409);
    assert_eq!(pair.images_of_stable(), ["v1"]);
}

#[tokio::test]
async fn a_late_promoter_finds_that_it_was_put_back_meanwhile_and_stops() {
    let pair = Pair::ready().await;
    // Between the late one's read and its write, another Serin puts back what this rollout may have done.
    pair.server.on_next_write(|store| {
        store.edit("deployments", "default", STABLE, |stable| {
            stable["metadata"]["annotations"] = json!({"serin.dev/epoch": "1"});
        });
    });
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(error.contains("another Serin"), "{error}");
    assert_eq!(pair.images_of_stable(), ["v1"]);
}

#[tokio::test]
async fn a_copy_that_was_under_way_when_the_process_ended_is_followed_by_the_next() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(STABLE, "v2", Fate::Starting);
    let copied = async {
        until("copied", async || (pair.image(STABLE) == "v2").then_some(())).await;
    };
    tokio::select! {
        promoted = pair.promote() => panic!("no pod is ready, and yet: {promoted:?}"),
        () = copied => {}
    }
    pair.controllers.let_pods(STABLE, "v2", Fate::Ready);
    pair.promote().await.unwrap();
    assert_eq!(pair.images_of_stable(), ["v1", "v2"]);
}

#[tokio::test]
async fn a_write_that_lost_a_race_or_its_answer_is_made_again() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.server.answer_lost_after_commit();
    pair.server.on_next_write(|store| {
        store.edit("deployments", "default", STABLE, |stable| {
            stable["spec"]["replicas"] = json!(4);
        });
    });
    pair.restore().await.unwrap();
    let stable = pair.deployment(STABLE);
    assert_eq!(
        (pair.image(STABLE).as_str(), &stable["spec"]["replicas"]),
        ("v1", &json!(4))
    );
    assert_eq!(stable["metadata"]["annotations"]["serin.dev/rollout"], ROLLOUT);
}

#[tokio::test]
async fn notes_that_somebody_broke_are_named_and_nothing_is_changed() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.edit(STABLE, |stable| {
        stable["metadata"]["annotations"]["serin.dev/previous-templates"] = json!("v1");
    });
    let error = pair.restore().await.unwrap_err().to_string();
    assert!(error.contains("`serin.dev/previous-templates`"), "{error}");
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_server_that_is_away_or_denies_everything_for_a_while_delays_it() {
    for code in [403, 503] {
        let mut pair = Pair::ready().await;
        pair.promote().await.unwrap();
        pair.wait_for_roles();
        pair.server.forget_requests();
        pair.server.fail_with(code);
        let back = async {
            until("two reads that failed", async || {
                (pair.server.requests().len() >= 2).then_some(())
            })
            .await;
            pair.server.recover();
        };
        let (restored, ()) = tokio::join!(pair.restore(), back);
        restored.unwrap();
        assert_eq!(pair.images_of_stable(), ["v1", "v2", "v1"]);
    }
}
