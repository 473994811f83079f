//! Objects that many look at in the same moment: read afresh, and together where that is less work.
//!
//! A list of a namespace is one request however many of its objects are wanted, but it also brings those that are not. Where too many
//! come along, or the role allows no list, each is read by itself. Whoever looks takes what it wants to know from the object as it comes
//! by: hundreds of whole objects are never in memory at once.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
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

/// Reads at once, where they are one by one. Each is a connection, which stays for the next moment.
const READS_AT_ONCE: usize = 16;

/// What became of one read.
type Read = Result<Arc<Value>, Failure>;

/// The objects of one kind, for those who look at them at the same moments.
#[derive(Clone)]
pub struct Together(Arc<Inner>);

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

/// One who looks, and at which object.
struct Waiting {
    name: String,
    looker: Box<dyn Looker>,
}

/// By the name of the object that they look at.
type Lookers = BTreeMap<String, Vec<Box<dyn Looker>>>;

/// Whoever waits for a read.
trait Looker: Send {
    /// Whether it waits no more.
    fn is_gone(&self) -> bool;

    /// Takes from the object what it wants to know.
    fn look(self: Box<Self>, read: Read);
}

struct Look<T, F> {
    take: F,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T: Send, F: FnOnce(Arc<Value>) -> T + Send> Looker for Look<T, F> {
    fn is_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn look(self: Box<Self>, read: Read) {
        // Whoever does not listen any more asked for nothing.
        drop(self.reply.send(read.map(self.take)));
    }
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

    /// What `take` makes of the object as it is some moment after this was asked, as [`Objects::get`] has it. To keep the object keeps it in
    /// memory.
    ///
    /// # Errors
    /// As there.
    pub async fn get<T: Send + 'static>(
        &self,
        namespace: &str,
        name: &str,
        take: impl FnOnce(Arc<Value>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let namespace = namespace.to_owned();
        let waiting = Waiting {
            name: name.to_owned(),
            looker: Box::new(Look { take, reply }),
        };
        if self.0.waiting.join(&namespace, waiting) {
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

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = &self.0.objects;
        f.debug_struct("Together")
            .field("objects", objects)
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn answer(&self, namespace: &str, waiting: Vec<Waiting>) {
        let mut lookers = Lookers::new();
        for Waiting { name, looker } in waiting {
            if !looker.is_gone() {
                lookers.entry(name).or_default().push(looker);
            }
        }
        if lookers.len() >= LISTED_MIN && self.is_worth_a_list(namespace, lookers.len()) {
            self.list(namespace, &mut lookers).await;
        }
        // What a list is without is asked for by itself: the server has the words for that, and it may be new.
        let lookers = lookers.into_iter();
        let reads: Vec<_> = lookers
            .map(|(name, lookers)| self.read(namespace, name, lookers))
            .collect();
        stream::iter(reads)
            .buffer_unordered(READS_AT_ONCE)
            .collect::<()>()
            .await;
    }

    async fn read(&self, namespace: &str, name: String, lookers: Vec<Box<dyn Looker>>) {
        let read = self.objects.get(namespace, &name).await;
        answer(lookers, &read.map(Arc::new));
    }

    /// Answers those whose object a list brings, and all of them where the server is away. Leaves the others, which may be all where there
    /// is no list to be had.
    async fn list(&self, namespace: &str, lookers: &mut Lookers) {
        let take = |object: Value| {
            let looking = object["metadata"]["name"]
                .as_str()
                .and_then(|name| lookers.remove(name));
            if let Some(looking) = looking {
                answer(looking, &Ok(Arc::new(object)));
            }
        };
        match self.objects.each(namespace, "", take).await {
            Ok(count) => self.remember(namespace, Some(count)),
            Err(failure @ (Failure::Unreachable(_) | Failure::Unknown(_))) => {
                for looking in std::mem::take(lookers).into_values() {
                    answer(looking, &Err(failure.clone()));
                }
            }
            Err(failure) => {
                tracing::debug!(namespace, "read one by one: {failure}");
                self.remember(namespace, None);
            }
        }
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

fn answer(lookers: Vec<Box<dyn Looker>>, read: &Read) {
    for looker in lookers {
        looker.look(read.clone());
    }
}
