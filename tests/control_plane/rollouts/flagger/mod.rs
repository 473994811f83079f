//! Flagger's own controller in the driver's seat, unchanged and without metrics of its own: it makes the primary and the routes, moves
//! the weights, promotes and rolls back, and all that it goes by is what Serin's webhooks answer.
//!
//! Its shortest tick is ten seconds, and a run is a dozen of them. So its three Canaries run at the same time.

mod app;
mod world;

use serde_json::Value;
use serin::clock::Stopwatch;
use serin::demo::service::Behaviour;
use tokio::join;

use self::app::App;
use self::world::World;
use super::world::{NEXT, OLD};
use crate::world::pod::HEALTHY;

/// The version after the one that failed.
const FIXED: &str = "example.com/checkout:1.2";

/// Failed checks that a run gets over; its rollback is the webhook's to say.
const PATIENT: u32 = 10;

/// The first failed check ends the run.
const STRICT: u32 = 1;

/// Answers that say where all traffic goes: at 25 % the canary would have had a hundred of them.
const ENOUGH: u64 = 400;

#[tokio::test]
async fn flagger_promotes_what_serin_has_proven_and_rolls_back_what_serin_has_failed() {
    let world = World::start().await;
    join!(healthy(&world), errors(&world), errors_by_failed_checks(&world));
}

/// A healthy image is the primary's in the end.
async fn healthy(world: &World) {
    let app = App::deploy(world, "healthy", PATIENT, &[]).await;
    let stopwatch = Stopwatch::start();
    app.release(NEXT).await;
    app.until_given(50).await;
    assert_eq!(app.until_ended().await, "Succeeded", "{}", world.flagger_said());
    let after = stopwatch.elapsed();
    assert_eq!(world.image("healthy-primary").await, NEXT);
    assert_eq!(app.weights(), [0, 25, 50, 0]);
    assert!(world.backends.served("healthy").requests > 0);
    let answers = app.callers.answers();
    assert_eq!((answers.failed, answers.bad.len()), (0, 0), "{answers:?}");
    let judged = app.judged().await;
    assert_eq!(judged["outcome"], "promoted", "{judged}");
    println!(
        "a healthy canary: Succeeded {:.0} s after its image",
        after.as_secs_f64()
    );
}

/// One in ten requests fails: the webhook `rollback` passes. What was said of it holds back no version after it.
async fn errors(world: &World) {
    let app = App::deploy(world, "errors", PATIENT, &[]).await;
    let (judged, after) = rolled_back(world, &app).await;
    let events = app.events().await;
    let by_webhook = "Rolling back errors.gated manual webhook invoked";
    assert!(events.iter().any(|event| event == by_webhook), "{events:#?}");
    println!(
        "10 % errors, by `rollback`: Failed {after:.0} s after its image: {}",
        judged["cause"]
    );
    world.backends.behave(app.name, HEALTHY);
    app.release(FIXED).await;
}

/// The same where nobody asks for a rollback: `rollout` does not pass, and Flagger's Event says why in Serin's words.
async fn errors_by_failed_checks(world: &World) {
    let app = App::deploy(world, "checks", STRICT, &["rollback"]).await;
    let (judged, after) = rolled_back(world, &app).await;
    let cause = judged["cause"].as_str().unwrap();
    let events = app.events().await;
    let told = events.iter().find(|event| event.contains("external check"));
    let told = told.unwrap_or_else(|| panic!("{events:#?}"));
    assert!(
        told.starts_with(
            "Halt checks.gated advancement external check not failed failed would have been aborted at "
        ) && told.ends_with(cause),
        "{told}"
    );
    println!("10 % errors, by failed checks: Failed {after:.0} s after its image; Flagger's Event: {told}");
}

/// How the judgement of a bad image ended, and after how many seconds Flagger had rolled it back.
async fn rolled_back(world: &World, app: &App<'_>) -> (Value, f64) {
    let fails = Behaviour {
        error_rate: 0.1,
        ..HEALTHY
    };
    world.backends.behave(app.name, fails);
    let stopwatch = Stopwatch::start();
    app.release(NEXT).await;
    assert_eq!(app.until_ended().await, "Failed", "{}", world.flagger_said());
    let after = stopwatch.elapsed();
    assert_eq!(world.image(&format!("{}-primary", app.name)).await, OLD);
    assert_eq!(app.weights(), [0, 25, 0]);
    // What was under way is answered.
    app.callers.until_answered(ENOUGH).await;
    let before = world.backends.served(app.name).requests;
    assert!(before > 0);
    app.callers.until_answered(ENOUGH).await;
    assert_eq!(world.backends.served(app.name).requests, before);
    let judged = app.judged().await;
    assert_eq!(judged["outcome"], "aborted", "{judged}");
    (judged, after.as_secs_f64())
}
