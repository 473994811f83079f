//! How the process ends: the first signal drains, the second stops at once.
//!
//! What was started last ends first. Every step has a name and a bound, and its end is logged with its duration; a step that does
//! not end within its bound is left where it stands, as a crash would leave it, and the next one follows.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use crate::clock::Stopwatch;

/// The signals that ask the process to end: SIGTERM and SIGINT. From its making on neither ends the process by itself.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens for them from now on. To be called within a runtime.
    ///
    /// # Errors
    /// If the system does not let it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The name of the next one. Safe to drop and to call again.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// How a drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every step ended.
    Whole,
    /// So many steps did not end within their bound.
    Cut(usize),
    /// A second signal stopped it.
    Stopped,
}

/// What has to end, in the order in which it began.
#[derive(Default)]
pub struct Drain {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    bound: Duration,
    work: BoxFuture<'static, ()>,
}

impl Drain {
    /// Adds what began now: `work` ends it, within `bound`.
    pub fn add(
        &mut self,
        name: &'static str,
        bound: Duration,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.steps.push(Step {
            name,
            bound,
            work: Box::pin(work),
        });
    }

    /// Ends everything, the last first, all of it within `bound`, unless another of `signals` comes before it is done.
    pub async fn run(self, signals: &mut Signals, bound: Duration) -> Drained {
        tokio::select! {
            biased;
            second = signals.next() => {
                tracing::warn!(signal = second, "stopped at once; the next start goes on from the journal");
                Drained::Stopped
            }
            cut = self.each(bound) => if cut == 0 { Drained::Whole } else { Drained::Cut(cut) },
        }
    }

    async fn each(self, bound: Duration) -> usize {
        let mut cut = 0;
        let whole = Stopwatch::start();
        for Step {
            name,
            bound: own,
            work,
        } in self.steps.into_iter().rev()
        {
            let stopwatch = Stopwatch::start();
            let bound = own.min(bound.saturating_sub(whole.elapsed()));
            let ended = timeout(bound, work).await.is_ok();
            let duration_ms = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
            if ended {
                tracing::info!(step = name, duration_ms, "shutdown: {name} ended");
            } else {
                cut += 1;
                tracing::warn!(
                    step = name,
                    duration_ms,
                    "shutdown: {name} did not end within {} s and is left where it stands",
                    bound.as_secs_f64()
                );
            }
        }
        cut
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_began_last_ends_first_and_a_step_that_hangs_is_left() {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let mut drain = Drain::default();
        let end = |name: &'static str| {
            let ended = Arc::clone(&ended);
            async move { ended.lock().unwrap().push(name) }
        };
        drain.add("store", Duration::from_secs(1), end("store"));
        drain.add("driver", Duration::from_secs(1), std::future::pending());
        drain.add("API", Duration::from_secs(1), end("API"));

        assert_eq!(drain.each(Duration::from_secs(10)).await, 1);

        assert_eq!(*ended.lock().unwrap(), ["API", "store"]);
    }

    #[tokio::test(start_paused = true)]
    async fn all_steps_together_have_a_bound() {
        let stopwatch = Stopwatch::start();
        let mut drain = Drain::default();
        for name in ["store", "driver", "API"] {
            drain.add(name, Duration::from_secs(4), std::future::pending());
        }

        assert_eq!(drain.each(Duration::from_secs(5)).await, 3);

        assert!(stopwatch.elapsed() < Duration::from_secs(6));
    }
}
