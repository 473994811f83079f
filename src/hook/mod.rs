//! Calls out to people's gates and tests, as Flagger calls its webhooks.
//!
//! Promises: the payload is Flagger's, and so is what passes (a status of up to 202). A call goes only where the administrator's list says,
//! checked at every call; its host is looked up once, by [`lookup`], and whatever is no server of others is dropped: this machine,
//! link-local and metadata addresses. What is connected to is one of the addresses that were checked. Redirects are not followed and no
//! proxy is asked. Every attempt, answer and pause is bounded, and so is the number of calls at once.

mod attempt;
mod clients;
mod counters;
pub mod lookup;
mod payload;
mod reach;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use url::Url;

use self::attempt::{Attempt, attempt};
use self::clients::Clients;
pub use self::counters::Counters;
use self::lookup::{Lookup, Name, SystemLookup};
pub use self::reach::Reach;
use crate::authorities::Authorities;
use crate::driver::HOOK_PAUSE_MAX;
use crate::driver::ports::{HookReply, HookRequest, Hooks};
use crate::engine::HookOutcome;
use crate::spec::AllowList;

/// Calls under way at once, of all rollouts: as many as a busy fleet asks in a moment, and no attack on a gate.
const CALLS_MAX: usize = 256;

/// A call that finds no place waits so long for one; then the next look asks again.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause before the second attempt; it doubles from then on. Flagger's own.
const PAUSE_FIRST: Duration = Duration::from_secs(1);

/// Doublings until the longest pause is surely reached.
const DOUBLINGS_MAX: u32 = 5;

/// Calls hooks.
pub struct HookCaller {
    allowed: AllowList,
    lookup: Arc<dyn Lookup>,
    clients: Clients,
    turns: Semaphore,
    counters: Arc<Counters>,
}

impl HookCaller {
    /// Calls those that `allowed` lists, by the system's names.
    #[must_use]
    pub fn new(allowed: AllowList) -> Self {
        Self::with_lookup(allowed, Arc::new(SystemLookup))
    }

    /// The same by other names.
    #[must_use]
    pub fn with_lookup(allowed: AllowList, lookup: Arc<dyn Lookup>) -> Self {
        Self {
            allowed,
            lookup,
            clients: Clients::default(),
            turns: Semaphore::new(CALLS_MAX),
            counters: Arc::default(),
        }
    }

    /// The same, trusting those authorities in place of the system's.
    #[must_use]
    pub fn trusting(self, authorities: Authorities) -> Self {
        Self {
            clients: Clients::trusting(authorities),
            ..self
        }
    }

    /// What its bounds turned away.
    #[must_use]
    pub const fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Where the call goes, if it may go there.
    fn address(&self, request: &HookRequest<'_>) -> Result<Url, HookReply> {
        let url = Url::parse(&request.hook.url).map_err(|error| HookReply::not_called(error.to_string()))?;
        if self.allowed.allows(&url) {
            return Ok(url);
        }
        self.counters.not_allowed.fetch_add(1, Ordering::Relaxed);
        Err(HookReply::not_called(format!(
            "`hooks.allow` of the configuration does not list {}",
            url.origin().ascii_serialization()
        )))
    }

    async fn attempts(&self, url: &Url, request: &HookRequest<'_>) -> HookReply {
        let body = payload::body(request);
        // Looked up once: what was checked is what every attempt connects to.
        let mut name = Name::new(url);
        let mut attempts = 0;
        loop {
            let one = attempt(
                &self.clients,
                &*self.lookup,
                &mut name,
                url,
                request.key,
                body.clone(),
            );
            let late = || {
                Attempt::later(format!(
                    "no answer within {} s",
                    request.hook.timeout.as_secs_f64()
                ))
            };
            let made = timeout(request.hook.timeout, one)
                .await
                .unwrap_or_else(|_| late());
            match made {
                Attempt::Done(reply) => return reply,
                Attempt::NotAllowed(why) => {
                    self.counters.not_allowed.fetch_add(1, Ordering::Relaxed);
                    return HookReply::not_called(why);
                }
                Attempt::Later { detail, wait } if attempts < request.hook.retries => {
                    tracing::debug!(hook.name = request.hook.name, attempts, "called again: {detail}");
                    let doubled = PAUSE_FIRST * (1 << attempts.min(DOUBLINGS_MAX));
                    sleep(wait.unwrap_or(doubled).min(HOOK_PAUSE_MAX)).await;
                    attempts += 1;
                }
                Attempt::Later { detail, .. } => {
                    let outcome = HookOutcome::Failed;
                    return HookReply { outcome, detail };
                }
            }
        }
    }
}

#[async_trait]
impl Hooks for HookCaller {
    async fn call(&self, request: &HookRequest<'_>) -> HookReply {
        let url = match self.address(request) {
            Ok(url) => url,
            Err(reply) => return reply,
        };
        // A semaphore that nobody closes gives a turn or keeps one waiting.
        let Ok(Ok(_turn)) = timeout(TURN_TIMEOUT, self.turns.acquire()).await else {
            self.counters.calls.fetch_add(1, Ordering::Relaxed);
            return HookReply::not_called(format!("{CALLS_MAX} other calls of hooks are under way"));
        };
        self.attempts(&url, request).await
    }
}

impl fmt::Debug for HookCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCaller")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}
