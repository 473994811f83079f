//! Objects that many look at in the same moment: read afresh, and together where that is less work.
//!
//! A list of a namespace is one request however many of its objects are wanted, but it also brings those that are not. Where too many
//! come along, or the role allows no list, each is read by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::failure::Failure;
use super::objects::Objects;
use crate::gather::Gather;

/// Whoever looks first waits so long for others: hundreds of rollouts whose polls are due at once do not all come in the same
/// millisecond, and nothing urgent is read this way.
const GATHERING: Duration = Duration::from_millis(50);

/// So few are read one by one, whatever the namespace.
const LISTED_MIN: usize = 4;

/// A list is worth its while for so many objects for each one that is wanted: reading one by itself costs both sides about what this
/// many more cost in a list.
const LISTED_FOR_ONE_MAX: usize = 16;

/// What a list told of a namespace is believed for so many moments: an hour of looks every ten seconds. Then it is listed once more,
/// for those who were in it may have left.
const BELIEVED_MOMENTS: u32 = 360;

/// Namespaces of which that is remembered. Beyond them all are forgotten, and found out again.
const NAMESPACES_MAX: usize = 1_024;

/// Reads at once, where they are one by one.
const READS_AT_ONCE: usize = 64;

/// What became of one read.
type Read = Result<Arc<Value>, Failure>;

/// The objects of one kind, for those who look at them at the same moments.
#[derive(Debug, Clone)]
pub struct Together(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Objects,
    /// By namespace.
    waiting: Gather<String, Waiting>,
    namespaces: Mutex<HashMap<String, Listed>>,
}

/// What the last list of a namespace told.
#[derive(Debug, Clone, Copy)]
struct Listed {
    /// How many objects there were; none where there is no list to be had.
    objects: Option<usize>,
    /// Moments since.
    ago: u32,
}

#[derive(Debug)]
struct Waiting {
    name: String,
    reply: oneshot::Sender<Read>,
}

impl Together {
    /// Reads these `objects`.
    #[must_use]
    pub fn new(objects: Objects) -> Self {
        Self(Arc::new(Inner {
            objects,
            waiting: Gather::default(),
            namespaces: Mutex::default(),
        }))
    }

    /// The object as it is some moment after this was asked, as [`Objects::get`] has it.
    ///
    /// # Errors
    /// As there.
    pub async fn get(&self, namespace: &str, name: &str) -> Read {
        let (reply, answer) = oneshot::channel();
        let namespace = namespace.to_owned();
        let name = name.to_owned();
        if self.0.waiting.join(&namespace, Waiting { name, reply }) {
            let inner = Arc::clone(&self.0);
            // Of its own, so that one that gives up takes nothing from the others. The time-out of a read ends it.
            tokio::spawn(async move {
                sleep(GATHERING).await;
                let waiting = inner.waiting.close(&namespace);
                inner.answer(&namespace, waiting).await;
            });
        }
        let given_up = || Err(Failure::Unreachable("the read was given up".to_owned()));
        answer.await.unwrap_or_else(|_| given_up())
    }
}

impl Inner {
    async fn answer(&self, namespace: &str, mut waiting: Vec<Waiting>) {
        waiting.retain(|waiting| !waiting.reply.is_closed());
        let wanted: BTreeSet<String> = waiting.iter().map(|waiting| waiting.name.clone()).collect();
        let mut read = BTreeMap::new();
        if wanted.len() >= LISTED_MIN && self.is_worth_a_list(namespace, wanted.len()) {
            read = self.list(namespace, &wanted).await;
        }
        // What a list is without is asked for by itself: the server has the words for that, and it may be new.
        let missing = wanted.into_iter().filter(|name| !read.contains_key(name));
        let one = async |name: String| {
            let object = self.objects.get(namespace, &name).await;
            (name, object.map(Arc::new))
        };
        let missing: Vec<_> = stream::iter(missing.map(one))
            .buffer_unordered(READS_AT_ONCE)
            .collect()
            .await;
        read.extend(missing);
        for Waiting { name, reply } in waiting {
            if let Some(read) = read.get(&name) {
                // Whoever does not listen any more asked for nothing.
                drop(reply.send(read.clone()));
            }
        }
    }

    /// The wanted objects that a list brought; all of them failed where the server is away. None where there is no list to be had.
    async fn list(&self, namespace: &str, wanted: &BTreeSet<String>) -> BTreeMap<String, Read> {
        let objects = match self.objects.list(namespace, "").await {
            Ok(objects) => objects,
            Err(failure @ (Failure::Unreachable(_) | Failure::Unknown(_))) => {
                return wanted
                    .iter()
                    .map(|name| (name.clone(), Err(failure.clone())))
                    .collect();
            }
            Err(failure) => {
                tracing::debug!(namespace, "read one by one: {failure}");
                self.remember(namespace, None);
                return BTreeMap::new();
            }
        };
        self.remember(namespace, Some(objects.len()));
        let named = objects.into_iter().filter_map(|object| {
            let name = object["metadata"]["name"].as_str()?.to_owned();
            wanted.contains(&name).then(|| (name, Ok(Arc::new(object))))
        });
        named.collect()
    }

    fn is_worth_a_list(&self, namespace: &str, wanted: usize) -> bool {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(listed) = namespaces.get_mut(namespace) else {
            return true;
        };
        listed.ago += 1;
        let are_few = |objects| objects <= wanted * LISTED_FOR_ONE_MAX;
        listed.ago > BELIEVED_MOMENTS || listed.objects.is_some_and(are_few)
    }

    fn remember(&self, namespace: &str, objects: Option<usize>) {
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        if namespaces.len() >= NAMESPACES_MAX {
            namespaces.clear();
        }
        namespaces.insert(namespace.to_owned(), Listed { objects, ago: 0 });
    }
}
