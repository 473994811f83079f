//! People who call the service, whether it keeps up or not.
//!
//! The load is open-loop: requests arrive at random (a Poisson process) at a fixed mean rate, and a slow
//! answer does not slow the next arrival down, as it would not in production. What keeps it bounded is
//! [`IN_FLIGHT_MAX`]: an arrival beyond that is dropped and counted.

mod arrivals;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::arrivals::Arrivals;
use crate::clock::Stopwatch;

/// Most requests under way at once. Each takes four sockets of this one process (caller, router twice,
/// service), so this stays at half of the usual 1,024 open files; and it is six times what 300 requests
/// a second of 60 ms each need.
pub const IN_FLIGHT_MAX: usize = 128;

/// How long a caller waits for an answer. No demo service takes longer than three seconds.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What to send.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// Where to `GET /`.
    pub target: SocketAddr,
    /// Mean arrivals a second.
    pub rps: NonZeroU32,
    /// How long to wait for each answer; [`PATIENCE`] if there is no reason for another.
    pub patience: Duration,
    /// Draws the arrival times.
    pub seed: u64,
}

/// What became of the arrivals so far. `sent` is `answered` plus `failed` plus what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadTotals {
    /// Requests sent.
    pub sent: u64,
    /// Requests that got a whole answer, whatever its status.
    pub answered: u64,
    /// Requests that got none in time, or half of one.
    pub failed: u64,
    /// Arrivals that were not sent, because [`IN_FLIGHT_MAX`] requests were under way.
    pub dropped: u64,
}

/// A running load. Dropping it stops the arrivals.
#[derive(Debug)]
pub struct Load {
    totals: Arc<Mutex<LoadTotals>>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Load {
    /// Starts sending.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn start(plan: &LoadPlan) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(plan.patience)
            .pool_max_idle_per_host(IN_FLIGHT_MAX)
            .build()?;
        let load = Self {
            totals: Arc::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let callers = Callers {
            client,
            url: format!("http://{}/", plan.target),
            totals: Arc::clone(&load.totals),
            tasks: load.tasks.clone(),
        };
        let arrivals = Arrivals::new(plan.rps, plan.seed);
        let stopping = load.stopping.clone();
        load.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = stopping.cancelled() => {}
                () = callers.send_at(arrivals) => {}
            }
        });
        Ok(load)
    }

    /// What became of the arrivals so far.
    #[must_use]
    pub fn totals(&self) -> LoadTotals {
        *lock(&self.totals)
    }

    /// Stops the arrivals and waits for the requests under way, which takes no longer than their
    /// patience. Afterwards `sent` equals `answered` plus `failed`.
    pub async fn stop(self) -> LoadTotals {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.totals()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// Whoever sends the requests and waits for the answers.
struct Callers {
    client: reqwest::Client,
    url: String,
    totals: Arc<Mutex<LoadTotals>>,
    tasks: TaskTracker,
}

impl Callers {
    /// Sends a request at every arrival, for ever.
    async fn send_at(&self, mut arrivals: Arrivals) {
        let stopwatch = Stopwatch::start();
        loop {
            let wait = arrivals.next_after_start().saturating_sub(stopwatch.elapsed());
            // Even a sleep of no length takes up to a millisecond, and that would cap the rate.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            // One of the tasks is this loop.
            if self.tasks.len() > IN_FLIGHT_MAX {
                lock(&self.totals).dropped += 1;
            } else {
                self.send();
            }
        }
    }

    fn send(&self) {
        let answer = self.client.get(&self.url).send();
        let totals = Arc::clone(&self.totals);
        lock(&totals).sent += 1;
        self.tasks.spawn(async move {
            let whole_answer = async { answer.await?.bytes().await };
            match whole_answer.await {
                Ok(_) => lock(&totals).answered += 1,
                Err(_) => lock(&totals).failed += 1,
            }
        });
    }
}

fn lock(totals: &Mutex<LoadTotals>) -> MutexGuard<'_, LoadTotals> {
    totals.lock().unwrap_or_else(PoisonError::into_inner)
}
