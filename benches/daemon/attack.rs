//! Is an abort heard while everything else is thrown at the API?
//!
//! The abort's client has a thread of its own, so that it does not queue behind the attackers in this process; the machine's
//! cores it shares with them, and with the daemon.

mod asking;
mod bodies;
mod force;
mod slow_heads;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use reqwest::StatusCode;
use serin::clock::Stopwatch;
use tokio::sync::oneshot;

use self::force::{Counts, Force, OFFERED};
use crate::commands::Commands;
use crate::daemon::Daemon;
use crate::fleet::all_under_way;
use crate::process::processor_time;
use crate::samples::{Samples, milliseconds};
use crate::say;
use crate::table::Table;
use crate::world::{Service, World};

/// Canaries, each with a rollout that is aborted once a round.
const CANARIES: usize = 50;

/// Rounds under attack; one before it shows how it is in peace.
const ROUNDS: usize = 4;

/// What an abort may take, for the 99th of a hundred.
const GOAL: Duration = Duration::from_millis(200);

/// Where less of what is offered is asked than this, the machine was too small for it.
const OFFERED_SHARE_MIN: f64 = 0.95;

/// What the machine's cores did: the rate is theirs where nothing was left of them.
#[derive(Default)]
struct Load {
    daemon: Duration,
    attackers: Duration,
}

impl Load {
    fn so_far(daemon: &Daemon) -> anyhow::Result<Self> {
        Ok(Self {
            daemon: processor_time(daemon.pid())?,
            attackers: processor_time(std::process::id())?,
        })
    }

    fn add(&mut self, before: &Self, after: &Self) {
        self.daemon += after.daemon.saturating_sub(before.daemon);
        self.attackers += after.attackers.saturating_sub(before.attackers);
    }

    fn report(&self, lasted: Duration) -> String {
        let cores = |time: Duration| time.as_secs_f64() / lasted.as_secs_f64();
        format!(
            "the daemon had {:.2} cores, and the attackers with the endpoints {:.2}",
            cores(self.daemon),
            cores(self.attackers)
        )
    }
}

/// How the aborts of some rounds went.
#[derive(Default)]
struct Aborts {
    /// From the request to its answer.
    answered: Vec<Duration>,
    /// From the request to weight 0 in the VirtualService.
    lowered: Vec<Duration>,
    /// Answers that did not say "done, and journalled".
    not_done: usize,
}

pub(crate) async fn take() -> anyhow::Result<Table> {
    let world = World::start(CANARIES).await?;
    let daemon = Daemon::start(&world, "serin.db").await?;
    let (mut in_peace, mut under_attack) = (Aborts::default(), Aborts::default());
    all_under_way(&world, &daemon).await?;
    abort_all(&world, &daemon, &mut in_peace).await?;
    let address = daemon.commands.api.trim_start_matches("http://").parse()?;
    let names: Arc<[String]> = world
        .services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    let counts = Arc::<Counts>::default();
    let (mut lasted, mut load) = (Duration::ZERO, Load::default());
    for number in 1..=ROUNDS {
        all_under_way(&world, &daemon).await?;
        let (stopwatch, before) = (Stopwatch::start(), Load::so_far(&daemon)?);
        let force = Force::begin(address, &names, &counts)?;
        force.is_in_full().await?;
        abort_all(&world, &daemon, &mut under_attack).await?;
        drop(force);
        lasted += stopwatch.elapsed();
        load.add(&before, &Load::so_far(&daemon)?);
        say(&format!("attack: round {number} of {ROUNDS}"));
    }

    let about = format!(
        "`POST …/abort` on {CANARIES} rollouts in turn, one connection each; under attack they share {} cores with the daemon, \
         {}: {}. Goal: p99 {} ms.",
        thread::available_parallelism().context("the machine has cores")?,
        counts.report(lasted),
        load.report(lasted),
        GOAL.as_millis(),
    );
    let asked = counts.asked_per_second(lasted);
    if asked < OFFERED * OFFERED_SHARE_MIN {
        say(&format!(
            "attack: ONLY {asked:.0} of {OFFERED:.0} questions a second were asked: {}",
            load.report(lasted)
        ));
    }
    let head = [
        "",
        "aborts",
        "answered and journalled",
        "median",
        "p99",
        "max",
        "weight 0, p99",
    ];
    let mut table = Table::new(about, &head);
    for (when, aborts) in [("in peace", in_peace), ("under attack", under_attack)] {
        let (answered, lowered) = (Samples::new(aborts.answered), Samples::new(aborts.lowered));
        let [median, p99, max] = answered.cells();
        let done = answered.len() - aborts.not_done;
        table.row([
            when.to_owned(),
            answered.len().to_string(),
            done.to_string(),
            median,
            p99,
            max,
            milliseconds(lowered.quantile(0.99)),
        ]);
        if answered.quantile(0.99) > GOAL {
            say(&format!("attack: MISSED {when}"));
        }
    }
    Ok(table)
}

/// Aborts all of it, one after the other.
async fn abort_all(world: &World, daemon: &Daemon, aborts: &mut Aborts) -> anyhow::Result<()> {
    let asked = ask_each(world.clock, daemon.commands.clone(), &world.services).await?;
    for (service, abort) in world.services.iter().zip(asked) {
        let lowered = service.reaches(0).await?;
        aborts.lowered.push(lowered.saturating_sub(abort.at));
        aborts.answered.push(abort.took);
        if abort.status != Some(StatusCode::OK) {
            say(&format!("attack: {}: {:?}", service.name, abort.status));
            aborts.not_done += 1;
        }
    }
    Ok(())
}

/// One abort that was asked for.
struct Asked {
    at: Duration,
    took: Duration,
    /// None where the connection broke.
    status: Option<StatusCode>,
}

async fn ask_each(
    clock: Stopwatch,
    commands: Commands,
    services: &[Arc<Service>],
) -> anyhow::Result<Vec<Asked>> {
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (done, asked) = oneshot::channel();
    thread::spawn(move || {
        let asking = runtime.block_on(async {
            let mut asked = Vec::new();
            for name in names {
                let at = clock.elapsed();
                let status = commands.abort(&name).await.ok();
                asked.push(Asked {
                    at,
                    took: clock.elapsed() - at,
                    status,
                });
            }
            asked
        });
        // Whoever waits for it is gone only where something else failed.
        let _ = done.send(asking);
    });
    Ok(asked.await?)
}
