//! Two daemons on one PostgreSQL database: the one that came last goes on, and the other one ends by itself.

use serde_json::json;

use super::daemon::Daemon;
use super::ending::{explained, has_ended, is_at_five};
use super::place::Place;
use super::route_watch::RouteWatch;

async fn at_five(place: &mut Place) -> Daemon {
    let daemon = Daemon::start(place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    place.world.begin().unwrap();
    daemon.until("at five percent", is_at_five).await;
    daemon
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_takes_over_and_the_first_says_so_and_ends() {
    let mut place = Place::on_postgres("--steps 5,50", 1).await;
    let watch = RouteWatch::over(&place);
    let first = at_five(&mut place).await;

    let second = Daemon::start(&place).await;

    assert_eq!(second.started["recovered"], 1);
    assert_eq!(first.ended().await, Some(1), "{}", place.log_text());
    let log = place.log_text();
    for words in [
        "another daemon has taken the store over: this one holds epoch 1, and epoch 2 is held by process",
        "hint: stop one of the two",
        "shutdown: store ended",
    ] {
        assert!(log.contains(words), "{words} in\n{log}");
    }
    let ended = second.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "promoted", "{ended:#}");
    explained(&second, &place).await;
    let versions = watch.versions();
    let weights: Vec<u64> = versions.iter().map(|version| version.canary).collect();
    assert!(weights.is_sorted(), "{versions:?}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_slept_meanwhile_raises_nothing_when_it_wakes() {
    let mut place = Place::on_postgres("--fault errors=10% --steps 5,50", 1).await;
    let watch = RouteWatch::over(&place);
    let first = at_five(&mut place).await;
    first.signal("STOP");
    let second = Daemon::start(&place).await;
    let ended = second.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "aborted", "{ended:#}");

    first.signal("CONT");

    assert_eq!(first.ended().await, Some(1), "{}", place.log_text());
    explained(&second, &place).await;
    let versions = watch.versions();
    assert_eq!(versions.last().unwrap().canary, 0, "{versions:?}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_slept_meanwhile_takes_nothing_back_either() {
    let mut place = Place::on_postgres("--steps 5,25,50,100", 1).await;
    let watch = RouteWatch::over(&place);
    let first = at_five(&mut place).await;
    first.signal("STOP");
    let second = Daemon::start(&place).await;
    second
        .until("raised", |rollout| rollout["weight"].as_u64() >= Some(25))
        .await;

    first.signal("CONT");

    assert_eq!(first.ended().await, Some(1), "{}", place.log_text());
    let ended = second.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "promoted", "{ended:#}");
    explained(&second, &place).await;
    let versions = watch.versions();
    let weights: Vec<u64> = versions.iter().map(|version| version.canary).collect();
    assert!(weights.is_sorted(), "{versions:?}");
    place.world.end().await;
}
