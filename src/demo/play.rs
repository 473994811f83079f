//! One demo from the first look to the last: the daemon's own driver, watching and moving the world.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::options::DemoOptions;
use super::summary::Summary;
use super::world::World;
use crate::clock::SystemClock;
use crate::driver::ports::{Clock, NoHooks, Ports};
use crate::driver::{Driver, MemoryJournal, Progress};
use crate::engine::Status;
use crate::metric_source::ScrapeSource;
use crate::notify::{LogChannel, Outlet, Pipeline};
use crate::spec::{self, CheckedCanary};
use crate::traffic::file::ManifestFiles;
use crate::workload::EndpointWorkloads;

/// What the demo's canary is called where a revision is named.
const REVISION: &str = "canary";

/// What the demo's Canary calls the log among those who are told.
const LOG: &str = "log";

/// Where a demo is shown.
pub trait Stage {
    /// The world stands; nothing has moved yet.
    ///
    /// # Errors
    /// Where it cannot be shown; the demo then ends.
    fn opens(&mut self, world: &World, canary: &CheckedCanary, seed: u64) -> anyhow::Result<()>;

    /// Something happened.
    ///
    /// # Errors
    /// Where it cannot be shown; the demo then ends.
    fn shows(&mut self, progress: &Progress) -> anyhow::Result<()>;

    /// It is over.
    ///
    /// # Errors
    /// Where it cannot be shown.
    fn closes(&mut self, world: &World, summary: &Summary) -> anyhow::Result<()>;
}

/// Plays a demo on `stage` and gives how it ended.
///
/// # Errors
/// Where the world cannot be built or the rollout cannot be run; how the rollout ends is no error.
pub async fn play(options: DemoOptions, stage: &mut impl Stage) -> anyhow::Result<Summary> {
    let clock = Arc::new(SystemClock::start());
    let seed = options.seed.unwrap_or_else(rand::random);
    let mut world = World::start(options, seed, &*clock).await?;
    let canary = read_canary(&world).await?;
    stage.opens(&world, &canary, seed)?;

    let journal = Arc::new(MemoryJournal::default());
    let stop = CancellationToken::new();
    let channels = [(LOG.to_owned(), Outlet::in_order(LogChannel))];
    let pipeline = Pipeline::start(journal.clone(), clock.clone(), channels.into(), &stop);
    let pipeline = Arc::new(pipeline);
    let driver = Driver::new(Ports {
        metric_source: Arc::new(ScrapeSource::default()),
        traffic: Arc::new(ManifestFiles::new(world.folder())),
        workloads: Arc::new(EndpointWorkloads),
        hooks: Arc::new(NoHooks),
        journal,
        notifier: pipeline.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    });
    let mut news = driver.subscribe();
    let started_at = clock.now();
    let id = driver.start(canary, REVISION.into())?;

    let mut calling = false;
    let ended = loop {
        let progress = match news.recv().await {
            Ok(progress) => progress,
            // The stage was too slow for some of it; what comes next says where the rollout stands.
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => bail!("the driver stopped before the rollout ended"),
        };
        stage.shows(&progress)?;
        if progress.looked && !calling {
            // The first look came before the load, so that every request lies between two looks.
            calling = true;
            world.begin()?;
        }
        if progress.status.phase.is_final() {
            break Status::clone(&progress.status);
        }
    };
    let seconds = clock.now().since(started_at).as_secs_f64();

    world.end().await;
    let settled: Status = driver.settle(&id).await?;
    driver.shutdown().await;
    stop.cancel();
    pipeline.stopped().await;
    let ending = ended
        .ending
        .ok_or_else(|| anyhow!("the rollout ended without saying how"))?;
    let summary = Summary::new(&ending, &settled, world.served(), world.answers(), seconds);
    stage.closes(&world, &summary)?;
    Ok(summary)
}

/// The Canary is read from the demo's file, as a user's would be.
async fn read_canary(world: &World) -> anyhow::Result<CheckedCanary> {
    let file = &world.manifests().canary;
    let text = tokio::fs::read_to_string(file)
        .await
        .with_context(|| format!("cannot read {}", file.display()))?;
    let mut canaries = spec::check([("canary.yaml", text.as_str())])?;
    canaries
        .pop()
        .ok_or_else(|| anyhow!("{} has no Canary", file.display()))
}
