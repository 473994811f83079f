//! One thing that is checked, however many ask.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::answer::{CheckAnswer, CheckStatus};
use crate::clock::Stopwatch;

/// A check that takes longer has failed. Kubernetes waits a second for a probe by default, and is answered within it.
const CHECK_TIMEOUT: Duration = Duration::from_millis(900);

/// An answer is good for as long as this: probes come every few seconds, and anybody may ask as often as they like.
const FRESH: Duration = Duration::from_millis(500);

/// Something that can be asked whether it is well. An `async` closure is one.
#[async_trait]
pub trait Check: Send + Sync {
    /// Whether all is well.
    ///
    /// # Errors
    /// What is wrong, for people.
    async fn check(&self) -> Result<(), String>;
}

#[async_trait]
impl<F, R> Check for F
where
    F: Fn() -> R + Send + Sync,
    R: Future<Output = Result<(), String>> + Send,
{
    async fn check(&self) -> Result<(), String> {
        self().await
    }
}

/// A check under way once at most, whose answer is kept for a moment.
pub(super) struct Watched {
    check: Box<dyn Check>,
    newest: Mutex<Option<(Stopwatch, CheckAnswer)>>,
}

impl Watched {
    pub(super) fn new(check: Box<dyn Check>) -> Self {
        let newest = Mutex::new(None);
        Self { check, newest }
    }

    /// The answer, a fresh one or one of a moment ago.
    pub(super) async fn look(&self) -> CheckAnswer {
        let mut newest = self.newest.lock().await;
        if let Some((taken, answer)) = &*newest
            && taken.elapsed() < FRESH
        {
            return answer.clone();
        }
        let stopwatch = Stopwatch::start();
        let checked = timeout(CHECK_TIMEOUT, self.check.check()).await;
        let detail = checked
            .unwrap_or_else(|_| Err(format!("no answer within {} ms", CHECK_TIMEOUT.as_millis())))
            .err();
        let status = if detail.is_none() {
            CheckStatus::Ok
        } else {
            CheckStatus::Error
        };
        let answer = CheckAnswer {
            status,
            latency_ms: u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX),
            detail,
        };
        *newest = Some((Stopwatch::start(), answer.clone()));
        answer
    }
}
