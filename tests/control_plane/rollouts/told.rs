//! What people see of a rollout with kubectl alone, and what they do with it.

use serde_json::Value;

use super::world::World;
use super::{SHARED, has_ended};
use crate::world::patience::until;

const CANARY: &str = "canary.serin.dev/checkout";

/// The Events of the Canary that have this reason.
fn events(world: &World, reason: &str) -> Vec<Value> {
    let selector = format!("regarding.kind=Canary,reason={reason}");
    let listed = world.kubectl(&[
        "get",
        "events.events.k8s.io",
        "--field-selector",
        &selector,
        "--output=json",
    ]);
    let mut listed: Value = serde_json::from_str(&listed).unwrap();
    match listed["items"].take() {
        Value::Array(events) => events,
        other => panic!("{other}"),
    }
}

async fn event(world: &World, reason: &str) -> Value {
    until(reason, async || events(world, reason).into_iter().next()).await
}

#[tokio::test]
async fn a_rollout_by_annotation_is_told_in_events_and_a_deletion_waits_for_its_rollback() {
    let mut world = World::start(&SHARED, "told").await;
    world.begin();
    let daemon = world.serve().await;

    world.kubectl(&["annotate", CANARY, "serin.dev/start=now"]);
    let rollout = daemon.until("at 5 %", |rollout| rollout["weight"] == 5).await;

    let started = event(&world, "Started").await;
    assert_eq!(started["type"], "Normal");
    assert_eq!(
        started["regarding"]["uid"],
        world.canary().await["metadata"]["uid"]
    );
    let stepped = event(&world, "StepAdvanced").await;
    assert!(
        stepped["note"].as_str().unwrap().contains("canary at 5 %"),
        "{stepped:#}"
    );
    world.kubectl(&["wait", "--for=condition=Progressing", "--timeout=30s", CANARY]);
    let held = world.canary().await["metadata"]["finalizers"].clone();
    assert_eq!(held, serde_json::json!(["serin.dev/rollback"]));

    world.kubectl(&["delete", CANARY, "--wait=true", "--timeout=60s"]);

    assert_eq!(world.weight().await, 0, "it was rolled back before it was gone");
    let id = rollout["id"].as_str().unwrap();
    let ended = daemon.get(&format!("/api/v1/rollouts/{id}")).await;
    assert!(has_ended(&ended), "{ended:#}");
    assert_eq!(ended["ending"]["outcome"], "aborted");
}

#[tokio::test]
async fn what_no_schema_catches_is_a_condition_and_an_event() {
    let world = World::start(&SHARED, "mistaken").await;
    let _daemon = world.serve().await;
    world.kubectl(&["wait", "--for=condition=Ready", "--timeout=30s", CANARY]);

    let mistake = r#"{"spec": {"analysis": {"metrics": [{"template": "istio-sucess-rate"}]}}}"#;
    world.kubectl(&["patch", CANARY, "--type=merge", "--patch", mistake]);

    world.kubectl(&["wait", "--for=condition=Ready=false", "--timeout=30s", CANARY]);
    let canary = world.canary().await;
    let conditions = canary["status"]["conditions"].as_array().unwrap();
    let ready = conditions
        .iter()
        .find(|condition| condition["type"] == "Ready")
        .unwrap();
    let message = ready["message"].as_str().unwrap();
    assert!(
        message.starts_with("spec.analysis.metrics[0].template: expected")
            && message.contains("did you mean `istio-success-rate`?"),
        "{message}"
    );
    let told = event(&world, "InvalidSpec").await;
    assert_eq!(
        (&told["type"], &told["note"]),
        (&"Warning".into(), &ready["message"])
    );
}
