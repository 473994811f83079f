//! Two daemons on one PostgreSQL database: one leads, and the other one waits until it does not live any more. Where both
//! think that they lead, the one that came last goes on, and the other one ends by itself.

use super::daemon::{Daemon, Starting, until};
use super::place::Place;
use super::rollout::{at_five, explained, has_ended};
use super::route_watch::RouteWatch;

#[tokio::test(flavor = "multi_thread")]
async fn the_second_waits_and_goes_on_once_the_first_has_stopped() {
    let mut place = Place::on_postgres("--steps 5,50", 1).await;
    let watch = RouteWatch::over(&place);
    let (first, _) = at_five(&mut place).await;
    let second = Starting::replica(&place, "serin-1");
    until("waiting", async || {
        place
            .log_text()
            .contains("another serin leads here")
            .then_some(())
    })
    .await;

    first.signal("TERM");

    assert_eq!(first.ended().await, Some(0), "{}", place.log_text());
    let second = second.ready(&place).await.unwrap();
    assert_eq!(second.started["recovered"], 1);
    let ended = second.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "promoted", "{ended:#}");
    explained(&second, &place).await;
    let versions = watch.versions();
    let weights: Vec<u64> = versions.iter().map(|version| version.canary).collect();
    assert!(weights.is_sorted(), "{versions:?}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_of_the_same_name_takes_over_and_the_first_says_so_and_ends() {
    let mut place = Place::on_postgres("--steps 5,50", 1).await;
    let watch = RouteWatch::over(&place);
    let (first, _) = at_five(&mut place).await;

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
    let (first, _) = at_five(&mut place).await;
    first.signal("STOP");
    let second = Starting::replica(&place, "serin-1").ready(&place).await.unwrap();
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
    let (first, _) = at_five(&mut place).await;
    first.signal("STOP");
    let second = Starting::replica(&place, "serin-1").ready(&place).await.unwrap();
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
