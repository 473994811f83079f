//! A leader that is stopped between its check and its write, and continued when the other replica leads: its write is refused, and by
//! whom is printed.
//!
//! Five rollouts under two daemons, which are as installed but for an interval of a second. Their raises are held back on the way to
//! the API server, the leader is stopped for [`STOPPED`], and all of it is let go again: five late writes for each stop, one stop by default,
//! `SERIN_LEADER_STOPS=20` for a hundred late writes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use serin::clock::Stopwatch;
use tokio::time::sleep;

use super::fleet::{Fleet, Plan};
use crate::serve::replicas::until_it_leads;
use crate::world::cluster::{Gate, History, Late};
use crate::world::daemon::Daemon;
use crate::world::home::Home;
use crate::world::postgres::Server;

/// How long the leader sleeps: longer than its Lease lasts without it.
const STOPPED: Duration = Duration::from_secs(20);

/// What the other replica needs, once it leads, to go on with every rollout: before it has written there is nothing to be late for.
const GOES_ON_WITHIN: Duration = Duration::from_secs(5);

const PLAN: Plan = Plan {
    size: 5,
    interval: Duration::from_secs(1),
    // A gate is passed within seconds.
    calls_per_second: 2000.0,
    steps,
};

/// Enough of them for a leader to be stopped before one.
fn steps() -> Value {
    let weights = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100];
    json!(weights.map(|weight| json!({"weight": weight})))
}

/// A replica, and its way to the API server.
struct Replica {
    name: &'static str,
    gate: Gate,
    kubeconfig: PathBuf,
    daemon: Daemon,
}

impl Replica {
    async fn start(fleet: &Fleet, home: &Home, name: &'static str) -> Self {
        let gate = Gate::before(&fleet.cluster).await;
        let kubeconfig = gate.kubeconfig_of(&fleet.cluster, "serin", "serin");
        Self {
            daemon: serve(home, name, &kubeconfig).await,
            name,
            gate,
            kubeconfig,
        }
    }
}

async fn serve(home: &Home, name: &str, kubeconfig: &std::path::Path) -> Daemon {
    let kubeconfig = kubeconfig.to_str().unwrap();
    let flags = [
        "--kubeconfig",
        kubeconfig,
        "--store-replica",
        name,
        "--kubernetes-lease",
        "serin",
        "--kubernetes-lease-namespace",
        "serin",
    ];
    Daemon::start_with(home, &flags).await
}

#[tokio::test]
async fn what_a_leader_that_slept_still_writes_is_refused() {
    let stops = std::env::var("SERIN_LEADER_STOPS").map_or(1, |stops| stops.parse().unwrap());
    let fleet = Fleet::deploy(PLAN).await;
    let postgres = Server::start("fsync = off");
    // All of a fleet at once is more than one token may ask.
    let home = Home::on("fleet/app-000", postgres.database().await.url()).open();
    fleet.configure(&home);
    let histories: Vec<_> = fleet
        .routes()
        .map(|route| History::of(&fleet.cluster, &route))
        .collect();
    let mut leader = Replica::start(&fleet, &home, "serin-0").await;
    fleet.until_seen().await;
    let mut follower = Replica::start(&fleet, &home, "serin-1").await;
    let mut refusals = BTreeMap::<String, u32>::new();

    for stop in 1..=stops {
        until_it_leads(&leader.daemon).await;
        start_what_has_ended(&fleet, &leader.daemon).await;
        leader.gate.shut("/virtualservices/");
        leader.gate.until_waiting(PLAN.size).await;
        leader.daemon.signal("STOP");
        let stopped = Stopwatch::start();
        until_it_leads(&follower.daemon).await;
        let led = stopped.elapsed();
        sleep(STOPPED.saturating_sub(stopped.elapsed()).max(GOES_ON_WITHIN)).await;
        let late = leader.gate.open().await;
        leader.daemon.signal("CONT");

        assert!(late.len() >= PLAN.size, "{late:?}");
        for write in &late {
            let by = refused_by(write);
            *refusals.entry(by).or_default() += 1;
        }
        println!(
            "stop {stop}: the other replica led after {:.1} s; refused so far: {refusals:?}",
            led.as_secs_f64()
        );
        for history in &histories {
            assert_raises_are_single_steps(history);
        }
        // It ended by itself, and comes back as the follower.
        let Replica {
            name,
            gate,
            kubeconfig,
            daemon,
        } = leader;
        assert_eq!(daemon.ended().await, Some(1), "{}", home.log_text());
        let daemon = serve(&home, name, &kubeconfig).await;
        let back = Replica {
            name,
            gate,
            kubeconfig,
            daemon,
        };
        leader = std::mem::replace(&mut follower, back);
    }

    let rollouts = fleet.rollouts(&leader.daemon).await;
    assert!(
        rollouts.iter().all(|rollout| rollout["phase"] != "aborted"),
        "{rollouts:#?}"
    );
}

/// Rollouts that were promoted make room for new ones.
async fn start_what_has_ended(fleet: &Fleet, leader: &Daemon) {
    let rollouts = fleet.rollouts(leader).await;
    let has_ended = |rollout: &Value| rollout.is_null() || super::rollouts::has_ended(rollout);
    fleet.start(leader, |index| has_ended(&rollouts[index])).await;
}

/// Who said no to a write that came too late.
fn refused_by(write: &Late) -> String {
    assert!((400..500).contains(&write.status), "not refused: {write:?}");
    let answer: Value = serde_json::from_str(&write.answer).unwrap();
    let message = answer["message"].as_str().unwrap_or_default();
    let by = match write.status {
        409 => "the object's version",
        _ if message.contains("ValidatingAdmissionPolicy") => "the admission policy",
        _ => panic!("refused for another reason: {write:?}"),
    };
    format!("{by} ({})", write.status)
}

/// A write that slipped through would raise from a weight that is no more, or with an epoch that was taken.
fn assert_raises_are_single_steps(history: &History) {
    let steps: Vec<u64> = steps()
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["weight"].as_u64().unwrap())
        .collect();
    let versions: Vec<_> = history
        .versions()
        .iter()
        .map(super::rollouts::Weights::of)
        .collect();
    super::rollouts::assert_sane(&versions, &steps);
}
