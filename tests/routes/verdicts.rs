//! `/api/v1/verdicts`.

use serde_json::Value;
use serin::engine::Phase;

use super::TestApi;
use super::in_process::InProcess;
use crate::world::World;

const PATH: &str = "/api/v1/verdicts/shop/checkout";

#[tokio::test(start_paused = true)]
async fn before_the_first_look_nothing_is_judged() {
    let api = InProcess::of(World::new().start());
    let judged = api.get(PATH).await.ok();
    assert_eq!(judged["rollout"], api.world.id);
    assert_eq!(judged["phase"], "preparing");
    for field in ["verdict", "outcome", "lookedAt"] {
        assert!(judged[field].is_null(), "{judged:#}");
    }
    assert_eq!(judged["metrics"], Value::Array(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_canary_under_way_has_the_numbers_of_both_arms() {
    let api = InProcess::of(World::new().start());
    api.world.weight(25).await;
    api.world.pass(10).await;
    let judged = api.get(PATH).await.ok();
    assert_eq!(
        (&judged["phase"], &judged["weight"]),
        (&"analysing".into(), &25.into())
    );
    assert!(judged["outcome"].is_null());
    let metric = &judged["metrics"][0];
    assert_eq!(metric["measure"], "errors");
    for arm in ["canary", "baseline"] {
        let numbers = &metric[arm];
        let (bad, requests) = (
            numbers["bad"].as_f64().unwrap(),
            numbers["requests"].as_f64().unwrap(),
        );
        assert!(requests > 1000.0, "{metric:#}");
        assert!((numbers["estimate"].as_f64().unwrap() - bad / requests).abs() < 1e-9);
    }
    assert!(metric["acceptable"].as_f64().unwrap() > 0.001);
    let looked_at = judged["lookedAt"].as_str().unwrap();
    assert!(looked_at >= judged["since"].as_str().unwrap(), "{judged:#}");
    let why = judged["why"].as_str().unwrap();
    assert!(
        why.contains("success-rate") || why.contains("of-the-test"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_verdict_says_why_in_numbers() {
    let api = InProcess::of(World::new().errors(0.2).start());
    api.world.end().await;
    let judged = api.get(PATH).await.ok();
    assert_eq!(judged["verdict"], "fail");
    assert_eq!(judged["outcome"], "aborted");
    assert_eq!(judged["phase"], "aborted");
    let why = judged["why"].as_str().unwrap();
    assert!(
        why.starts_with("aborted at 5 %: ") && why.contains("20.0 %"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_verdict_outlives_the_process_that_gave_it() {
    let mut api = InProcess::of(World::new().start());
    api.world.end().await;
    let before = api.get(PATH).await.ok();
    assert_eq!(before["outcome"], "promoted");
    assert_eq!(before["verdict"], "pass");
    assert_eq!(api.restart().await, 0);
    assert_eq!(api.get(PATH).await.ok(), before);
}

#[tokio::test(start_paused = true)]
async fn a_hold_is_why() {
    let api = InProcess::of(World::new().start());
    api.world.weight(5).await;
    api.world.command(serin::engine::Action::Pause).await.unwrap();
    assert_eq!(api.world.phase(), Phase::Analysing);
    let why = api.get(PATH).await.ok()["why"].to_string();
    assert!(why.contains("holds: paused"), "{why}");
}

#[tokio::test]
async fn what_has_no_rollout_has_no_verdict() {
    let api = TestApi::start().await;
    let problem = api.get(PATH).await.problem(404, "not-found");
    assert_eq!(
        problem["detail"],
        "there is no verdict of shop/checkout: it has had no rollout"
    );
    let path = "/api/v1/verdicts/shop/basket";
    api.get(path).await.problem(404, "not-found");
}
