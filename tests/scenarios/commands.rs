//! What operators may ask for: its effect, its refusal, and that it is remembered.

use std::sync::Barrier;
use std::time::Duration;

use serin::driver::{CommandError, StartError};
use serin::engine::{Action, Arm, Cause, HoldReason, Outcome, Phase};

use crate::world::World;

fn is_refused(answer: &Result<(), CommandError>, action: Action) -> bool {
    matches!(answer, Err(CommandError::Refused(refusal)) if refusal.action == action && !refusal.reason.is_empty())
}

#[tokio::test(start_paused = true)]
async fn pause_stops_raises_until_resume() {
    let world = World::new().start();
    world.weight(25).await;

    world.command(Action::Pause).await.unwrap();
    world.pass(600).await;
    assert_eq!(world.route.weight(), 25);
    assert_eq!(world.status().holds[0].reason, HoldReason::Paused);

    world.command(Action::Resume).await.unwrap();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn a_paused_rollout_still_aborts() {
    let world = World::new().start();
    world.weight(25).await;
    world.command(Action::Pause).await.unwrap();
    world.services.fail(Arm::Canary, 0.2);
    assert_eq!(world.end().await, Outcome::Aborted);
}

#[tokio::test(start_paused = true)]
async fn resume_is_refused_where_nothing_holds() {
    let world = World::new().start();
    world.weight(25).await;
    assert!(is_refused(&world.command(Action::Resume).await, Action::Resume));
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_for_its_approval() {
    let world = World::new()
        .with(|canary| canary.steps[2].approval = true)
        .start();
    world.weight(25).await;
    world.pass(600).await;
    assert_eq!(world.route.weight(), 25);

    world.command(Action::Approve).await.unwrap();
    assert_eq!(world.end().await, Outcome::Promoted);
}

#[tokio::test(start_paused = true)]
async fn approve_is_refused_where_nothing_asks_for_it() {
    let world = World::new().start();
    world.weight(25).await;
    assert!(is_refused(&world.command(Action::Approve).await, Action::Approve));
}

#[tokio::test(start_paused = true)]
async fn promote_skips_the_gates_that_are_left() {
    // No gate would pass within the hold.
    let world = World::new()
        .with(|canary| canary.steps[1].hold = Duration::from_secs(1800))
        .start();
    world.weight(25).await;
    world.pass(30).await;

    world.command(Action::Promote).await.unwrap();
    assert_eq!(world.end().await, Outcome::Promoted);
    assert_eq!(world.route.weights(), [5, 0, 5, 25, 100]);
}

#[tokio::test(start_paused = true)]
async fn promote_is_refused_before_the_analysis() {
    let world = World::new().start();
    assert!(is_refused(&world.command(Action::Promote).await, Action::Promote));
}

#[tokio::test(start_paused = true)]
async fn abort_sends_all_traffic_to_stable_and_names_who_asked() {
    let world = World::new().start();
    world.weight(25).await;

    world.command(Action::Abort).await.unwrap();

    assert!(world.is_aborted(), "when the answer comes it is done");
    let Cause::Commanded(command) = world.status().ending.unwrap().cause else {
        panic!()
    };
    assert_eq!(command.by, "ada");
}

#[tokio::test(start_paused = true)]
async fn an_ended_rollout_refuses_everything() {
    let world = World::new().start();
    world.weight(25).await;
    world.command(Action::Abort).await.unwrap();
    for action in [
        Action::Pause,
        Action::Resume,
        Action::Approve,
        Action::Promote,
        Action::Abort,
    ] {
        assert!(is_refused(&world.command(action).await, action), "{action:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answered_command_is_remembered_by_the_next_life() {
    let mut world = World::new().start();
    world.weight(25).await;

    world.command(Action::Pause).await.unwrap();
    world.restart().await;
    world.pass(600).await;

    assert_eq!(world.route.weight(), 25);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_rollout_is_named() {
    let mut world = World::new().start();
    world.id = "nobody".into();
    assert_eq!(
        world.command(Action::Pause).await,
        Err(CommandError::NotFound("nobody".into()))
    );
    assert_eq!(
        world.driver.settle("nobody").await,
        Err(CommandError::NotFound("nobody".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_canary_has_one_rollout_at_a_time() {
    let world = World::new().start();
    let under_way = StartError::UnderWay {
        canary: "shop/checkout".into(),
        id: world.id.clone(),
    };
    assert_eq!(
        world.driver.start(world.canary.clone(), "v3".into()),
        Err(under_way)
    );
}

#[tokio::test(start_paused = true)]
async fn of_starts_at_the_same_moment_one_is_made() {
    const STARTS: usize = 4;
    for _ in 0..50 {
        let world = World::new();
        let (together, runtime) = (Barrier::new(STARTS), tokio::runtime::Handle::current());
        let started: usize = std::thread::scope(|scope| {
            let start = || {
                let _runtime = runtime.enter();
                together.wait();
                usize::from(world.driver.start(world.canary.clone(), "v2".into()).is_ok())
            };
            let threads: Vec<_> = (0..STARTS).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(started, 1);
        assert_eq!(world.driver.statuses().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_ended_rollout_makes_room_for_the_next_and_is_journalled_to_its_end() {
    let mut world = World::new().start();
    world.weight(25).await;
    world.command(Action::Abort).await.unwrap();
    let first = world.id.clone();

    world.id = world.driver.start(world.canary.clone(), "v3".into()).unwrap();
    assert_ne!(world.id, first);
    assert_eq!(world.end().await, Outcome::Promoted);

    let ended = world.journal.newest(&first).unwrap();
    assert_eq!(ended.rollout.phase(), Phase::Aborted);
    assert!(world.people.heard_of_the_end().is_some());
}

#[tokio::test(start_paused = true)]
async fn the_next_rollout_waits_until_the_workloads_of_the_last_are_left_alone() {
    let world = World::new().start();
    world.weight(25).await;
    world.workloads.hang();
    world.command(Action::Abort).await.unwrap();
    world.pass(60).await;

    let refused = world.driver.start(world.canary.clone(), "v3".into());
    assert!(
        matches!(refused, Err(StartError::ClearingUp { .. })),
        "{refused:?}"
    );

    // The scaling down is given up after three quarters of an hour.
    world.pass(45 * 60).await;
    world.driver.start(world.canary.clone(), "v3".into()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn canaries_of_one_name_in_two_namespaces_have_two_ids() {
    let mut world = World::new()
        .with(|canary| canary.namespace = "other".into())
        .start();
    let first = world.id.clone();
    world.canary.namespace = "shop".into();
    world = world.start();
    assert_ne!(world.id, first, "started in the same millisecond");
}

#[tokio::test(start_paused = true)]
async fn a_last_look_counts_what_was_served_since() {
    let world = World::new().start();
    world.weight(25).await;
    let counted = |status: &serin::engine::Status| status.tallies[0].requests.canary;
    world.pass(7).await;
    let before = counted(&world.status());

    let settled = world.driver.settle(&world.id).await.unwrap();

    assert!(counted(&settled) > before);
    assert_eq!(settled.looked_at, Some(world.clock.now()));
}

#[tokio::test(start_paused = true)]
async fn a_last_look_waits_for_one_that_is_under_way_and_takes_another() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(crate::world::services::Source::Hangs);
    world.pass(12).await;
    world.services.source(crate::world::services::Source::Up);
    let asked_at = world.clock.now();

    let settled = world.driver.settle(&world.id).await.unwrap();

    assert!(settled.looked_at.unwrap() >= asked_at);
    assert!(settled.verdict.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_last_look_at_an_ended_rollout_still_counts() {
    let world = World::new().start();
    world.end().await;
    let before = world.status();
    world.pass(100).await;

    let settled = world.driver.settle(&world.id).await.unwrap();

    let between = world.clock.now().since(before.looked_at.unwrap());
    let counted = settled.tallies[0].requests.canary - before.tallies[0].requests.canary;
    assert_eq!(counted, 500.0 * between.as_secs_f64());
}

#[tokio::test(start_paused = true)]
async fn asking_for_last_looks_again_and_again_keeps_no_look_from_its_end() {
    let world = World::new().start();
    world.weight(25).await;
    world.services.source(crate::world::services::Source::Slow);
    let since = world.clock.now();
    for _ in 0..30 {
        let asked = world.driver.settle(&world.id);
        // Nobody waits for the answer.
        let _ = tokio::time::timeout(Duration::from_secs(1), asked).await;
    }

    let looked_at = world.status().looked_at.unwrap();
    assert!(looked_at.since(since) >= Duration::from_secs(20), "{looked_at}");
}
