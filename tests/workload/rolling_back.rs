use serin::driver::ports::WorkloadError;
use serin::engine::Rollback;
use serin::spec::Timestamp;
use serin::workload::deployments::RollbackAsked;

use super::pair::{CANARY, Pair, ROLLOUT, STABLE};
use crate::world::controllers::Fate;

/// A pair whose stable got `v2` from the canary, and had `v1` before.
async fn promoted() -> Pair {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair
}

async fn roll_back(pair: &Pair, back: usize, id: &str) -> Result<Vec<String>, WorkloadError> {
    let asked = RollbackAsked {
        id: id.to_owned(),
        by: "ada".to_owned(),
        reason: "checkouts fail".to_owned(),
        at: Timestamp(1_700_000_000_000),
        back,
    };
    pair.workloads.roll_back(&pair.canary, &asked).await
}

/// What is noted of the newest rollback.
fn noted(pair: &Pair) -> Rollback {
    let annotations = &pair.deployment(STABLE)["metadata"]["annotations"];
    let note = annotations["serin.dev/rolled-back"].as_str().unwrap();
    serde_json::from_str(note).unwrap()
}

#[tokio::test]
async fn who_did_it_and_why_and_from_what_to_what_is_noted_with_it() {
    let pair = promoted().await;
    roll_back(&pair, 1, "rollback-1").await.unwrap();
    let Rollback {
        of,
        by,
        reason,
        at,
        from,
        to,
        is_put_back,
        ..
    } = noted(&pair);
    assert_eq!(of, ROLLOUT);
    assert_eq!((by.as_str(), reason.as_str()), ("ada", "checkouts fail"));
    assert_eq!(at, Timestamp(1_700_000_000_000));
    assert_eq!(
        (from.images, to.images),
        (vec!["v2".to_owned()], vec!["v1".to_owned()])
    );
    assert_ne!(from.revision, to.revision);
    assert!(!is_put_back);
}

#[tokio::test]
async fn a_rollback_of_a_rollback_is_noted_of_the_same_rollout() {
    let pair = promoted().await;
    roll_back(&pair, 1, "rollback-1").await.unwrap();
    roll_back(&pair, 1, "rollback-2").await.unwrap();
    let noted = noted(&pair);
    assert_eq!((noted.id.as_str(), noted.of.as_str()), ("rollback-2", ROLLOUT));
    assert_eq!(noted.to.images, ["v2"]);
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
    assert!(noted(&pair).is_put_back);
}
