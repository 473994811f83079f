//! From the command to ready.

use std::time::Duration;

use anyhow::ensure;
use serin::clock::Stopwatch;

use crate::daemon::Daemon;
use crate::manifests::RESTING_WEIGHT;
use crate::samples::{Samples, milliseconds};
use crate::table::Table;
use crate::world::World;

/// Starts of each kind.
const STARTS: usize = 20;

pub(crate) async fn take() -> anyhow::Result<Table> {
    let world = World::start(1).await?;
    let mut fresh = Vec::new();
    for number in 0..STARTS {
        let store = format!("fresh-{number}.db");
        fresh.push(start(&world, &store, 0).await?);
    }
    {
        let daemon = Daemon::start(&world, "used.db").await?;
        let service = &world.services[0];
        daemon.commands.start(&service.name).await?;
        service.reaches(RESTING_WEIGHT).await?;
    }
    let mut existing = Vec::new();
    for _ in 0..STARTS {
        existing.push(start(&world, "used.db", 1).await?);
    }
    let about = format!(
        "From the command to `/readyz` answering 200, on SQLite, {STARTS} times each; the daemon before was killed. Goal: 300 ms."
    );
    let mut table = Table::new(about, &["store", "median", "worst"]);
    for (what, durations) in [("fresh", fresh), ("existing, with a rollout under way", existing)] {
        let samples = Samples::new(durations);
        table.row([
            what.to_owned(),
            milliseconds(samples.quantile(0.5)),
            milliseconds(samples.quantile(1.0)),
        ]);
    }
    Ok(table)
}

async fn start(world: &World, store: &str, recovered: u64) -> anyhow::Result<Duration> {
    let stopwatch = Stopwatch::start();
    let daemon = Daemon::start(world, store).await?;
    let took = stopwatch.elapsed();
    ensure!(
        daemon.recovered == recovered,
        "{} rollouts go on",
        daemon.recovered
    );
    Ok(took)
}
