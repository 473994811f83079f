//! What starts a rollout, and what does not; and that neither is lost or doubled by a process that dies.

use std::time::Duration;

use serde_json::json;
use serin::engine::{Cause, HoldReason, Phase};

use super::world::{World, canary, revision, revision_of};
use crate::world::patience::until;
use crate::world::route::RouteFault;

async fn revisions(world: &World) -> Vec<String> {
    let rollouts = world.rollouts().await;
    rollouts.into_iter().map(|row| row.revision).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn first_sight_only_records() {
    let mut world = World::seen().await;

    world.restart().await;
    world
        .when_followed("known again", |now| now.canary("shop", "checkout").is_some())
        .await;
    world.annotate("now");
    world.rolling_out("v1").await;

    world.journalled().await;
    assert_eq!(
        revisions(&world).await,
        [revision("v1")],
        "nothing but the annotation started one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_template_starts_a_rollout() {
    let world = World::seen().await;

    world.roll_out("v2");

    let status = world.rolling_out("v2").await;
    world.observed("v2").await;
    assert_eq!(revisions(&world).await, [revision("v2")]);
    let canary = world.canary();
    assert_eq!(canary["status"]["observed"]["rollout"], status.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_says_from_which_template_of_stable_it_began() {
    let world = World::seen().await;

    world.roll_out("v2");

    let status = world.rolling_out("v2").await;
    let stable = revision_of("checkout-stable", "v1");
    assert_eq!(status.from, Some(stable.clone()));
    let told = |canary: &serde_json::Value| canary["status"]["from"] == stable;
    world.when("said in the status", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_are_no_change() {
    let world = World::seen().await;

    world
        .server
        .edit("deployments", "shop", "checkout-canary", |deployment| {
            deployment["spec"]["replicas"] = json!(7);
        });
    // Of two changes the second is seen after the first.
    world.roll_out("v2");

    world.rolling_out("v2").await;
    world.observed("v2").await;
    assert_eq!(revisions(&world).await, [revision("v2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_revision_ends_the_rollout_under_way_and_starts_anew() {
    let world = World::seen().await;
    world.roll_out("v2");
    let first = world.rolling_out("v2").await;
    world.observed("v2").await;

    world.roll_out("v3");

    let second = world.until("anew", |status| status.id != first.id).await;
    assert_eq!(second.revision, revision("v3"));
    let rollouts = world.rollouts().await;
    let first = rollouts.iter().find(|row| row.id == first.id).unwrap();
    assert_eq!(first.phase, Phase::Aborted);
    assert_eq!(
        first.cause.as_deref(),
        Some(Cause::RevisionChanged(revision("v3")).to_string().as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_is_of_another_revision_than_the_watch_says_is_not_judged_by_it() {
    let world = World::seen().await;
    world.workloads.set_revision("later");

    world.roll_out("v2");

    let ended = world.until("ended", |status| status.phase.is_final()).await;
    assert_eq!(ended.revision, revision("v2"));
    let cause = ended.ending.unwrap().cause;
    assert_eq!(
        cause,
        Cause::OtherRevision {
            judged: revision("v2"),
            found: "later".to_owned()
        }
    );
    // The watch still says what it said: nothing starts before it says something else.
    world.deployments_seen().await;
    let rollouts = world.rollouts().await;
    assert_eq!(rollouts.iter().filter(|row| row.name == "checkout").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_comes_back_while_its_rollout_ends_starts_again() {
    let world = World::seen().await;
    world.roll_out("v2");
    let first = world.until("at 5 %", |status| status.step.is_some()).await;
    world.route.every_write(Some(RouteFault::Unreachable));
    world.roll_out("v3");
    world
        .until("aborting", |status| status.phase == Phase::Aborting)
        .await;

    world.roll_out("v2");
    world.deployments_seen().await;
    world.route.every_write(None);

    let second = world.until("anew", |status| status.id != first.id).await;
    assert_eq!(second.revision, revision("v2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_annotation_starts_no_second_one_beside_a_rollout_and_none_after_it() {
    let world = World::seen().await;
    world.annotate("1");
    let first = world.rolling_out("v1").await;
    world.clock.skip(Duration::from_secs(10));
    world
        .when("observed 1", |canary| {
            canary["status"]["observed"]["start"] == "1"
        })
        .await;

    world.annotate("2");

    world.clock.skip(Duration::from_secs(10));
    world
        .when("observed 2", |canary| {
            canary["status"]["observed"]["start"] == "2"
        })
        .await;
    world.abort().await;
    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.journalled().await;
    assert_eq!(revisions(&world).await, [revision("v2"), first.revision]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_between_the_journal_and_the_status_starts_it_once() {
    let mut world = World::seen().await;
    world.server.fail_writes_with(503);
    world.roll_out("v2");
    let first = world.rolling_out("v2").await;
    world.journalled().await;

    world.restart().await;
    world.server.recover();

    world.observed("v2").await;
    assert_eq!(revisions(&world).await, [revision("v2")]);
    assert_eq!(world.status().unwrap().id, first.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_before_the_journal_has_it_starts_it_all_the_same() {
    let mut world = World::seen().await;
    world.journal.close();
    world.roll_out("v2");
    let forgotten = world.rolling_out("v2").await;

    world.kill();
    assert_eq!(
        world.canary()["status"]["observed"]["revision"],
        revision("v1"),
        "nobody was told before the journal"
    );
    world.start_daemon().await;

    let status = world.rolling_out("v2").await;
    world.observed("v2").await;
    assert_ne!(status.id, forgotten.id);
    assert_eq!(revisions(&world).await, [revision("v2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_while_no_daemon_runs_starts_one_when_it_does() {
    let mut world = World::seen().await;
    world.kill();
    world.roll_out("v2");

    world.start_daemon().await;

    world.rolling_out("v2").await;
    world.observed("v2").await;
    assert_eq!(revisions(&world).await, [revision("v2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_went_back_while_no_daemon_ran_ends_what_goes_on() {
    let mut world = World::seen().await;
    world.server.fail_writes_with(503);
    world.roll_out("v2");
    let first = world.rolling_out("v2").await;
    world.journalled().await;
    world.kill();
    world.server.recover();
    world.roll_out("v1");

    world.start_daemon().await;

    let second = world.until("anew", |status| status.id != first.id).await;
    assert_eq!(second.revision, revision("v1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_that_was_dealt_with_starts_none_after_a_restart() {
    let mut world = World::seen().await;
    world.server.fail_writes_with(503);
    world.annotate("1");
    world.rolling_out("v1").await;
    world.abort().await;
    world.journalled().await;
    // By hand, so that the newest rollout is another one.
    world.start_by_hand().await;
    world.abort().await;
    world.journalled().await;
    world.kill();
    world.server.recover();

    world.start_daemon().await;

    world
        .when("observed", |canary| canary["status"]["observed"]["start"] == "1")
        .await;
    assert_eq!(revisions(&world).await, ["by hand".to_owned(), revision("v1")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_refused_is_tried_again() {
    let world = World::seen().await;
    world.start_by_hand().await;
    world.journalled().await;
    world.journal.close();

    // The end of the one under way is not journalled, so that no other can start.
    world.roll_out("v2");
    world.until("ended", |status| status.phase.is_final()).await;
    world.journal.open();

    until("started", async || {
        world.clock.skip(Duration::from_secs(1));
        world.status().filter(|status| status.revision == revision("v2"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_takes_over_knows_what_the_one_before_dealt_with() {
    let mut world = World::seen().await.with_follower().await;
    world.annotate("1");
    let first = world.rolling_out("v1").await;
    world.observed("v1").await;
    world.annotate("2");
    world.clock.skip(Duration::from_secs(10));
    world
        .when("observed 2", |canary| {
            canary["status"]["observed"]["start"] == "2"
        })
        .await;
    world.abort().await;
    world.journalled().await;

    world.restart().await;

    world.roll_out("v2");
    world.rolling_out("v2").await;
    world.journalled().await;
    assert_eq!(revisions(&world).await, [revision("v2"), first.revision]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_names_the_revisions_of_a_canary_that_only_observes_starts_its_judgements() {
    let world = World::observing().await;
    // Before anybody has named one Serin begins by itself, and makes place for who does.
    world.roll_out("v2");
    let own = world.rolling_out("v2").await;
    world.conclude(&own.id).await;
    let led = world.start_for_webhooks("5d4f8c7b6").await;
    assert_eq!(world.status().unwrap().id, led);
    world.conclude(&led).await;

    // The judgement of the next one begins once it is named, and not before.
    world.roll_out("v3");
    world.observed("v3").await;
    world.start_for_webhooks("7c9d8e6f5").await;

    world.journalled().await;
    assert_eq!(
        revisions(&world).await,
        ["7c9d8e6f5", "5d4f8c7b6", &revision("v2")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_judgement_for_webhooks_is_of_the_canary_that_is_written_though_it_bakes_longer() {
    let world = World::observing().await;
    world.start_for_webhooks("5d4f8c7b6").await;
    let mut other = canary(json!({"mode": "observe"}));
    other["metadata"]["name"] = json!("other");
    world.server.put(other);

    // Everything is compared anew, and a look later people would read of it.
    world
        .when_followed("another one", |now| now.canary("shop", "other").is_some())
        .await;
    world
        .until("looked at since", |status| status.looks_at_weight > 0)
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    let holds = world.status().unwrap().holds;
    assert!(
        holds.iter().all(|hold| hold.reason != HoldReason::SpecChanged),
        "{holds:?}"
    );
}
