//! The objects of one kind, followed as they change.
//!
//! What is known here is what the server sent last, and may be old: whoever acts on an object reads it first.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Api;
use kube::core::DynamicObject;
use kube::runtime::watcher::{self, Config, Event, watcher};
use tokio::sync::watch;
use tokio::time::sleep;

use super::backoff::Backoff;
use super::cluster::Cluster;
use super::failure::{Failure, Purpose};
use super::followed::Followed;
use super::kind::Kind;

/// A watch is asked for anew this often, in seconds. A connection that died without a word is noticed five seconds later; and it
/// is half a request a minute.
const WATCH_SECONDS: u32 = 120;

/// Everything is listed anew this often, at the latest: a change that was missed by whatever fault is found then.
const RELIST: Duration = Duration::from_secs(30 * 60);

/// Changes that are taken in at once, where so many are there already.
const AT_ONCE: usize = 256;

/// What is known of the objects of a kind.
#[derive(Debug, Clone)]
pub struct Watched<T> {
    /// The objects by `namespace/name`; none before they were listed for the first time.
    pub objects: Option<BTreeMap<String, Arc<T>>>,
    /// Why nothing new comes in, while it does not.
    pub trouble: Option<String>,
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self {
            objects: None,
            trouble: None,
        }
    }
}

/// The objects of one kind, and where they are.
#[derive(Debug, Clone)]
pub struct Watch {
    cluster: Cluster,
    kind: Kind,
    namespace: Option<String>,
}

impl Watch {
    /// The objects of `kind` in `namespace`; in every namespace where none is given.
    #[must_use]
    pub fn new(cluster: &Cluster, kind: Kind, namespace: Option<&str>) -> Self {
        Self {
            cluster: cluster.clone(),
            kind,
            namespace: namespace.map(str::to_owned),
        }
    }

    /// Follows the objects for as long as this is polled. Of each, what `read` makes of it is kept, and a change of the rest is
    /// none. A server that is away, refuses or lost its history is asked again until it answers.
    pub async fn follow<T: PartialEq>(
        &self,
        read: impl Fn(DynamicObject) -> T,
        known: &watch::Sender<Watched<T>>,
    ) {
        let mut backoff = Backoff::default();
        loop {
            let Err(trouble) = self.follow_on(&read, known, &mut backoff).await else {
                continue;
            };
            self.tell(known, trouble);
            backoff.pause().await;
        }
    }

    /// Lists, and follows from there until it is time to list again.
    async fn follow_on<T: PartialEq>(
        &self,
        read: &impl Fn(DynamicObject) -> T,
        known: &watch::Sender<Watched<T>>,
        backoff: &mut Backoff,
    ) -> Result<(), String> {
        let client = self.cluster.client().await;
        let client = client.map_err(|failure| failure.to_string())?;
        let resource = self.kind.resource();
        let api: Api<Followed> = match &self.namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        // A list and then a watch from there: every server does that, whether it has streaming lists or not.
        let config = Config::default().timeout(WATCH_SECONDS);
        let mut events = pin!(watcher(api, config).ready_chunks(AT_ONCE));
        let mut relist = pin!(sleep(RELIST));
        let mut listing = None;
        loop {
            let chunk = tokio::select! {
                // The list under way is finished first.
                () = &mut relist, if listing.is_none() => return Ok(()),
                chunk = events.next() => chunk.unwrap_or_default(),
            };
            let mut changes = Vec::new();
            let mut failed = None;
            for event in chunk {
                match event {
                    Ok(event) => take_in(event, read, &mut listing, &mut changes),
                    Err(error) => failed = Some(error),
                }
            }
            if !changes.is_empty() {
                self.publish(known, changes);
                backoff.reset();
            }
            if let Some(error) = failed {
                // Whatever it was, the next list says what became of everything meanwhile.
                return Err(words(&error));
            }
        }
    }

    fn publish<T: PartialEq>(&self, known: &watch::Sender<Watched<T>>, changes: Vec<Change<T>>) {
        known.send_if_modified(|known| {
            let mut is_changed = false;
            if known.trouble.take().is_some() {
                tracing::info!(kind = self.kind.kind, "followed again");
                is_changed = true;
            }
            for change in changes {
                is_changed |= apply(change, &mut known.objects);
            }
            is_changed
        });
    }

    fn tell<T>(&self, known: &watch::Sender<Watched<T>>, trouble: String) {
        known.send_if_modified(|known| {
            let is_new = known.trouble.is_none();
            if is_new {
                tracing::warn!(
                    kind = self.kind.kind,
                    "not followed for now, and tried again: {trouble}"
                );
            }
            let is_changed = known.trouble.as_ref() != Some(&trouble);
            known.trouble = Some(trouble);
            is_changed
        });
    }
}

/// One difference to what is known.
enum Change<T> {
    Is(String, T),
    IsGone(String),
    AreAll(BTreeMap<String, Arc<T>>),
}

fn take_in<T>(
    event: Event<Followed>,
    read: impl Fn(DynamicObject) -> T,
    listing: &mut Option<BTreeMap<String, Arc<T>>>,
    changes: &mut Vec<Change<T>>,
) {
    match event {
        Event::Init => *listing = Some(BTreeMap::new()),
        Event::InitApply(Followed(object)) => {
            let listed = listing.get_or_insert_default();
            listed.insert(name(&object), Arc::new(read(object)));
        }
        Event::InitDone => changes.push(Change::AreAll(listing.take().unwrap_or_default())),
        Event::Apply(Followed(object)) => changes.push(Change::Is(name(&object), read(object))),
        Event::Delete(Followed(object)) => changes.push(Change::IsGone(name(&object))),
    }
}

/// Makes the change, and says whether it is one.
fn apply<T: PartialEq>(change: Change<T>, objects: &mut Option<BTreeMap<String, Arc<T>>>) -> bool {
    match change {
        Change::AreAll(all) => {
            let is_changed = objects.as_ref() != Some(&all);
            *objects = Some(all);
            is_changed
        }
        Change::Is(name, object) => {
            let objects = objects.get_or_insert_default();
            let is_changed = objects.get(&name).is_none_or(|known| **known != object);
            if is_changed {
                objects.insert(name, Arc::new(object));
            }
            is_changed
        }
        Change::IsGone(name) => objects
            .as_mut()
            .is_some_and(|objects| objects.remove(&name).is_some()),
    }
}

/// `namespace/name`.
fn name(object: &DynamicObject) -> String {
    let metadata = &object.metadata;
    format!(
        "{}/{}",
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default()
    )
}

fn words(error: &watcher::Error) -> String {
    let cause = match error {
        watcher::Error::InitialListFailed(cause)
        | watcher::Error::WatchStartFailed(cause)
        | watcher::Error::WatchFailed(cause) => cause,
        other => return other.to_string(),
    };
    match cause {
        kube::Error::Api(status) => Failure::answered(Purpose::Read, status).to_string(),
        cause => Failure::broken(Purpose::Read, cause).to_string(),
    }
}
