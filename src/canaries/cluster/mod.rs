//! The Canaries of a cluster, followed.
//!
//! Promises: an object that is broken is refused by itself, and of the last one that was good everything goes on to hold; a broken
//! namespace is no other's concern. A Canary is gone once it is being deleted, or once a whole list is without it. Nothing here
//! writes.
//!
//! A change is seen within a second while the server can be reached; while it cannot, what was known holds.

mod combine;
mod document;
mod refusal;
mod resource;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

pub use combine::Resources;
pub use resource::{FINALIZER, Resource, START_ANNOTATION, TemplateResource};

use super::followed::Followed;
use super::snapshot::Snapshot;
use crate::kubernetes::{self, Cluster, Kind, Watch};
use crate::spec::Known;
use combine::Combined;

/// A template and the Canary that needs it come over two connections: what was applied together is there by then.
const QUIET: Duration = Duration::from_millis(200);

/// The Canaries of a cluster. Dropping `followed` stops the following.
#[derive(Debug)]
pub struct ClusterCanaries {
    /// What is written, for those who do not care where.
    pub followed: Followed,
    /// The objects, for those who do.
    pub resources: watch::Receiver<Arc<Resources>>,
}

/// Follows the Canaries and AnalysisTemplates of `namespace`, or of all namespaces. A Canary may name what is `known` and nothing
/// else. Nothing is known before the server listed them.
#[must_use]
pub fn follow(cluster: &Cluster, namespace: Option<&str>, known: Known) -> ClusterCanaries {
    let canaries = Watch::new(cluster, Kind::CANARY, namespace);
    let templates = Watch::new(cluster, Kind::ANALYSIS_TEMPLATE, namespace);
    let (snapshots, of_snapshots) = watch::channel(Arc::<Snapshot>::default());
    let (resources, of_resources) = watch::channel(Arc::<Resources>::default());
    let following = async move {
        let (found_canaries, of_canaries) = watch::channel(kubernetes::Watched::default());
        let (found_templates, of_templates) = watch::channel(kubernetes::Watched::default());
        let combined = Combined::new(known);
        tokio::join!(
            canaries.follow(|object| Resource::of(&object), &found_canaries),
            templates.follow(|object| TemplateResource::of(&object), &found_templates),
            combine(combined, of_canaries, of_templates, &snapshots, &resources),
        );
    };
    ClusterCanaries {
        followed: Followed::new(of_snapshots, following),
        resources: of_resources,
    }
}

async fn combine(
    mut combined: Combined,
    mut canaries: watch::Receiver<kubernetes::Watched<Resource>>,
    mut templates: watch::Receiver<kubernetes::Watched<TemplateResource>>,
    snapshots: &watch::Sender<Arc<Snapshot>>,
    resources: &watch::Sender<Arc<Resources>>,
) {
    loop {
        let changed = tokio::select! {
            changed = canaries.changed() => changed,
            changed = templates.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        sleep(QUIET).await;
        let (canaries, templates) = (canaries.borrow_and_update(), templates.borrow_and_update());
        let trouble = canaries.trouble.clone().or_else(|| templates.trouble.clone());
        let next = match (&canaries.objects, &templates.objects) {
            (Some(canaries), Some(templates)) => combined.next(canaries, templates, trouble),
            _ => Resources {
                trouble,
                ..Resources::default()
            },
        };
        let next = Arc::new(next);
        // First: whoever knows of a snapshot finds the resources no older than it.
        resources.send_replace(Arc::clone(&next));
        let before = snapshots.send_replace(Arc::clone(&next.snapshot));
        next.snapshot.tell_since(&before);
    }
}
