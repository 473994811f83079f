//! Looks at every Canary whenever something changed, and does what follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};

use super::step::{Memory, Step};
use crate::canaries::cluster::{Resource, Resources};
use crate::controller::events::News;
use crate::controller::notes::{Dealt, Notes};
use crate::controller::{Parts, past};
use crate::driver::{Progress, Seen};
use crate::kubernetes::{Backoff, Watched};
use crate::spec::{CheckedCanary, Timestamp};

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
    mut templates: watch::Receiver<Watched<String>>,
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
        let revisions = templates.borrow_and_update().objects.clone();
        starter.meet(&now).await;
        if let Some(revisions) = revisions {
            starter.look(&now, &revisions);
        }
        let due = starter.due();
        tokio::select! {
            changed = resources.changed() => if changed.is_err() { return },
            changed = templates.changed() => if changed.is_err() { return },
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
    fn look(&mut self, resources: &Resources, revisions: &BTreeMap<String, Arc<String>>) {
        for (name, memory) in &mut self.memories {
            let resource = resources.canaries.get(name);
            let Some(resource) = resource.filter(|resource| resource.uid == memory.uid) else {
                continue;
            };
            let canary = resources.snapshot.canary(&resource.namespace, &resource.name);
            let Some((canary, seen)) =
                canary.and_then(|canary| Some((canary, seen(canary, resource, revisions)?)))
            else {
                memory.attempts = None;
                continue;
            };
            let step = Step {
                parts: self.parts,
                notes: self.notes,
                news: self.news,
                name,
                canary,
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

/// What there is to see of a Canary; none while its Deployment is not there.
fn seen(
    canary: &CheckedCanary,
    resource: &Resource,
    revisions: &BTreeMap<String, Arc<String>>,
) -> Option<Seen> {
    let workload = canary.workloads.canary.name()?;
    let revision = revisions.get(&format!("{}/{workload}", canary.namespace))?;
    Some(Seen {
        workload: workload.to_owned(),
        revision: revision.to_string(),
        start: resource.start.clone(),
    })
}
<<<<<<< HEAD

/// Whether the rollout was of what is seen now, and ended because another revision was seen.
fn is_superseded(status: &Status, seen: &Seen) -> bool {
    let cause = status.ending.as_ref().map(|ending| &ending.cause);
    status.phase.is_final()
        && status.revision == seen.revision
        && matches!(cause, Some(Cause::RevisionChanged(_)))
}

/// One look at one Canary.
struct Step<'a> {
    parts: &'a Parts,
    notes: &'a Notes,
    news: &'a mpsc::Sender<News>,
    name: &'a str,
    canary: &'a CheckedCanary,
}

impl Step<'_> {
    /// Does what follows; gives what the journal is to have first, before anybody is told.
    fn take(&self, memory: &mut Memory, seen: Seen) -> Option<Dealt> {
        let known = memory.dealt.as_ref().map(|dealt| &dealt.seen);
        let driver = &self.parts.driver;
        let status = driver.status_of(&self.canary.namespace, &self.canary.name);
        let newest = status
            .as_ref()
            .or_else(|| memory.past.as_ref().map(|past| &past.status));
        let was_superseded = newest.is_some_and(|status| is_superseded(status, &seen));
        let running = status.as_ref().filter(|status| !status.phase.is_final());
        let under_way = running.map(|status| UnderWay {
            revision: &status.revision,
            is_ending: status.phase == Phase::Aborting,
        });
        match decide(known, &seen, under_way, was_superseded) {
            Decision::Nothing | Decision::Wait => {
                memory.attempts = None;
                None
            }
            Decision::Record => {
                self.record(memory, seen);
                None
            }
            Decision::Refuse => {
                self.refuse(
                    "the annotation starts no rollout: one is under way; change it again after that"
                        .to_owned(),
                );
                self.record(memory, seen);
                None
            }
            Decision::Supersede => {
                let id = running.map(|status| status.id.clone()).unwrap_or_default();
                self.supersede(memory, id, seen.revision);
                None
            }
            Decision::Start { is_new_revision } => self.start(memory, seen, is_new_revision),
        }
    }

    fn record(&self, memory: &mut Memory, seen: Seen) {
        let rollout = memory.dealt.take().and_then(|dealt| dealt.rollout);
        let dealt = Dealt { seen, rollout };
        tracing::info!(
            canary = self.name,
            revision = dealt.seen.revision,
            "seen, and nothing is started"
        );
        self.notes.dealt(self.name, &dealt);
        memory.dealt = Some(dealt);
        memory.attempts = None;
    }

    fn refuse(&self, text: String) {
        tracing::warn!(canary = self.name, "{text}");
        // Without room it is in the log.
        drop(self.news.try_send(start_refused(self.name, text)));
    }

    fn supersede(&self, memory: &mut Memory, id: String, revision: String) {
        let news = (id, revision);
        if memory.told.as_ref() == Some(&news) {
            return;
        }
        let (id, revision) = news.clone();
        match self
            .parts
            .driver
            .tell(&id, Event::RevisionChanged(revision.clone()))
        {
            Ok(()) => {
                tracing::info!(
                    canary = self.name,
                    rollout.id = id,
                    revision,
                    "the canary is of another revision: this rollout ends, and another begins after it"
                );
                memory.told = Some(news);
                memory.attempts = None;
            }
            Err(error) => {
                tracing::warn!(
                    canary = self.name,
                    rollout.id = id,
                    "not told of {revision} yet: {error}"
                );
                self.again(memory, None);
            }
        }
    }

    fn start(&self, memory: &mut Memory, seen: Seen, is_new_revision: bool) -> Option<Dealt> {
        let now = self.parts.clock.now();
        if memory.attempted.as_ref() != Some(&seen) {
            // What was tried before was another start.
            memory.attempts = None;
        }
        if memory
            .attempts
            .as_ref()
            .is_some_and(|attempts| attempts.is_waiting(now))
        {
            return None;
        }
        let reason = if is_new_revision {
            format!("the pod template of Deployment {} changed", seen.workload)
        } else {
            "the annotation serin.dev/start changed".to_owned()
        };
        let asked = Asked {
            by: BY.to_owned(),
            reason,
            seen: Some(seen.clone()),
        };
        let started = self
            .parts
            .driver
            .start_for(Some(asked), self.canary.clone(), seen.revision.clone());
        match started {
            Ok(id) => {
                let dealt = Dealt {
                    seen,
                    rollout: Some(id),
                };
                memory.dealt = Some(dealt.clone());
                memory.attempts = None;
                memory.attempted = None;
                Some(dealt)
            }
            Err(error) => {
                memory.attempted = Some(seen);
                self.again(memory, Some(&error));
                None
            }
        }
    }

    /// Another attempt is due later, or given up.
    fn again(&self, memory: &mut Memory, refused: Option<&StartError>) {
        let now = self.parts.clock.now();
        match &mut memory.attempts {
            None => {
                memory.attempts = Some(Attempts::begin(now));
                if let Some(error) = refused {
                    tracing::info!(canary = self.name, "not started yet, and tried again: {error}");
                }
            }
            Some(attempts) => {
                if !attempts.refused(now)
                    && let Some(error) = refused
                {
                    self.refuse(format!(
                        "not started, and given up until something changes: {error}"
                    ));
                }
            }
        }
    }
}
=======
>>>>>>> b71abfa286d3b2b0c6965f0a7e94405ff70049c6
