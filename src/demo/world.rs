//! The demo's world, put together: two services, a router before them, the files between it and Serin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::fault::{CRASH_AFTER, Fault};
use super::load::{Load, LoadPlan, LoadTotals};
use super::manifests::{self, ManifestSettings, Manifests, destination};
use super::options::DemoOptions;
use super::router::Router;
use super::service::{Served, Service};
use crate::driver::ports::Clock;
use crate::engine::{Arm, PerArm};

/// How long a caller of the demo waits for an answer: longer than the slowest healthy one, shorter than
/// the router's own patience.
const CALLER_PATIENCE: Duration = Duration::from_secs(4);

/// Everything that is watched and moved in a demo.
pub struct World {
    services: PerArm<Arc<Service>>,
    router: Router,
    load: Option<Load>,
    crash: Option<JoinHandle<()>>,
    options: DemoOptions,
    seed: u64,
    manifests: Manifests,
    folder: Folder,
}

/// Where the files are.
enum Folder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// How many answers the canary's callers had, and how many of them were bad: as the router saw them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// All of them.
    pub all: u64,
    /// Those with a code of 500 or more, or none.
    pub bad: u64,
}

impl World {
    /// Starts everything but the load.
    ///
    /// # Errors
    /// Where a port or a file could not be had.
    pub async fn start(options: DemoOptions, seed: u64, clock: &dyn Clock) -> anyhow::Result<Self> {
        let folder = match &options.dir {
            Some(path) => Folder::Kept(path.clone()),
            None => {
                Folder::Temporary(tempfile::tempdir().context("cannot make a folder for the demo's files")?)
            }
        };
        let start = |name, behaviour, seed| Service::start(name, behaviour, seed, clock.now());
        let services = PerArm {
            baseline: start("stable", options.stable_behaviour(), seed).await?.into(),
            canary: start("canary", options.canary_behaviour(), seed.wrapping_add(1))
                .await?
                .into(),
        };
        let addresses = services.as_ref().map(|service: &Arc<Service>| service.address());
        let manifests = manifests::write(
            folder.path(),
            &ManifestSettings {
                endpoints: addresses.map(|address| vec![address]),
                steps: options.steps.clone(),
                interval: options.interval,
                margin_errors: options.margin_errors,
                margin_latency: options.margin_latency,
            },
        )?;
        let backends = BTreeMap::from([
            (destination(Arm::Baseline), addresses.baseline),
            (destination(Arm::Canary), addresses.canary),
        ]);
        let router = Router::start(&manifests.virtual_service, backends, seed.wrapping_add(2)).await?;
        Ok(Self {
            services,
            router,
            load: None,
            crash: None,
            options,
            seed,
            manifests,
            folder,
        })
    }

    /// The files.
    #[must_use]
    pub const fn manifests(&self) -> &Manifests {
        &self.manifests
    }

    /// The folder of the files, if they are kept.
    #[must_use]
    pub fn kept_folder(&self) -> Option<&Path> {
        match &self.folder {
            Folder::Kept(path) => Some(path),
            Folder::Temporary(_) => None,
        }
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Begins to call the service, and lets the fault strike when its time comes.
    ///
    /// # Errors
    /// Where the load's HTTP client cannot be made.
    pub fn begin(&mut self) -> anyhow::Result<()> {
        self.load = Some(Load::start(&LoadPlan {
            target: self.router.address(),
            rps: self.options.rps,
            patience: CALLER_PATIENCE,
            seed: self.seed.wrapping_add(3),
        })?);
        if self.options.fault == Fault::Crash
            && let Some(mut reached) = self.router.reached(&destination(Arm::Canary))
        {
            let canary = Arc::clone(&self.services.canary);
            self.crash = Some(tokio::spawn(async move {
                // The router outlives the crash; were it gone, nobody would be left to crash for.
                if reached.wait_for(|reached| *reached).await.is_ok() {
                    tokio::time::sleep(CRASH_AFTER).await;
                    canary.crash().await;
                }
            }));
        }
        Ok(())
    }

    /// Stops calling, and waits for the answers under way.
    pub async fn end(&mut self) -> LoadTotals {
        if let Some(crash) = self.crash.take() {
            crash.abort();
        }
        match self.load.take() {
            Some(load) => load.stop().await,
            None => LoadTotals::default(),
        }
    }

    /// What each service counted itself.
    #[must_use]
    pub fn served(&self) -> PerArm<Served> {
        self.services.as_ref().map(|service| service.totals())
    }

    /// What the callers of each arm were answered.
    #[must_use]
    pub fn answers(&self) -> PerArm<Answers> {
        let mut answers = PerArm::<Answers>::default();
        for (routed, count) in self.router.counts() {
            for arm in [Arm::Canary, Arm::Baseline] {
                if routed.destination == Some(destination(arm)) {
                    let answers = answers.get_mut(arm);
                    answers.all += count;
                    answers.bad += if routed.code == 0 || routed.code >= 500 {
                        count
                    } else {
                        0
                    };
                }
            }
        }
        answers
    }

    /// Requests to the canary that were routed under an epoch later than `epoch`.
    #[must_use]
    pub fn canary_requests_after(&self, epoch: u64) -> u64 {
        let later = |routed: &super::router::RoutedTo| {
            routed.epoch > epoch && routed.destination == Some(destination(Arm::Canary))
        };
        self.router
            .counts()
            .iter()
            .filter(|(routed, _)| later(routed))
            .map(|(_, count)| count)
            .sum()
    }
}
