//! What Canaries cost, idle and progressing, on a real control plane: the daemon's memory and processor time, what it asks of the API
//! server and of Prometheus, and how often it really looks.
//!
//! Five canaries for half a minute by default. `SERIN_COST_CANARIES=1,125,500 SERIN_COST_SECONDS=60` are the figures of the README, of what
//! a cluster runs (`cargo build --profile dist`, `SERIN_TEST_DAEMON=$PWD/target/dist/serin`). What a figure has to be is asserted where
//! it is a count; the rest depends on the machine, and is printed.

mod figures;
#[path = "../../../benches/daemon/process.rs"]
mod process;

use std::time::Duration;

use serde_json::{Value, json};

use self::figures::{Figures, HEAD, Meter};
use super::fleet::{Fleet, Plan};
use crate::world::daemon::Daemon;
use crate::world::home::Home;

/// Without the variable.
const CANARIES: &str = "5";

/// How long each state is measured, without the variable.
const MEASURED_SECONDS: &str = "30";

/// What every Canary is judged by.
const TEMPLATES: usize = 2;

/// The weight at which a rollout rests: the next step waits for an approval that nobody gives.
const RESTING_WEIGHT: u64 = 50;

const PLAN: Plan = Plan {
    size: 1,
    interval: Duration::from_secs(10),
    calls_per_second: 20.0,
    steps,
};

fn steps() -> Value {
    json!([{"weight": RESTING_WEIGHT}, {"weight": 100, "approval": true}])
}

#[tokio::test]
async fn canaries_cost_watches_while_idle_and_a_request_a_template_while_progressing() {
    let sizes = variable("SERIN_COST_CANARIES", CANARIES);
    let seconds = variable("SERIN_COST_SECONDS", MEASURED_SECONDS).parse().unwrap();
    let measured = Duration::from_secs(seconds);
    println!("{HEAD}");
    for size in sizes.split(',') {
        let size: usize = size.trim().parse().unwrap();
        let fleet = Fleet::deploy(Plan { size, ..PLAN }).await;
        // All of a fleet at once is more than one token may ask.
        let home = Home::new("fleet/app-000").open();
        fleet.configure(&home);
        let kubeconfig = fleet.cluster.kubeconfig_of("serin", "serin");
        let flags = ["--kubeconfig", kubeconfig.to_str().unwrap()];
        let daemon = Daemon::start_with(&home, &flags).await;
        fleet.until_seen().await;
        let idle = Meter::start(&fleet, &daemon).await.after(measured).await;
        println!("{}", idle.row(size, "idle"));
        assert_idle(&idle);
        fleet.start(&daemon, |_| true).await;
        fleet.until_weight(RESTING_WEIGHT).await;
        let progressing = Meter::start(&fleet, &daemon).await.after(measured).await;
        println!("{}", progressing.row(size, "progressing"));
        assert_progressing(&progressing, size);
    }
}

/// Nothing but watches, which the server ends every few minutes.
fn assert_idle(idle: &Figures) {
    let asked = idle
        .api_requests
        .keys()
        .filter(|asked| !asked.starts_with("watch "));
    let beyond: Vec<_> = asked.collect();
    assert!(beyond.is_empty(), "{:?}", idle.api_requests);
    assert_eq!((idle.prometheus_requests, idle.looks), (0, 0), "{idle:?}");
}

/// Both templates are asked for once an interval, by however many.
fn assert_progressing(figures: &Figures, size: usize) {
    let intervals = figures.took.as_secs_f64() / PLAN.interval.as_secs_f64();
    // One poll may lie on either end.
    let polls_max = (intervals.ceil() + 1.0) * TEMPLATES as f64;
    assert!(figures.prometheus_requests as f64 <= polls_max, "{figures:?}");
    let looks_min = (intervals.floor() - 1.0) * size as f64;
    assert!(figures.looks as f64 >= looks_min, "{figures:?}");
    assert_eq!(figures.polls_failed, 0, "{figures:?}");
}

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
