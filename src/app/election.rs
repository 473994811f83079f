//! One of several replicas leads, by a Lease; the others follow until they do.

use std::fs;
use std::sync::Arc;

use anyhow::{Context, ensure};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::opening;
use crate::config::{Config, StoreUrl};
use crate::driver::ports::Clock;
use crate::kubernetes::Cluster;
use crate::kubernetes::lease::{Elector, LeasePlace, Lost, Terms};

/// Where a pod finds its own namespace.
const POD_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// Whether this process has lost the Lease by which it led. Clones are the same process.
#[derive(Clone, Default)]
pub(super) struct Loss(watch::Sender<Option<Lost>>);

impl Loss {
    /// Returns once it has; never where it does not lead.
    pub(super) async fn happened(&self) -> Lost {
        let mut told = self.0.subscribe();
        let lost = told.wait_for(Option::is_some).await;
        let lost = lost.expect("the sender lives as long as what is borrowed here");
        lost.clone().expect("it was waited for")
    }
}

/// This replica's part in the election; none where none is configured.
pub(super) fn elector(
    config: &Config,
    cluster: &Cluster,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Option<Elector>> {
    let kubernetes = &config.kubernetes;
    let Some(name) = kubernetes.lease.clone() else {
        return Ok(None);
    };
    ensure!(
        matches!(config.store.url, StoreUrl::Postgres(_)),
        "kubernetes.lease: expected a store that replicas share, found a file of this one's (`store.url`)\n  \
         hint: `store.url: postgres://…`, or leave `kubernetes.lease` out where there is one replica"
    );
    let namespace = match kubernetes.lease_namespace.clone() {
        Some(namespace) => namespace,
        None => pod_namespace()?,
    };
    let place = LeasePlace { namespace, name };
    let replica = opening::replica(&config.store);
    let elector = Elector::new(cluster, place, &replica, Terms::default(), Arc::clone(clock));
    Ok(Some(elector))
}

/// Returns once this replica leads. `follow` is called where another one does, or nobody can say.
pub(super) async fn lead(
    elector: &mut Elector,
    follow: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let standing = elector.standing();
    let mut leading = Box::pin(elector.lead());
    tokio::select! {
        biased;
        () = &mut leading => return Ok(()),
        () = standing.tried() => {}
    }
    follow()?;
    leading.await;
    Ok(())
}

/// Keeps the Lease until `stop`, and gives it up then; says so if it is lost before.
pub(super) async fn keep(mut elector: Elector, loss: Loss, stop: CancellationToken) {
    match stop.run_until_cancelled(elector.keep()).await {
        Some(lost) => drop(loss.0.send_replace(Some(lost))),
        None => elector.release().await,
    }
}

fn pod_namespace() -> anyhow::Result<String> {
    let namespace = fs::read_to_string(POD_NAMESPACE).with_context(|| {
        format!(
            "kubernetes.leaseNamespace: expected a namespace, found none, and no pod's at {POD_NAMESPACE}\n  \
             hint: `kubernetes.leaseNamespace: serin`"
        )
    })?;
    Ok(namespace.trim().to_owned())
}
