//! Services with a stable version and a canary each, and the traffic between them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use notify::RecommendedWatcher;
use reqwest::Client;
use serin::clock::Stopwatch;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::PATIENCE;
use crate::commands::client;
use crate::endpoint::Endpoint;
use crate::manifests;
use crate::routes::{self, Weight};

/// How often the counters rise: ten times an interval, as fine as calls look from afar.
const TICK: Duration = Duration::from_millis(100);

/// Requests a second of the first service; each one after it has one more, up to the tenth, and so on.
const REQUESTS_PER_SECOND: f64 = 40.0;

/// A service errs now and then.
const USUAL_ERRORS: f64 = 0.001;

/// A bad canary fails every fifth request.
const BAD_ERRORS: f64 = 0.2;

/// The services, and the folder with everything that is written about them.
pub(crate) struct World {
    pub(crate) clock: Stopwatch,
    pub(crate) services: Vec<Arc<Service>>,
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    calling: JoinHandle<()>,
    _following: RecommendedWatcher,
}

/// One service.
pub(crate) struct Service {
    pub(crate) name: String,
    stable: Endpoint,
    canary: Endpoint,
    weight: watch::Receiver<Weight>,
    requests_per_second: f64,
    is_bad: AtomicBool,
}

impl World {
    /// Starts so many services, and writes a Canary and a VirtualService for each.
    pub(crate) async fn start(number: usize) -> anyhow::Result<Self> {
        let clock = Stopwatch::start();
        let folder = tempfile::tempdir()?;
        let (canaries, routes) = (folder.path().join("canaries"), folder.path().join("routes"));
        fs::create_dir(&canaries)?;
        fs::create_dir(&routes)?;
        manifests::write_templates(&canaries)?;
        fs::write(folder.path().join("serin.yaml"), manifests::CONFIGURATION)?;
        let mut services = Vec::new();
        let mut weights = Vec::new();
        for index in 0..number {
            let name = format!("service-{index:03}");
            let (stable, canary) = (Endpoint::start().await?, Endpoint::start().await?);
            manifests::write(&name, [stable.address(), canary.address()], &canaries, &routes)?;
            let (sender, weight) = watch::channel(Weight::default());
            weights.push((format!("{name}.yaml"), sender));
            services.push(Arc::new(Service {
                name,
                stable,
                canary,
                weight,
                requests_per_second: REQUESTS_PER_SECOND + (index % 10) as f64,
                is_bad: AtomicBool::new(false),
            }));
        }
        let following = routes::follow(&routes, weights.into_iter().collect(), clock)?;
        let calling = tokio::spawn(call(services.clone()));
        Ok(Self {
            clock,
            services,
            folder,
            client: client()?,
            calling,
            _following: following,
        })
    }

    /// The folder of the Canaries.
    pub(crate) fn canaries(&self) -> PathBuf {
        self.folder.path().join("canaries")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.calling.abort();
    }
}

impl Service {
    /// From now on its canary is bad.
    pub(crate) fn turn_bad(&self) {
        self.is_bad.store(true, Ordering::Relaxed);
    }

    /// From now on neither version answers a scrape.
    pub(crate) fn hang(&self) {
        self.stable.hang();
        self.canary.hang();
    }

    /// Waits until the canary has this weight, and gives since when.
    pub(crate) async fn reaches(&self, weight: u8) -> anyhow::Result<Duration> {
        let mut following = self.weight.clone();
        let reached = following.wait_for(|now| now.canary == weight);
        let reached = timeout(PATIENCE, reached)
            .await
            .with_context(|| format!("{} never came to {weight} %", self.name))?;
        Ok(reached?.since)
    }

    fn call(&self, requests: f64) {
        let share = f64::from(self.weight.borrow().canary) / 100.0;
        let canary_errors = if self.is_bad.load(Ordering::Relaxed) {
            BAD_ERRORS
        } else {
            USUAL_ERRORS
        };
        self.stable.serve(requests * (1.0 - share), USUAL_ERRORS);
        self.canary.serve(requests * share, canary_errors);
    }
}

/// Calls all of them, for ever. A tick that is late is made up for.
async fn call(services: Vec<Arc<Service>>) {
    let mut ticks = interval(TICK);
    loop {
        ticks.tick().await;
        for service in &services {
            service.call(service.requests_per_second * TICK.as_secs_f64());
        }
    }
}
