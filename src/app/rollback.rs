//! A rollback of stable, with the cluster that the daemon would work with.

use anyhow::{Context, ensure};

use super::{access, canaries};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::driver::ports::{Clock, Traffic};
use crate::kubernetes::Cluster;
use crate::traffic::file::ManifestFiles;
use crate::traffic::istio::VirtualServices;
use crate::traffic::places::Places;
pub use crate::workload::deployments::KEPT_MAX as TEMPLATES_KEPT;
use crate::workload::deployments::{Deployments, RollbackAsked};

/// Gives the stable Deployment of a Canary the pod template back that it had `back` changes ago, and returns the images of it once
/// the Deployment is ready with it. No daemon is needed, and none is asked; `by` whom it was and for what `reason` is noted on the
/// Deployment, and the daemon that follows the Canary journals it when it sees that.
///
/// # Errors
/// If there is no such Canary, if its canary has traffic, or if stable is not ready with that template: with what was done about it.
pub async fn roll_back(
    config: &Config,
    namespace: &str,
    name: &str,
    back: usize,
    (by, reason): (String, String),
) -> anyhow::Result<Vec<String>> {
    let cluster = Cluster::new(access(&config.kubernetes));
    let (followed, _) = canaries::follow(config, &cluster).await?;
    let snapshot = followed.now();
    let canary = snapshot.canary(namespace, name).with_context(|| {
        let known: Vec<&str> = snapshot.canaries().keys().map(String::as_str).collect();
        let hint = "`canaries.from` and `canaries.path` say where they are looked for";
        format!("expected a Canary, found none of {namespace}/{name} among {known:?}\n  hint: {hint}")
    })?;
    let traffic = Places {
        files: ManifestFiles::new("/"),
        cluster: VirtualServices::new(&cluster),
    };
    let weight = traffic.read(canary).await?.canary_weight;
    ensure!(
        weight == 0,
        "expected a canary without traffic, found it at {weight} %: stable is what it is compared with\n  hint: `serin abort` ends the \
         rollout, and takes the canary's version out of stable where it is there already"
    );
    let at = SystemClock::start().now();
    let asked = RollbackAsked {
        id: format!("{name}-rollback-{}", at.0),
        by,
        reason,
        at,
        back,
    };
    let images = Deployments::new(&cluster).roll_back(canary, &asked).await?;
    Ok(images)
}
