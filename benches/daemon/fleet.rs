//! What a hundred rollouts cost one daemon.

use std::time::Duration;

use anyhow::Context;
use futures::future::try_join_all;
use tokio::time::{interval, sleep};

use crate::daemon::Daemon;
use crate::manifests::RESTING_WEIGHT;
use crate::process::{processor_time, resident_bytes};
use crate::say;
use crate::table::Table;
use crate::world::World;

/// Canaries, each with a rollout under way.
pub(crate) const CANARIES: usize = 100;

/// Before it is measured: caches fill, and SQLite's log reaches the length at which it is folded into the file.
const WARM_UP: Duration = Duration::from_secs(20);

/// How long it is measured.
const MEASURED: Duration = Duration::from_secs(120);

const MIB: f64 = (1 << 20) as f64;

pub(crate) async fn take() -> anyhow::Result<Table> {
    let world = World::start(CANARIES).await?;
    let daemon = Daemon::start(&world, "serin.db").await?;
    all_under_way(&world, &daemon).await?;
    say("fleet: all rollouts are under way");
    sleep(WARM_UP).await;

    let pid = daemon.pid();
    let memory_before = resident_bytes(pid)?;
    let (processor_before, store_before) = (processor_time(pid)?, daemon.store_bytes()?);
    let (page_before, began) = (daemon.metrics().await?, world.clock.elapsed());
    let mut memory_max = memory_before;
    let mut seconds = interval(Duration::from_secs(1));
    while world.clock.elapsed() - began < MEASURED {
        seconds.tick().await;
        memory_max = memory_max.max(resident_bytes(pid)?);
    }
    let (page, took) = (daemon.metrics().await?, world.clock.elapsed() - began);
    let took = took.as_secs_f64();
    let processor = (processor_time(pid)? - processor_before).as_secs_f64() / took;
    let memory = resident_bytes(pid)?;
    let store = daemon.store_bytes()? - store_before;

    let looks = page.since(&page_before, "serin_look_duration_seconds", "");
    let polls = page.since(&page_before, "serin_poll_duration_seconds", "");
    let down = page.since(&page_before, "serin_poll_duration_seconds", "result=\"ok\"");
    let down = polls.count() - down.count();
    let appends = page.since(&page_before, "serin_write_duration_seconds", "target=\"journal\"");
    let about = format!(
        "{CANARIES} rollouts under one daemon, two endpoints and two metrics each, a look a second each, on SQLite; {took:.0} s, \
         on a machine of {} cores that also runs the {} endpoints.",
        std::thread::available_parallelism().context("the machine has cores")?,
        2 * CANARIES
    );
    let mut table = Table::new(about, &["figure", "value"]);
    let mut row = |what: &str, value: String| table.row([what.to_owned(), value]);
    row(
        "resident memory, most",
        format!("{:.1} MiB", memory_max as f64 / MIB),
    );
    row(
        "resident memory, growth",
        format!("{:+.1} MiB", (memory as f64 - memory_before as f64) / MIB),
    );
    row("processor", format!("{:.0} % of one core", processor * 100.0));
    row(
        "looks journalled",
        format!("{} ({down} without an answer)", looks.count()),
    );
    row("reading there to decision journalled, median", looks.at_most(0.5));
    row("reading there to decision journalled, p99", looks.at_most(0.99));
    row("reading there to decision journalled, max", looks.at_most(1.0));
    row("poll of both endpoints, p99", polls.at_most(0.99));
    row(
        "appends to the journal",
        format!("{:.0} a second", appends.count() as f64 / took),
    );
    row("append, p99", appends.at_most(0.99));
    let per_hour = store as f64 / MIB * 3600.0 / took / CANARIES as f64;
    row("store, growth a Canary and hour", format!("{per_hour:.1} MiB"));
    Ok(table)
}

/// Starts a rollout of every Canary, and waits until each rests at its weight.
pub(crate) async fn all_under_way(world: &World, daemon: &Daemon) -> anyhow::Result<()> {
    let starts = world.services.iter().map(async |service| {
        daemon.commands.start(&service.name).await?;
        service.reaches(RESTING_WEIGHT).await
    });
    try_join_all(starts).await.map(drop)
}
