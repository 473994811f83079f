//! Two replicas that elect a leader by a Lease, on one PostgreSQL database: the leader judges, and the follower answers, says who
//! leads, and goes on where the leader ended, however that came about.

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use serin::clock::Stopwatch;

use super::daemon::{Daemon, Starting, run, until};
use super::place::Place;
use super::rollout::{at_five, explained, has_ended};
use super::route_watch::RouteWatch;
use crate::world::api_server::ApiServer;
use crate::world::postgres;

/// A place whose daemons elect a leader at the API server of this kubeconfig.
async fn electing(database: String, kubeconfig: &Path, arguments: &str) -> Place {
    let place = Place::at(database, arguments, 1).await;
    place.configure(&format!(
        "kubernetes: {{kubeconfig: {}, lease: serin, leaseNamespace: serin}}",
        kubeconfig.display()
    ));
    place
}

/// The same at a fake one.
async fn electing_at(server: &ApiServer, arguments: &str) -> Place {
    let database = postgres::database().await.url();
    electing(database, &server.kubeconfig(), arguments).await
}

async fn second(place: &Place) -> Daemon {
    let second = Starting::replica(place, "serin-1").ready(place).await.unwrap();
    assert_eq!(second.started["leads"], false, "{}", second.started);
    second
}

/// It leads, and has read the journal.
pub(crate) async fn until_it_leads(daemon: &Daemon) {
    until("leads", async || {
        let (_, health) = daemon.says("/health/detailed").await;
        (health["leadership"]["is_leader"] == true && health["checks"]["database"]["status"] == "ok")
            .then_some(())
    })
    .await;
}

/// It takes commands, which it does once it has read the journal.
async fn until_it_takes_commands(daemon: &Daemon, place: &Place) {
    until_it_leads(daemon).await;
    let path = format!("/api/v1/canaries/{}/pause", place.canary);
    until("commanded", async || {
        let request = daemon.request(Method::POST, &path);
        let request = request.header("content-type", "application/json");
        let sent = request.body(r#"{"reason": "a test"}"#).send().await;
        // The follower's API may close the connection while it makes room for the leader's.
        sent.is_ok_and(|answer| answer.status() != 503).then_some(())
    })
    .await;
    daemon.post("resume", &json!({"reason": "a test"})).await;
}

/// The rollout ends on `daemon` as one that nothing happened to.
async fn goes_on(daemon: &Daemon, place: &Place, watch: RouteWatch) {
    let ended = daemon.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "promoted", "{ended:#}");
    explained(daemon, place).await;
    let versions = watch.versions();
    let weights: Vec<u64> = versions.iter().map(|version| version.canary).collect();
    assert!(weights.is_sorted(), "{versions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_are_ready_and_the_follower_answers_and_says_who_leads() {
    let server = ApiServer::start().await;
    let mut place = electing_at(&server, "--steps 5,50").await;
    let watch = RouteWatch::over(&place);
    let (first, rollout) = at_five(&mut place).await;
    let second = second(&place).await;
    for daemon in [&first, &second] {
        for probe in ["/livez", "/readyz", "/startupz", "/health/detailed"] {
            assert_eq!(daemon.probe(probe).await, 200, "{probe}");
        }
    }
    let leader = server.object("leases", "serin", "serin")["spec"]["holderIdentity"].clone();
    assert_eq!(second.started["leader"], leader);
    let (_, health) = second.says("/health/detailed").await;
    assert_eq!(
        health["leadership"],
        json!({"lease": "serin/serin", "is_leader": false, "leader": leader})
    );
    assert!(second.metrics().await.contains("\nserin_is_leader 0"));
    assert!(first.metrics().await.contains("\nserin_is_leader 1"));
    assert_eq!(second.rollout().await["id"], rollout["id"]);
    let (status, problem) = second.ask("abort", &json!({"reason": "a test"})).await;
    assert_eq!((status, &problem["leader"]), (503, &leader), "{problem}");
    let abort = ["abort", place.canary, "--server", &second.api];
    let (code, _, stderr) = run(&place, &abort).await;
    assert!(code == 1 && stderr.contains("this replica follows"), "{stderr}");

    first.signal("TERM");

    assert_eq!(first.ended().await, Some(0), "{}", place.log_text());
    until_it_takes_commands(&second, &place).await;
    assert_eq!(
        server.object("leases", "serin", "serin")["spec"]["leaseTransitions"],
        1
    );
    assert!(second.metrics().await.contains("\nserin_is_leader 1"));
    goes_on(&second, &place, watch).await;
    place.world.end().await;
}

/// The leader is asked to end, and the follower goes on at once; the API server is that of this kubeconfig.
pub(crate) async fn handed_over(database: String, kubeconfig: &Path) {
    let mut place = electing(database, kubeconfig, "--steps 5,50").await;
    let watch = RouteWatch::over(&place);
    let (first, _) = at_five(&mut place).await;
    let second = second(&place).await;

    first.signal("TERM");

    assert_eq!(first.ended().await, Some(0), "{}", place.log_text());
    let ended = Stopwatch::start();
    until_it_leads(&second).await;
    // A Lease that is left to run out takes three times as long.
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
    goes_on(&second, &place, watch).await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_leader_is_killed_the_follower_goes_on_with_the_same_evidence() {
    let server = ApiServer::start().await;
    killed(postgres::database().await.url(), &server.kubeconfig()).await;
    assert_eq!(
        server.object("leases", "serin", "serin")["spec"]["leaseTransitions"],
        1
    );
}

/// The leader is killed, and the follower goes on; the API server is that of this kubeconfig.
pub(crate) async fn killed(database: String, kubeconfig: &Path) {
    let mut place = electing(database, kubeconfig, "--steps 5,50").await;
    let watch = RouteWatch::over(&place);
    let (first, rollout) = at_five(&mut place).await;
    let second = second(&place).await;

    first.kill().await;

    until_it_takes_commands(&second, &place).await;
    assert_eq!(second.rollout().await["id"], rollout["id"]);
    goes_on(&second, &place, watch).await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_slept_ends_at_once_when_it_wakes() {
    let server = ApiServer::start().await;
    stopped(postgres::database().await.url(), &server.kubeconfig()).await;
}

/// The leader is stopped until the follower leads, and then continued; the API server is that of this kubeconfig.
pub(crate) async fn stopped(database: String, kubeconfig: &Path) {
    let mut place = electing(database, kubeconfig, "--steps 5,25,50,100").await;
    let watch = RouteWatch::over(&place);
    let (first, _) = at_five(&mut place).await;
    let second = second(&place).await;
    first.signal("STOP");
    until_it_leads(&second).await;

    first.signal("CONT");

    assert_eq!(first.ended().await, Some(1), "{}", place.log_text());
    let log = place.log_text();
    assert!(log.contains("stopping at once: the Lease serin/serin"), "{log}");
    until_it_takes_commands(&second, &place).await;
    goes_on(&second, &place, watch).await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_without_the_api_server_ends_and_the_follower_stays_ready_and_leads_when_it_is_back() {
    let server = ApiServer::start().await;
    let mut place = electing_at(&server, "--steps 5,50").await;
    let watch = RouteWatch::over(&place);
    let (first, _) = at_five(&mut place).await;
    let second = second(&place).await;

    server.refuse().await;

    assert_eq!(first.ended().await, Some(1), "{}", place.log_text());
    let log = place.log_text();
    assert!(log.contains("could not be renewed within 10 s"), "{log}");
    assert_eq!(second.probe("/readyz").await, 200);
    let (status, health) = second.says("/health/detailed").await;
    assert_eq!(
        (status, &health["checks"]["lease"]["status"]),
        (503, &json!("error"))
    );
    server.recover();
    until_it_takes_commands(&second, &place).await;
    goes_on(&second, &place, watch).await;
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_beside_a_file_is_refused_with_the_reason() {
    let mut place = Place::new("--steps 5,50", 1).await;
    place.configure("kubernetes: {lease: serin, leaseNamespace: serin}");
    let log = Daemon::try_start(&place).await.err().unwrap();
    assert!(
        log.contains("kubernetes.lease: expected a store that replicas share"),
        "{log}"
    );
    place.world.end().await;
}
