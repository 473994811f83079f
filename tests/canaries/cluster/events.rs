//! What people read in Events.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::World;
use crate::world::patience::until;

/// The Event of this reason, once it is there.
async fn event(world: &World, reason: &str) -> Value {
    until(reason, async || {
        let events = world.server.objects("events");
        events.into_iter().find(|event| event["reason"] == reason)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_told_step_by_step() {
    let world = World::seen().await;
    world.roll_out("v2");
    world.until("at 5 %", |status| status.weight == 5).await;
    world.abort().await;

    let started = event(&world, "Started").await;
    let stepped = event(&world, "StepAdvanced").await;
    let aborted = event(&world, "Aborted").await;

    assert_eq!(
        (&started["type"], &aborted["type"]),
        (&json!("Normal"), &json!("Warning"))
    );
    assert!(
        stepped["note"].as_str().unwrap().contains("canary at 5 %"),
        "{stepped:#}"
    );
    assert!(
        aborted["note"].as_str().unwrap().ends_with("ada asked for it"),
        "{aborted:#}"
    );
    let canary = world.canary();
    for event in [&started, &stepped, &aborted] {
        assert_eq!(event["metadata"]["namespace"], "shop");
        assert_eq!(event["regarding"]["kind"], "Canary");
        assert_eq!(event["regarding"]["name"], "checkout");
        assert_eq!(event["regarding"]["uid"], canary["metadata"]["uid"]);
        assert_eq!(event["reportingController"], "serin.dev/serin");
        assert_eq!(event["reportingInstance"], "serin-0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sight_of_a_workload_is_told_since_what_was_released_before_starts_nothing() {
    let world = World::unseen().await.with_daemon().await;

    let told = event(&world, "FirstSeen").await;

    assert_eq!(told["type"], "Normal");
    let note = told["note"].as_str().unwrap();
    assert!(
        note.starts_with("Deployment checkout-canary is seen for the first time")
            && note.ends_with("its next pod template does"),
        "{note}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_edit_is_told_once() {
    let world = World::seen().await;

    world.edit(|canary| canary["spec"]["mode"] = json!("observ"));

    let told = event(&world, "InvalidSpec").await;
    assert_eq!(told["type"], "Warning");
    assert!(
        told["note"].as_str().unwrap().starts_with("spec.mode: expected"),
        "{told:#}"
    );
    world.annotate("changes nothing of it");
    world.roll_out("v2");
    event(&world, "Started").await;
    let events = world.server.objects("events");
    let told = events.iter().filter(|event| event["reason"] == "InvalidSpec");
    assert_eq!(told.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_are_no_events() {
    let world = World::seen().await;
    world.roll_out("v2");
    world.until("at 5 %", |status| status.weight == 5).await;
    event(&world, "StepAdvanced").await;
    let before = world.server.objects("events").len();
    let looked = world.status().unwrap().looked_at;

    world
        .until("five looks later", |status| {
            status.looked_at > looked.map(|looked| looked + Duration::from_secs(45)) || status.weight > 5
        })
        .await;

    let status = world.status().unwrap();
    let steps = usize::from(status.weight > 5);
    let after = world.server.objects("events").len();
    assert!(after <= before + steps, "{:#?}", world.server.objects("events"));
}
