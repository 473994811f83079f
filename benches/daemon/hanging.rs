//! Does an endpoint that hangs delay anybody else's abort?
//!
//! Two worlds that are alike to the request, one after the other: in the second, some services hang before the others'
//! canaries turn bad.

use std::time::Duration;

use futures::future::try_join_all;
use tokio::time::sleep;

use crate::daemon::Daemon;
use crate::fleet::{CANARIES, all_under_way};
use crate::samples::{Samples, milliseconds};
use crate::say;
use crate::table::Table;
use crate::world::World;

/// Services that hang.
const HANGING: usize = 10;

/// Services whose canary turns bad.
const BAD: usize = 40;

/// How often a daemon looks, as the Canaries say.
const INTERVAL: Duration = Duration::from_secs(1);

/// From the last rollout's raise until endpoints hang, and from there until canaries turn bad.
const SETTLING: Duration = Duration::from_secs(5);

pub(crate) async fn take() -> anyhow::Result<Table> {
    let without = aborts(0).await?;
    let with = aborts(HANGING).await?;
    let later: Vec<Duration> = with
        .iter()
        .zip(&without)
        .map(|(with, without)| with.saturating_sub(*without))
        .collect();
    let about = format!(
        "From a canary that turns bad (every fifth request fails) to weight 0 in its VirtualService, for {BAD} of {CANARIES} \
         rollouts with a look a second each; the same requests in both runs. Goal: none later by more than {} s.",
        INTERVAL.as_secs()
    );
    let mut table = Table::new(about, &["endpoints", "aborts", "median", "p99", "max"]);
    let mut row = |what: String, durations: Vec<Duration>| {
        let samples = Samples::new(durations);
        let [median, p99, max] = samples.cells();
        table.row([what, samples.len().to_string(), median, p99, max]);
    };
    row("all answer".to_owned(), without);
    row(format!("those of {HANGING} other Canaries hang"), with);
    row("how much later the same abort was".to_owned(), later.clone());
    let worst = Samples::new(later).quantile(1.0);
    if worst > INTERVAL {
        say(&format!("hanging: MISSED: {} later", milliseconds(worst)));
    }
    Ok(table)
}

/// How long each bad canary was in traffic, in the order of the services.
async fn aborts(hanging: usize) -> anyhow::Result<Vec<Duration>> {
    let world = World::start(CANARIES).await?;
    let daemon = Daemon::start(&world, "serin.db").await?;
    all_under_way(&world, &daemon).await?;
    sleep(SETTLING).await;
    let (hang, rest) = world.services.split_at(HANGING);
    hang[..hanging].iter().for_each(|service| service.hang());
    sleep(SETTLING).await;

    let bad = &rest[..BAD];
    let began = world.clock.elapsed();
    bad.iter().for_each(|service| service.turn_bad());
    let lowered = try_join_all(bad.iter().map(|service| service.reaches(0))).await?;
    say(&format!("hanging: aborted beside {hanging} that hang"));
    Ok(lowered.iter().map(|at| at.saturating_sub(began)).collect())
}
