//! Signals.

use std::fs::{File, OpenOptions};
use std::time::Duration;

use serde_json::{Value, json};
use serin::clock::Stopwatch;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::breakable::{Breakable, Fault};
use super::daemon::{Daemon, Starting, probe, until};
use super::place::Place;
use super::receiver::Manner;
use super::rollout::{explained, has_ended, is_at_five};
use super::route_watch;
use crate::world::postgres;
use crate::world::proxy::{Proxy, Way};

/// What is started first ends last.
const STEPS: [&str; 9] = [
    "API",
    "Canaries",
    "rollouts",
    "metrics",
    "notifications",
    "retention",
    "lease",
    "store",
    "health listener",
];

/// What a drain is given in these tests; the margin is the machine's.
const TIMEOUT: Duration = Duration::from_secs(8);
const MARGIN: Duration = Duration::from_secs(4);

async fn started(place: &Place) -> Daemon {
    place.configure("shutdown: {timeout: 8s}\n");
    let daemon = Daemon::start(place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    daemon
}

/// Stops it by SIGTERM: it ends well, in time, step by step.
async fn stops_well(daemon: Daemon, place: &Place) {
    let before = place.log_text().len();
    let stopwatch = Stopwatch::start();
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0), "{}", place.log_text());
    assert!(
        stopwatch.elapsed() < TIMEOUT + MARGIN,
        "{:?}",
        stopwatch.elapsed()
    );
    let log = place.log_text();
    let drain = &log[before..];
    let ends = STEPS.map(|step| {
        let line = format!("shutdown: {step} ended");
        drain.find(&line).unwrap_or_else(|| panic!("{line} in\n{drain}"))
    });
    assert!(ends.is_sorted(), "{drain}");
}

/// Starts it again and waits for this outcome of the same rollout.
async fn goes_on(place: &Place, rollout: &Value, outcome: &str) -> Value {
    let daemon = Daemon::start(place).await;
    assert_eq!(daemon.started["recovered"], 1);
    let ended = daemon.until("ended", has_ended).await;
    assert_eq!(ended["id"], rollout["id"]);
    assert_eq!(ended["ending"]["outcome"], outcome, "{ended:#}");
    explained(&daemon, place).await;
    ended
}

/// Somebody who writes to the VirtualService's file and takes his time.
fn another_writer(place: &Place) -> File {
    let path = place.canaries().join(".virtual-service.yaml.serin-lock");
    let file = OpenOptions::new().write(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

/// A request whose head was read and whose body does not come.
async fn half_a_request(daemon: &Daemon) -> TcpStream {
    let address = daemon.api.trim_start_matches("http://").to_owned();
    let mut half = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/canaries/demo/checkout/start HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         expect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n",
        daemon.token.as_ref().unwrap()
    );
    half.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    half.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    half
}

async fn is_draining(place: &Place) {
    until("draining", async || {
        place
            .log_text()
            .contains("a second signal stops at once")
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_is_under_way() {
    let place = Place::new("", 1).await;
    place.configure("shutdown: {timeout: 8s}\n");
    let daemon = Daemon::start(&place).await;

    stops_well(daemon, &place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_preparing() {
    let mut place = Place::new("--steps 50", 1).await;
    let daemon = started(&place).await;
    let rollout = daemon
        .until("looked at", |rollout| rollout["lookedAt"].is_string())
        .await;
    assert_eq!(rollout["phase"], "preparing");

    stops_well(daemon, &place).await;

    place.world.begin().unwrap();
    goes_on(&place, &rollout, "promoted").await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_analysing() {
    let mut place = Place::new("--steps 5,50", 1).await;
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    let rollout = daemon.until("at five percent", is_at_five).await;

    stops_well(daemon, &place).await;

    assert_eq!(route_watch::read(&place.virtual_service()).canary, 5);
    goes_on(&place, &rollout, "promoted").await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_baking() {
    let mut place = Place::new("--steps 50", 1).await;
    place.edit("bake: 2s", "bake: 6s");
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    let rollout = daemon
        .until("baking", |rollout| rollout["phase"] == "baking")
        .await;

    stops_well(daemon, &place).await;

    assert_eq!(route_watch::read(&place.virtual_service()).canary, 50);
    goes_on(&place, &rollout, "promoted").await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_promoting() {
    let mut place = Place::new("--steps 50", 1).await;
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    daemon
        .until("baking", |rollout| rollout["phase"] == "baking")
        .await;
    let writer = another_writer(&place);
    let rollout = daemon
        .until("promoting", |rollout| rollout["phase"] == "promoting")
        .await;

    stops_well(daemon, &place).await;

    assert_eq!(route_watch::read(&place.virtual_service()).canary, 50);
    drop(writer);
    goes_on(&place, &rollout, "promoted").await;
    assert_eq!(route_watch::read(&place.virtual_service()).canary, 100);
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_abort_cannot_be_written() {
    let mut place = Place::new("--steps 5,50", 1).await;
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    daemon.until("at five percent", is_at_five).await;
    let writer = another_writer(&place);
    // Its answer waits for the journal, and that for the write.
    let asked = json!({"reason": "enough", "by": "ada"});
    let (status, answer) = daemon.ask("abort", &asked).await;
    assert!(status == 200 || status == 202, "{answer:#}");
    let rollout = daemon
        .until("aborting", |rollout| rollout["phase"] == "aborting")
        .await;

    stops_well(daemon, &place).await;

    assert_eq!(route_watch::read(&place.virtual_service()).canary, 5);
    drop(writer);
    let ended = goes_on(&place, &rollout, "aborted").await;
    assert_eq!(ended["ending"]["by"], "api.token");
    let route = route_watch::read(&place.virtual_service());
    assert!(route.is_aborted && route.canary == 0, "{route:?}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_does_not_answer() {
    let (mut place, mut store) = Breakable::place(Fault::Silent, None, "--steps 5,50").await;
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    let rollout = daemon.until("at five percent", is_at_five).await;
    store.break_down().await;

    let stopwatch = Stopwatch::start();
    daemon.signal("TERM");

    // Which steps end in time hangs on what was under way; that it ends in time does not.
    assert_eq!(daemon.ended().await, Some(0), "{}", place.log_text());
    assert!(
        stopwatch.elapsed() < TIMEOUT + MARGIN,
        "{:?}",
        stopwatch.elapsed()
    );
    assert_eq!(route_watch::read(&place.virtual_service()).canary, 5);
    store.mend().await;
    goes_on(&place, &rollout, "promoted").await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_it_is_ready() {
    let database = postgres::database().await;
    let proxy = Proxy::to(database.port).await;
    proxy.cut_after(Way::There, 0);
    let mut place = Place::at(database.url_through(proxy.port), "", 1).await;
    let probes = place.know_the_probes();
    let starting = Starting::at(&place);
    until("waiting", async || {
        place
            .log_text()
            .contains("waiting for the database")
            .then_some(())
    })
    .await;
    assert_eq!(probe(&format!("{probes}/readyz")).await.0, 503);

    let stopwatch = Stopwatch::start();
    starting.signal("TERM");

    assert_eq!(starting.ended().await, Some(0), "{}", place.log_text());
    assert!(stopwatch.elapsed() < MARGIN, "{:?}", stopwatch.elapsed());
    let log = place.log_text();
    assert!(log.contains("asked to stop before it was ready"), "{log}");
    assert!(log.contains("shutdown: health listener ended"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_hangs_together_is_given_the_time_that_is_configured() {
    let place = Place::new("", 1).await;
    place.configure("shutdown: {timeout: 2s}\n");
    place.people.be(Manner::Hangs);
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    let _half = half_a_request(&daemon).await;

    let stopwatch = Stopwatch::start();
    daemon.signal("TERM");

    assert_eq!(daemon.ended().await, Some(0), "{}", place.log_text());
    let took = stopwatch.elapsed();
    assert!(took < Duration::from_secs(2) + MARGIN, "{took:?}");
    let log = place.log_text();
    assert!(log.contains("shutdown: API did not end within"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_the_drain_loses_nothing() {
    let mut place = Place::new("--steps 5,50", 1).await;
    let daemon = started(&place).await;
    place.world.begin().unwrap();
    let rollout = daemon.until("at five percent", is_at_five).await;
    let half = half_a_request(&daemon).await;
    daemon.signal("TERM");
    is_draining(&place).await;

    daemon.kill().await;

    drop(half);
    goes_on(&place, &rollout, "promoted").await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_at_once() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    let _half = half_a_request(&daemon).await;

    daemon.signal("INT");
    is_draining(&place).await;
    daemon.signal("TERM");

    assert_eq!(daemon.ended().await, Some(1));
    assert!(
        place.log_text().contains("stopped at once"),
        "{}",
        place.log_text()
    );
}
