use serde_json::json;
use serin::driver::ports::Workloads;

use super::pair::{CANARY, Pair, STABLE};
use crate::world::controllers::Fate;

#[tokio::test]
async fn ready_pods_are_counted_with_two_reads() {
    let pair = Pair::ready().await;
    pair.server.forget_requests();
    let seen = pair.observe().await;
    assert_eq!((seen.stable_replicas, seen.canary_ready), (3, 3));
    assert_eq!((seen.canary_reason, seen.canary_failing), (None, None));
    assert_eq!(pair.server.requests().len(), 2);
}

#[tokio::test]
async fn ready_pods_of_an_older_template_do_not_count() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(CANARY, "v3", Fate::ImagePullBackOff);
    pair.set_image(CANARY, "v3");
    pair.until(CANARY, |status| status["updatedReplicas"] == 3).await;
    assert_eq!(pair.deployment(CANARY)["status"]["readyReplicas"], 3);
    let seen = pair.observe().await;
    assert_eq!(seen.canary_ready, 0);
    let failing = seen
        .canary_failing
        .expect("nothing of the newest template serves");
    assert!(failing.contains("image v3: ImagePullBackOff"), "{failing}");
}

#[tokio::test]
async fn a_crash_loop_says_how_often_and_with_what_code() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(CANARY, "v2", Fate::CrashLoopBackOff(4));
    pair.until(CANARY, |status| status["readyReplicas"] == 0).await;
    let failing = pair.observe().await.canary_failing.expect("it crashes");
    assert!(
        failing.contains("CrashLoopBackOff after 4 restarts, last exit code 1"),
        "{failing}"
    );
}

#[tokio::test]
async fn a_canary_that_is_not_ready_any_more_is_failing_and_one_that_starts_is_not() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(CANARY, "v2", Fate::Unready);
    pair.until(CANARY, |status| status["readyReplicas"] == 0).await;
    let seen = pair.observe().await;
    assert!(
        seen.canary_failing
            .is_some_and(|words| words.contains("was ready"))
    );
    pair.controllers.let_pods(CANARY, "v3", Fate::Starting);
    pair.set_image(CANARY, "v3");
    pair.until(CANARY, |status| status["updatedReplicas"] == 3).await;
    let seen = pair.observe().await;
    assert_eq!((seen.canary_ready, seen.canary_failing), (0, None));
    assert!(
        seen.canary_reason
            .is_some_and(|words| words.contains("not ready yet"))
    );
}

#[tokio::test]
async fn a_canary_of_nothing_and_a_paused_one_say_so() {
    let pair = Pair::ready().await;
    pair.edit(CANARY, |canary| canary["spec"]["replicas"] = json!(0));
    pair.until(CANARY, |status| status["replicas"] == 0).await;
    let reason = pair.observe().await.canary_reason.expect("nobody serves");
    assert!(reason.contains("0 replicas"), "{reason}");
    pair.edit(CANARY, |canary| {
        canary["spec"]["replicas"] = json!(3);
        canary["spec"]["paused"] = json!(true);
    });
    pair.set_image(CANARY, "v3");
    let reason = pair.observe().await.canary_reason.expect("nobody serves");
    assert!(reason.contains("paused"), "{reason}");
}

#[tokio::test]
async fn pods_are_found_by_expressions_too() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(CANARY, "v2", Fate::Starting);
    pair.edit(CANARY, |canary| {
        let expression = json!({"key": "app", "operator": "In", "values": [CANARY, "other"]});
        canary["spec"]["selector"] = json!({"matchExpressions": [expression]});
    });
    pair.until(CANARY, |status| status["readyReplicas"] == 0).await;
    let reason = pair.observe().await.canary_reason.expect("none is ready");
    assert!(reason.contains("pod shop-canary-"), "{reason}");
}

#[tokio::test]
async fn a_deployment_that_is_not_there_is_named_with_a_hint() {
    let pair = Pair::ready().await;
    pair.server.delete("deployments", "default", STABLE);
    let error = pair
        .workloads
        .observe(&pair.canary)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("Deployment default/shop-stable: expected it in the cluster"),
        "{error}"
    );
    assert!(error.contains("kubectl get deployments -n default"), "{error}");
}
