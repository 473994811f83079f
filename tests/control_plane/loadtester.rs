//! Flagger's own load tester at the other end, unchanged: its gates, its rollback gate and its tasks.
//!
//! It binds every interface and runs any command that is posted to it: only in a network of its own.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use serin::driver::ports::{HookReply, HookRequest, Hooks};
use serin::engine::{Effect, Event, HoldReason, HookAnswer, HookCall, HookOutcome, Phase};
use serin::hook::HookCaller;
use serin::hook::lookup::Lookup;
use tempfile::TempDir;

use crate::engine::scenario::{ONE_RATE, Scenario};
use crate::engine::served::HEALTHY;
use crate::hook::{call, hook_with, listing, reply};
use crate::world::cluster::Network;
use crate::world::process::Process;
use crate::world::programs::built;

/// The network is the test's own, and so is every port of it.
const URL: &str = "http://loadtester.test:9090";

/// An address of the network that is not this machine's loopback.
struct NameServer;

#[async_trait]
impl Lookup for NameServer {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::V4(Ipv4Addr::new(10, 128, 0, 9))])
    }
}

/// The load tester, and a caller that knows it by its name.
struct World {
    caller: HookCaller,
    // It ends before the network does.
    _loadtester: Process,
    _network: Network,
    _folder: TempDir,
}

impl World {
    /// Moves the test's thread into a network with a load tester in it.
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let network = Network::start(folder.path());
        network.enter();
        let mut program = Command::new(built("loadtester"));
        program.args(["-port", "9090", "-log-level", "error"]);
        let loadtester = Process::start(&program, &folder.path().join("loadtester.log"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let ready = loadtester.ready(&client, "http://127.0.0.1:9090/healthz").await;
        ready.unwrap_or_else(|refused| panic!("{refused}"));
        Self {
            caller: HookCaller::with_lookup(listing(&[URL]), Arc::new(NameServer)),
            _loadtester: loadtester,
            _network: network,
            _folder: folder,
        }
    }

    /// What the load tester answers to a hook that goes there, with these fields.
    async fn call(&self, path: &str, fields: &str) -> HookReply {
        call(&self.caller, &hook_with(&format!("{URL}{path}"), fields)).await
    }

    /// A look, and then everything that the rollout asks of the load tester.
    async fn look(&self, scenario: &mut Scenario) {
        let mut effects = scenario.look(HEALTHY);
        while let Some(effect) = effects.pop() {
            if let Effect::CallHook(call) = effect {
                let answer = self.answer(scenario, call).await;
                effects.extend(scenario.tell(answer));
            }
        }
    }

    async fn answer(&self, scenario: &Scenario, call: HookCall) -> Event {
        let canary = scenario.rollout.canary();
        let hook = canary.hooks.iter().find(|hook| hook.name == call.hook).unwrap();
        let request = HookRequest {
            canary,
            hook,
            key: &call.key,
            phase: call.phase,
            checksum: &call.checksum,
            news: BTreeMap::new(),
        };
        let HookReply { outcome, detail } = self.caller.call(&request).await;
        Event::HookAnswered(HookAnswer {
            hook: call.hook,
            call: call.call,
            outcome,
            detail,
        })
    }

    async fn looks(&self, number: usize, scenario: &mut Scenario) {
        for _ in 0..number {
            self.look(scenario).await;
        }
    }
}

/// A rollout with a gate before its promotion, a test before its first weight, and the way back at any time.
fn rollout() -> Scenario {
    let hooks = [
        format!("{{name: smoke, type: pre-rollout, url: '{URL}/', metadata: {{type: bash, cmd: 'true'}}}}"),
        format!("{{name: load, type: rollout, url: '{URL}/', metadata: {{cmd: 'true'}}}}"),
        format!("{{name: gate, type: confirm-promotion, url: '{URL}/gate/check'}}"),
        format!("{{name: stop, type: rollback, url: '{URL}/rollback/check'}}"),
        format!("{{name: last, type: post-rollout, url: '{URL}/', metadata: {{type: bash, cmd: 'true'}}}}"),
    ];
    Scenario::of(&format!("{ONE_RATE}\nhooks: [{}]", hooks.join(", ")))
}

#[tokio::test]
async fn its_gates_tasks_and_way_back_are_understood() {
    let world = World::start().await;
    assert_eq!(
        world.call("/gate/check", "").await,
        reply(HookOutcome::Failed, "403 Forbidden: Forbidden")
    );
    world.call("/gate/open", "").await;
    assert_eq!(
        world.call("/gate/check", "").await,
        reply(HookOutcome::Passed, "200 OK: Approved")
    );
    assert_eq!(world.call("/gate/halt", "").await.outcome, HookOutcome::Failed);
    let task = async |metadata: &str| world.call("/", &format!("metadata: {{{metadata}}}")).await;
    assert_eq!(
        task("type: bash, cmd: 'exit 0'").await.outcome,
        HookOutcome::Passed
    );
    assert_eq!(
        task("cmd: 'exit 0'").await,
        reply(HookOutcome::Passed, "202 Accepted")
    );
    let failed = task("type: bash, cmd: 'echo too slow; exit 3'").await;
    assert_eq!(failed.outcome, HookOutcome::Failed);
    assert!(failed.detail.contains("too slow"), "{}", failed.detail);
    assert_eq!(
        world.call("/", "").await,
        reply(
            HookOutcome::Failed,
            "400 Bad Request: metadata not found in payload"
        )
    );
}

#[tokio::test]
async fn a_rollout_waits_for_its_gate_and_is_promoted_through_it() {
    let world = World::start().await;
    let mut scenario = rollout();
    while scenario.rollout.phase() != Phase::Baking {
        world.look(&mut scenario).await;
    }
    world.looks(70, &mut scenario).await;
    assert_eq!(
        (scenario.rollout.phase(), scenario.holds()),
        (Phase::Baking, vec![HoldReason::Hook])
    );
    assert_eq!(
        scenario.status().holds[0].to_string(),
        "hook: gate (confirm-promotion): 403 Forbidden: Forbidden"
    );
    world.call("/gate/open", "").await;
    world.looks(3, &mut scenario).await;
    assert_eq!(scenario.rollout.phase(), Phase::Succeeded);
    assert!(
        scenario.rollout.is_over(),
        "the outcome was told: {:?}",
        scenario.status().hooks
    );
}

#[tokio::test]
async fn an_open_way_back_aborts_while_the_promotion_waits() {
    let world = World::start().await;
    let mut scenario = rollout();
    while scenario.rollout.phase() != Phase::Baking {
        world.look(&mut scenario).await;
    }
    world.call("/rollback/open", "").await;
    world.look(&mut scenario).await;
    assert_eq!(
        (scenario.rollout.phase(), scenario.object.weight),
        (Phase::Aborted, 0)
    );
    let ending = scenario.status().ending.unwrap();
    assert_eq!(
        ending.cause.to_string(),
        "the hook stop (rollback) asks for it: 200 OK: Approved"
    );
}
