//! Canaries in a cluster: what starts a rollout there, and where `kubectl` looks for how it stands.
//!
//! Promises: a change of the canary's pod template, or of the annotation, starts one rollout and no second, whenever the daemon is
//! killed; the first sight of a workload starts none. A Canary that is deleted while a rollout is under way stays until its traffic
//! is back on stable. What `kubectl` shows is a projection of the journal: it is written some seconds late rather than often, and
//! nothing here ever delays a decision.
//!
//! It leaves every decision about a rollout under way to the driver.
//!
//! - [`starting`] — from what is seen to `Driver::start`; [`holding`] — the finalizer.
//! - [`rollbacks`] — into the journal, whoever rolled stable back by hand.
//! - [`telling`] — the status of Canaries, [`templates`] — that of their templates; [`events`] — Events.

mod deployment;
mod events;
mod holding;
mod missing;
mod notes;
mod passes;
mod past;
mod rollbacks;
mod starting;
mod telling;
mod templates;

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::canaries::cluster::Resources;
use crate::driver::ports::Clock;
use crate::driver::{Driver, History};
use crate::kubernetes::{Cluster, Kind, Watch};
use deployment::SeenDeployment;

/// News that wait to become Events; what comes while there is no room is left out.
const NEWS_MAX: usize = 256;

/// What a controller works with.
#[derive(Clone)]
pub struct Parts {
    /// Where everything is seen and told.
    pub cluster: Cluster,
    /// The only namespace to look into; without one all of them.
    pub namespace: Option<String>,
    /// The Canaries.
    pub resources: watch::Receiver<Arc<Resources>>,
    /// Who runs rollouts.
    pub driver: Arc<Driver>,
    /// What is remembered of them.
    pub history: Arc<dyn History>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Name of this process, for whoever reads Events.
    pub replica: String,
}

/// Works until `stop`.
pub async fn run(parts: Parts, stop: CancellationToken) {
    let (found, seen) = watch::channel(crate::kubernetes::Watched::default());
    let deployments = Watch::new(&parts.cluster, Kind::DEPLOYMENT, parts.namespace.as_deref());
    let notes = Arc::default();
    let (news, of_news) = mpsc::channel(NEWS_MAX);
    let work = async {
        tokio::join!(
            deployments.follow(|object| SeenDeployment::of(&object), &found),
            starting::run(&parts, seen.clone(), &notes, &news),
            rollbacks::run(&parts, seen),
            holding::run(&parts),
            telling::run(&parts, &notes),
            templates::run(&parts),
            events::run(&parts, of_news),
        );
    };
    stop.run_until_cancelled(work).await;
}
