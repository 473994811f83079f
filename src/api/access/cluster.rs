//! Identities of a cluster: whose a token is, and what its rules allow.
//!
//! An answer counts for [`REMEMBERED_FOR`]; without one nobody is let in.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::identity::{Grant, Identity};
use super::remembered::Remembered;
use crate::api::error::ApiError;
use crate::document::Printable;
use crate::spec::Timestamp;

/// For so long an answer of the cluster counts: whoever is taken a right from has it no longer than that.
const REMEMBERED_FOR: Duration = Duration::from_secs(10);

/// Answers remembered, of each kind: more than people and pipelines ask within ten seconds. A forgotten one is asked for again.
const REMEMBERED_MAX: usize = 1000;

/// Reviews under way at once; each takes milliseconds, and an API server has some hundred places for everybody.
const REVIEWS_MAX: usize = 32;

/// Reviews under way at once of those that came in a crowd: few enough that the rest of the cluster's answers do not suffer.
const CROWD_REVIEWS_MAX: usize = 4;

/// Before a name, so that nobody of a cluster has the name of a token of `api.tokens`.
const PREFIX: &str = "kubernetes:";

/// Time that one waits for a place and for the answer.
const REVIEW_MAX: Duration = Duration::from_secs(5);

/// Somebody whom the cluster knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterUser {
    /// The name, such as `system:serviceaccount:ci:deployer`.
    pub name: String,
    /// What tells it from an earlier one of that name.
    pub uid: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// What else the cluster says of it.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// Something to be done with Canaries, in the cluster's words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterDeed {
    /// What: `get`, `abort`, ….
    pub verb: &'static str,
    /// In which namespace; without one in all of them.
    pub namespace: Option<String>,
    /// With which Canary; without one with all of them.
    pub name: Option<String>,
}

/// As one would ask `kubectl auth can-i`.
impl fmt::Display for ClusterDeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} canaries.serin.dev", self.verb)?;
        if let Some(name) = &self.name {
            write!(f, "/{}", Printable(name))?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in the namespace {}", Printable(namespace)),
            None => f.write_str(" in all namespaces"),
        }
    }
}

/// Asks a cluster.
#[async_trait]
pub trait Reviewer: fmt::Debug + Send + Sync {
    /// Whose `token` is; nobody's where it is unknown, expired, or for another audience.
    ///
    /// # Errors
    /// Why the cluster did not say.
    async fn who(&self, token: &str) -> Result<Option<ClusterUser>, String>;

    /// Whether the cluster's rules let `user` do that.
    ///
    /// # Errors
    /// Why the cluster did not say.
    async fn may(&self, user: &ClusterUser, deed: &ClusterDeed) -> Result<bool, String>;
}

/// Where a review waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// With everybody's.
    Usual,
    /// Apart: it came with many others from one address, all of tokens that nobody knew.
    Crowd,
}

/// A token, of which nothing but its hash is remembered.
type Hashed = [u8; 32];

/// What a cluster said, for a while.
pub(super) struct ByCluster {
    reviewer: Arc<dyn Reviewer>,
    places: Semaphore,
    crowd: Semaphore,
    users: Mutex<Remembered<Hashed, Option<Identity>>>,
    rules: Mutex<Remembered<(ClusterUser, ClusterDeed), bool>>,
}

impl ByCluster {
    pub(super) fn new(reviewer: Arc<dyn Reviewer>) -> Self {
        Self {
            reviewer,
            places: Semaphore::new(REVIEWS_MAX),
            crowd: Semaphore::new(CROWD_REVIEWS_MAX),
            users: Mutex::new(Remembered::new(REMEMBERED_MAX, REMEMBERED_FOR)),
            rules: Mutex::new(Remembered::new(REMEMBERED_MAX, REMEMBERED_FOR)),
        }
    }

    /// Whose `token` is, if that was said within the last ten seconds.
    pub(super) fn remembered(&self, token: &str, now: Timestamp) -> Option<Identity> {
        look_up(&self.users, &Sha256::digest(token).into(), now).flatten()
    }

    /// Whose `token` is.
    ///
    /// # Errors
    /// Where it is nobody's, or the cluster does not say.
    pub(super) async fn identify(
        &self,
        token: &str,
        queue: Queue,
        now: Timestamp,
    ) -> Result<Identity, ApiError> {
        let hashed: Hashed = Sha256::digest(token).into();
        let found = match look_up(&self.users, &hashed, now) {
            Some(found) => found,
            None => {
                let user = self.review(queue, self.reviewer.who(token)).await?;
                let found = user.map(|user| Identity {
                    name: format!("{PREFIX}{}", Printable(&user.name)),
                    grant: Grant::Cluster(Arc::new(user)),
                });
                remember(&self.users, hashed, found.clone(), now);
                found
            }
        };
        found.ok_or(ApiError::Unauthorised)
    }

    /// Refuses what the cluster's rules do not let `user` do.
    ///
    /// # Errors
    /// Where they do not, or the cluster does not say.
    pub(super) async fn allow(
        &self,
        user: &ClusterUser,
        deed: &ClusterDeed,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let asked = (user.clone(), deed.clone());
        let may = match look_up(&self.rules, &asked, now) {
            Some(may) => may,
            None => {
                let may = self.review(Queue::Usual, self.reviewer.may(user, deed)).await?;
                remember(&self.rules, asked, may, now);
                may
            }
        };
        if may {
            return Ok(());
        }
        Err(ApiError::Rules {
            name: Printable(&user.name).to_string(),
            deed: deed.clone(),
        })
    }

    async fn review<T>(
        &self,
        queue: Queue,
        asking: impl Future<Output = Result<T, String>>,
    ) -> Result<T, ApiError> {
        let places = match queue {
            Queue::Usual => &self.places,
            Queue::Crowd => &self.crowd,
        };
        let asked = async {
            // The places are never closed.
            let _place = places.acquire().await;
            asking.await
        };
        let answered = timeout(REVIEW_MAX, asked).await;
        answered
            .unwrap_or_else(|_| Err(format!("no answer within {} s", REVIEW_MAX.as_secs())))
            .map_err(ApiError::NotReviewed)
    }
}

fn look_up<K: Eq + Hash + Clone, V: Clone>(
    remembered: &Mutex<Remembered<K, V>>,
    key: &K,
    now: Timestamp,
) -> Option<V> {
    let remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
    remembered.get(key, now).cloned()
}

fn remember<K: Eq + Hash + Clone, V>(remembered: &Mutex<Remembered<K, V>>, key: K, value: V, now: Timestamp) {
    let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
    remembered.insert(key, value, now);
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    /// A cluster that knows the deployer, and takes its time over everybody else.
    #[derive(Debug)]
    struct Slow;

    #[async_trait]
    impl Reviewer for Slow {
        async fn who(&self, token: &str) -> Result<Option<ClusterUser>, String> {
            if token != "deployer" {
                std::future::pending::<()>().await;
            }
            Ok(Some(ClusterUser {
                name: token.to_owned(),
                uid: String::new(),
                groups: Vec::new(),
                extra: BTreeMap::new(),
            }))
        }

        async fn may(&self, _: &ClusterUser, _: &ClusterDeed) -> Result<bool, String> {
            Ok(true)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_the_reviews_of_a_crowd() {
        let cluster = ByCluster::new(Arc::new(Slow));
        let made_up: Vec<String> = (0..1_000).map(|number| format!("made up {number}")).collect();
        let asked = made_up
            .iter()
            .map(|token| cluster.identify(token, Queue::Crowd, Timestamp(0)));
        let mut crowd = std::pin::pin!(join_all(asked));
        assert!(crowd.as_mut().now_or_never().is_none());
        let deployer = cluster
            .identify("deployer", Queue::Usual, Timestamp(0))
            .now_or_never();
        assert_eq!(deployer.unwrap().unwrap().name, "kubernetes:deployer");
        let answers = crowd.await;
        let is_given_up =
            |answer: &Result<Identity, ApiError>| matches!(answer, Err(ApiError::NotReviewed(_)));
        assert!(answers.iter().all(is_given_up));
    }
}
