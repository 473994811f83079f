//! Receivers that hang or refuse.

use std::time::Duration;

use serde_json::json;
use serin::clock::Stopwatch;

use super::daemon::{Daemon, run, until};
use super::place::Place;
use super::receiver::Manner;
use super::rollout::{all_delivered, at_five, has_ended};
use super::route_watch;

/// An abort's way into the file, beside everything else that the machine does.
const ABORT_MAX: Duration = Duration::from_secs(3);

/// What a drain may take here; its longest step by itself is the five seconds that deliveries have.
const DRAIN_MAX: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_delays_neither_an_abort_nor_the_shutdown_and_hears_everything_later() {
    let mut place = Place::new("--steps 5,50", 1).await;
    place.people.be(Manner::Hangs);
    let (daemon, rollout) = at_five(&mut place).await;
    let id = rollout["id"].as_str().unwrap();

    let stopwatch = Stopwatch::start();
    daemon.post("abort", &json!({"reason": "enough"})).await;
    until("aborted in the file", async || {
        let seen = route_watch::read(&place.virtual_service());
        (seen.is_aborted && seen.canary == 0).then_some(())
    })
    .await;
    assert!(stopwatch.elapsed() < ABORT_MAX, "{:?}", stopwatch.elapsed());
    daemon.until("ended", has_ended).await;
    assert!(place.people.heard().is_empty());
    assert_eq!(daemon.probe("/readyz").await, 200);
    assert!(
        daemon
            .metrics()
            .await
            .contains("serin_deliveries_in_flight{channel=\"oncall\"}")
    );

    let stopwatch = Stopwatch::start();
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0), "{}", place.log_text());
    assert!(stopwatch.elapsed() < DRAIN_MAX, "{:?}", stopwatch.elapsed());
    let log = place.log_text();
    for words in [
        "deliveries under way are left to the next start",
        "shutdown: notifications ended",
        "shutdown: store ended",
    ] {
        assert!(log.contains(words), "{words} in\n{log}");
    }

    place.people.be(Manner::Takes);
    let daemon = Daemon::start(&place).await;
    all_delivered(&daemon, id).await;
    assert!(place.people.heard().values().all(|times| *times == 1));
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_refuses_for_good_is_given_up_and_seen_in_api_metrics_and_on_the_command_line() {
    let place = Place::new("", 1).await;
    place.people.be(Manner::Refuses);
    let daemon = Daemon::start(&place).await;
    let started = daemon.post("start", &json!({"reason": "a test"})).await;
    let id = started["rollout"]["id"].as_str().unwrap();

    let path = format!("/api/v1/rollouts/{id}/deliveries");
    let dead = until("given up", async || {
        let page = daemon.get(&path).await;
        let first = page["items"].get(0)?.clone();
        (first["state"] == "dead").then_some(first)
    })
    .await;

    assert_eq!(
        (&dead["channel"], &dead["attempts"]),
        (&json!("oncall"), &json!(1))
    );
    let reason = dead["lastError"].as_str().unwrap();
    assert!(reason.contains("410"), "{dead:#}");
    let counted = "serin_deliveries_total{channel=\"oncall\",result=\"dead\"} 1";
    let page = daemon.metrics().await;
    assert!(page.contains(counted), "{page}");
    let key = dead["key"].as_str().unwrap();
    let log = place.log_text();
    assert!(log.contains(&format!("{key} will not be delivered")), "{log}");
    let (code, stdout, stderr) = run(&place, &["get", "demo/checkout", "--server", &daemon.api]).await;
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("told      1 dead"), "{stdout}");
    assert!(
        stdout.contains("not told  oncall, dead after 1 tries ("),
        "{stdout}"
    );
    assert!(stdout.contains(reason), "{stdout}");
    let (code, stdout, stderr) = run(&place, &["history", id, "--deliveries"]).await;
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("oncall  dead after 1 attempt"), "{stdout}");
    assert!(stdout.contains(reason), "{stdout}");
    let arguments = ["history", id, "--deliveries", "--output", "json"];
    let (_, stdout, _) = run(&place, &arguments).await;
    let line: serde_json::Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&line["version"], &line["state"]), (&json!(1), &json!("dead")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_says_how_many_were_told() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    until("told", async || (place.people.heard().len() == 1).then_some(())).await;

    until("said", async || {
        let (_, stdout, _) = run(&place, &["get", "demo/checkout", "--server", &daemon.api]).await;
        stdout.contains("told      1 delivered").then_some(())
    })
    .await;
}
