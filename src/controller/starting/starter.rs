//! Looks at every Canary whenever something changed, and does what follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};

use super::step::{Memory, Step};
use crate::canaries::cluster::{Resource, Resources};
use crate::controller::deployment::SeenDeployment;
use crate::controller::events::News;
use crate::controller::missing::Missing;
use crate::controller::notes::{Dealt, Notes};
use crate::controller::{Parts, past};
use crate::driver::{Progress, Seen};
use crate::kubernetes::{Backoff, Watched};
use crate::spec::{Timestamp, Workload};

/// Canaries whose past is read at once: beside a thousand others the store has other things to do.
const PASTS_AT_ONCE: usize = 4;

struct Starter<'a> {
    parts: &'a Parts,
    notes: &'a Notes,
    news: &'a mpsc::Sender<News>,
    memories: BTreeMap<String, Memory>,
    /// Rollouts that the journal does not have yet.
    unjournalled: FuturesUnordered<BoxFuture<'a, Journalled>>,
    /// The store could not be read.
    unread: Option<(Timestamp, Backoff)>,
}

struct Journalled {
    canary: String,
    dealt: Dealt,
    is_journalled: bool,
}

/// Works for as long as it is polled.
pub(in crate::controller) async fn run(
    parts: &Parts,
    mut deployments: watch::Receiver<Watched<SeenDeployment>>,
    notes: &Notes,
    news: &mpsc::Sender<News>,
) {
    let mut starter = Starter {
        parts,
        notes,
        news,
        memories: BTreeMap::new(),
        unjournalled: FuturesUnordered::new(),
        unread: None,
    };
    let mut resources = parts.resources.clone();
    let mut progress = parts.driver.subscribe();
    loop {
        let now = Arc::clone(&resources.borrow_and_update());
        let seen = deployments.borrow_and_update().objects.clone();
        starter.meet(&now).await;
        if let Some(seen) = seen {
            starter.look(&now, &seen);
        }
        let due = starter.due();
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            changed = deployments.changed() => if changed.is_err() { return },
            () = an_end(&mut progress) => {}
            Some(journalled) = starter.unjournalled.next() => starter.journalled(journalled),
            () = parts.clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {}
        }
    }
}

/// Returns once a rollout ended, or may have.
async fn an_end(progress: &mut broadcast::Receiver<Arc<Progress>>) {
    loop {
        match progress.recv().await {
            Ok(progress) if progress.status.phase.is_final() => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // The driver is gone, and soon this will be.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Starter<'_> {
    /// Reads the past of the Canaries that are seen for the first time.
    async fn meet(&mut self, resources: &Resources) {
        if !resources.is_listed {
            return;
        }
        self.memories
            .retain(|name, _| resources.canaries.contains_key(name));
        self.notes.retain(|name| resources.canaries.contains_key(name));
        let now = self.parts.clock.now();
        if self.unread.as_ref().is_some_and(|(due, _)| now < *due) {
            return;
        }
        let is_new = |(name, resource): &(&String, &Arc<Resource>)| {
            self.memories
                .get(*name)
                .is_none_or(|memory| memory.uid != resource.uid)
        };
        let new = resources.canaries.iter().filter(is_new);
        let new: Vec<_> = new
            .map(|(name, resource)| (name.clone(), Arc::clone(resource)))
            .collect();
        let parts = self.parts;
        let read = |(name, resource): (String, Arc<Resource>)| async move {
            let read = past::read(parts, &resource).await;
            (name, read)
        };
        let mut read = stream::iter(new).map(read).buffer_unordered(PASTS_AT_ONCE);
        let mut unread = None;
        while let Some((name, read)) = read.next().await {
            match read {
                Ok(note) => {
                    let memory = Memory {
                        uid: note.uid.clone(),
                        dealt: note.dealt.clone(),
                        past: note.past.clone(),
                        ..Memory::default()
                    };
                    self.memories.insert(name.clone(), memory);
                    self.notes.add(&name, note);
                }
                Err(error) => unread = Some(error),
            }
        }
        let before = self.unread.take();
        self.unread = unread.map(|error| {
            let mut backoff = before.map_or_else(
                || {
                    tracing::warn!("no rollout is started for Canaries whose past is not read yet: {error}");
                    Backoff::default()
                },
                |(_, backoff)| backoff,
            );
            (self.parts.clock.now() + backoff.failed(), backoff)
        });
    }

    /// Does what follows from what is seen of every Canary.
    fn look(&mut self, resources: &Resources, deployments: &BTreeMap<String, Arc<SeenDeployment>>) {
        for (name, memory) in &mut self.memories {
            let resource = resources.canaries.get(name);
            let Some(resource) = resource.filter(|resource| resource.uid == memory.uid) else {
                continue;
            };
            let Some(canary) = resources.snapshot.canary(&resource.namespace, &resource.name) else {
                memory.attempts = None;
                continue;
            };
            let seen = |workload: &Workload| SeenDeployment::among(deployments, &canary.namespace, workload);
            let stable = seen(&canary.workloads.stable);
            let own = seen(&canary.workloads.canary);
            self.notes
                .missing(name, Missing::of(canary, stable.is_some(), own.is_some()));
            let (Some(workload), Some(own)) = (canary.workloads.canary.name(), own) else {
                memory.attempts = None;
                continue;
            };
            let seen = Seen {
                workload: workload.to_owned(),
                revision: own.revision.clone(),
                start: resource.start.clone(),
            };
            let step = Step {
                parts: self.parts,
                notes: self.notes,
                news: self.news,
                name,
                canary,
                stable: stable.map(|stable| stable.revision.as_str()),
            };
            if let Some(dealt) = step.take(memory, seen) {
                self.unjournalled
                    .push(journalled(self.parts, name.clone(), dealt));
            }
        }
    }

    fn journalled(&mut self, journalled: Journalled) {
        let Journalled {
            canary,
            dealt,
            is_journalled,
        } = journalled;
        let Some(memory) = self.memories.get_mut(&canary) else {
            return;
        };
        if memory.dealt.as_ref() != Some(&dealt) {
            return;
        }
        if is_journalled {
            self.notes.dealt(&canary, &dealt);
        }
    }

    /// When something is to be tried again.
    fn due(&self) -> Option<Timestamp> {
        let attempts = self
            .memories
            .values()
            .filter_map(|memory| memory.attempts.as_ref()?.due);
        attempts.chain(self.unread.as_ref().map(|(due, _)| *due)).min()
    }
}

/// Waits for the journal.
fn journalled(parts: &Parts, canary: String, dealt: Dealt) -> BoxFuture<'_, Journalled> {
    async move {
        let is_journalled = match &dealt.rollout {
            Some(rollout) => parts.driver.journalled(rollout).await.is_ok(),
            None => true,
        };
        Journalled {
            canary,
            dealt,
            is_journalled,
        }
    }
    .boxed()
}
