use serin::driver::ports::WorkloadError;

use super::pair::{CANARY, Pair, STABLE};
use crate::world::controllers::Fate;

/// A pair whose stable got `v2` from the canary, and had `v1` before.
async fn promoted() -> Pair {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair
}

async fn roll_back(pair: &Pair, back: usize, id: &str) -> Result<Vec<String>, WorkloadError> {
    pair.workloads.roll_back(&pair.canary, back, id).await
}

#[tokio::test]
async fn a_promotion_is_rolled_back_and_the_rollback_as_well() {
    let pair = promoted().await;
    assert_eq!(roll_back(&pair, 1, "rollback-1").await.unwrap(), ["v1"]);
    assert_eq!(pair.deployment(STABLE)["status"]["readyReplicas"], 3);
    assert_eq!(roll_back(&pair, 1, "rollback-2").await.unwrap(), ["v2"]);
    assert_eq!(pair.images_of_stable(), ["v1", "v2", "v1", "v2"]);
}

#[tokio::test]
async fn an_older_template_than_the_last_can_be_had() {
    let pair = promoted().await;
    pair.set_image(CANARY, "v3");
    pair.until(CANARY, |status| status["readyReplicas"] == 3).await;
    pair.promote_for("shop-2").await.unwrap();
    assert_eq!(roll_back(&pair, 2, "rollback-1").await.unwrap(), ["v1"]);
}

#[tokio::test]
async fn a_template_that_is_not_remembered_is_asked_for_in_vain() {
    let pair = promoted().await;
    let error = roll_back(&pair, 2, "rollback-1").await.unwrap_err().to_string();
    assert!(error.contains("of 2 changes ago"), "{error}");
    assert!(error.contains("found 1; hint: `kubectl rollout undo`"), "{error}");
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_template_that_does_not_work_any_more_is_taken_back() {
    let pair = promoted().await;
    pair.controllers.let_pods(STABLE, "v1", Fate::ImagePullBackOff);
    let error = roll_back(&pair, 1, "rollback-1").await.unwrap_err().to_string();
    assert!(error.contains("image v1: ImagePullBackOff"), "{error}");
    assert!(error.contains("was put back and is ready"), "{error}");
    assert_eq!(pair.image(STABLE), "v2");
}
