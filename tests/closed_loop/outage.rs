//! Prometheus goes, in each way in which it can, and comes back.

use serde_json::{Value, json};
use serin::demo::service::Behaviour;

use super::rollouts::has_ended;
use super::world::World;
use crate::world::daemon::Daemon;
use crate::world::fault_proxy::Fault;
use crate::world::pod::HEALTHY;

const FIVE_IN_A_HUNDRED: Behaviour = Behaviour {
    error_rate: 0.05,
    ..HEALTHY
};

/// Ways to be gone.
#[derive(Debug, Clone, Copy)]
enum Outage {
    /// SIGSTOP: it takes connections, and says nothing.
    Stopped,
    /// SIGKILL: connections are refused.
    Killed,
    /// A proxy before it answers 503.
    Unavailable,
    /// A proxy before it never answers.
    Silent,
}

async fn begin(world: &mut World, outage: Outage) {
    match outage {
        Outage::Stopped => world.prometheus.stop(),
        Outage::Killed => world.prometheus.kill(),
        Outage::Unavailable => world.proxy.set(Fault::Status(503)),
        Outage::Silent => world.proxy.set(Fault::Silence),
    }
}

async fn end(world: &mut World, outage: Outage) {
    match outage {
        Outage::Stopped => world.prometheus.cont(),
        Outage::Killed => world.prometheus.restart().await,
        Outage::Unavailable | Outage::Silent => world.proxy.set(Fault::None),
    }
}

/// A world with a daemon, and a rollout that has just begun. `edit` is a part of the Canary and what stands there instead.
async fn rolling_out(edit: (&str, &str)) -> (World, Daemon) {
    let mut world = World::start().await;
    world
        .home
        .edit(&world.home.canaries().join("canary.yaml"), edit.0, edit.1);
    world.begin();
    let daemon = world.serve().await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    (world, daemon)
}

/// The rollout once the daemon has looked so many times more.
async fn after_looks(daemon: &Daemon, looks: usize) -> Value {
    let mut rollout = daemon.rollout().await;
    for _ in 0..looks {
        let before = rollout["lookedAt"].clone();
        rollout = daemon
            .until("another look", |rollout| rollout["lookedAt"] != before)
            .await;
    }
    rollout
}

fn source_is_down(rollout: &Value) -> bool {
    rollout["verdict"]["noData"]["state"] == "sourceDown"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_rollout_holds_its_weight_through_every_outage_and_ends_after_them() {
    let steps = "steps: [{weight: 5}, {weight: 10}, {weight: 20}, {weight: 50}, {weight: 100}]";
    let (mut world, daemon) = rolling_out(("steps: [{weight: 5}, {weight: 50}, {weight: 100}]", steps)).await;
    let outages = [
        Outage::Stopped,
        Outage::Killed,
        Outage::Unavailable,
        Outage::Silent,
    ];
    for (outage, weight) in outages.into_iter().zip([5, 10, 20, 50]) {
        daemon
            .until(&format!("{weight} %"), |rollout| {
                rollout["weight"].as_u64() >= Some(weight)
            })
            .await;
        begin(&mut world, outage).await;
        let gone = daemon.until(&format!("{outage:?} seen"), source_is_down).await;
        let later = after_looks(&daemon, 4).await;
        assert!(source_is_down(&later), "{outage:?}: {later}");
        assert_eq!(later["weight"], gone["weight"], "{outage:?}");
        assert_eq!(later["phase"], "analysing", "{outage:?}");
        assert_eq!(later["verdict"]["kind"], "no-data", "{outage:?}");
        end(&mut world, outage).await;
        daemon
            .until(&format!("{outage:?} over"), |rollout| !source_is_down(rollout))
            .await;
    }
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_canary_is_held_through_an_outage_and_aborted_after_it() {
    let (mut world, daemon) = rolling_out(("maxDuration: 10m", "maxDuration: 10m")).await;
    daemon
        .until("5 %", |rollout| rollout["weight"].as_u64() >= Some(5))
        .await;
    begin(&mut world, Outage::Killed).await;
    world.canary_behaves(FIVE_IN_A_HUNDRED);
    daemon.until("the outage seen", source_is_down).await;
    let held = after_looks(&daemon, 5).await;
    assert_eq!(
        (&held["phase"], held["weight"].as_u64()),
        (&json!("analysing"), Some(5))
    );
    end(&mut world, Outage::Killed).await;
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "aborted", "{rollout}");
    assert_eq!(rollout["ending"]["cause"], "harmful", "{rollout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_policy_says_so_an_outage_aborts() {
    let policy = "    warmup: 1s\n    noData: {sourceDown: {after: 4s, then: abort}}";
    let (mut world, daemon) = rolling_out(("    warmup: 1s", policy)).await;
    daemon
        .until("5 %", |rollout| rollout["weight"].as_u64() >= Some(5))
        .await;
    world.canary_behaves(FIVE_IN_A_HUNDRED);
    begin(&mut world, Outage::Silent).await;
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "aborted", "{rollout}");
    assert_eq!(rollout["ending"]["cause"], "no-data", "{rollout}");
    world.envoy.until_weights(&[("stable", 100), ("canary", 0)]).await;
}

/// Answers that are not used, each with what the verdict says of it and what it is counted as.
fn unreadable() -> Vec<(String, &'static str, &'static str)> {
    let vector =
        |rows: &str| format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}"#);
    let row = |value: &str| {
        format!(
            r#"{{"metric":{{"namespace":"shop","workload":"checkout-canary","pod":"canary-0","serin_part":"requests"}},"value":[1790000000,"{value}"]}}"#
        )
    };
    let pod = |number: usize| {
        format!(
            r#"{{"metric":{{"namespace":"shop","workload":"checkout-canary","pod":"p{number}","serin_part":"requests"}},"value":[1790000000,"1"]}}"#
        )
    };
    let pods: Vec<String> = (0..100_000).map(pod).collect();
    vec![
        (
            r#"{"status":"success","warnings":["one store did not answer"],"data":{"resultType":"vector","result":[]}}"#.into(),
            "one store did not answer",
            "partial",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#.into(),
            "a matrix",
            "wrong-type",
        ),
        (
            vector(r#"{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}"#),
            "native histogram",
            "native-histogram",
        ),
        (vector(&row("NaN")), "NaN", "reading-refused"),
        (vector(&row("minus one")), "minus one", "not-a-number"),
        (vector(&[row("1"), row("2")].join(",")), "twice", "duplicate-series"),
        (vector(&row("1"))[..60].into(), "cut off", "truncated"),
        ("<html>log in here</html>".into(), "not JSON", "not-json"),
        (
            r#"{"status":"error","errorType":"execution","error":"expanding series: out of luck"}"#.into(),
            "out of luck",
            "query-failed",
        ),
        (vector(&pods.join(",")), "more than 10000 pods", "reading-refused"),
        (" ".repeat(100 << 20), "bytes", "too-large"),
        (vector(""), "neither arm has a series", "reading-refused"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_unreadable_answer_moves_a_weight_and_each_has_its_reason_and_its_counter() {
    let (world, daemon) = rolling_out(("maxDuration: 10m", "maxDuration: 10m")).await;
    daemon
        .until("5 %", |rollout| rollout["weight"].as_u64() >= Some(5))
        .await;
    for (answer, word, counter) in unreadable() {
        world.proxy.set(Fault::Answer(answer));
        let told = |rollout: &Value| {
            let reason = rollout["verdict"]["noData"]["reason"]
                .as_str()
                .unwrap_or_default();
            source_is_down(rollout) && reason.contains(word)
        };
        let rollout = daemon.until(&format!("`{word}` in the verdict"), told).await;
        assert_eq!(
            (rollout["weight"].as_u64(), &rollout["phase"]),
            (Some(5), &json!("analysing")),
            "{word}"
        );
        let page = daemon.metrics().await;
        let counted = page.lines().find(|line| {
            line.starts_with("serin_queries_total{") && line.contains(&format!("outcome=\"{counter}\""))
        });
        let count: f64 = counted
            .and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .unwrap_or_default();
        assert!(count > 0.0, "{counter}: {counted:?}");
    }
    world.proxy.set(Fault::None);
    let rollout = daemon.until("ended", has_ended).await;
    assert_eq!(rollout["phase"], "succeeded", "{rollout}");
}
