//! All attackers together, in a runtime of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{asking, bodies, slow_heads};
use crate::PATIENCE;

/// Connections that send their head byte by byte.
const SLOW_HEADS: usize = 500;

/// Clients that send bodies of a gigabyte: one half says so first, the other does not.
const BODIES: usize = 8;

/// Clients that ask for lists and details as fast as they are answered.
const ASKING: usize = 1000;

/// The attackers; they stop with the runtime.
pub(super) struct Force {
    runtime: Runtime,
    counts: Arc<Counts>,
}

/// What the attackers did.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) slow_heads: AtomicU64,
    pub(super) bodies: AtomicU64,
    pub(super) answers: AtomicU64,
    pub(super) turned_away: AtomicU64,
    /// One permit for each attacker that has been answered, cut off or refused once.
    begun: Begun,
}

struct Begun(Semaphore);

impl Default for Begun {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Counts {
    /// Another attacker is at work.
    pub(super) fn begun(&self) {
        self.begun.0.add_permits(1);
    }
}

impl Force {
    pub(super) fn begin(address: SocketAddr, names: Arc<[String]>) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let counts = Arc::<Counts>::default();
        for _ in 0..SLOW_HEADS {
            runtime.spawn(slow_heads::send(address, Arc::clone(&counts)));
        }
        for number in 0..BODIES {
            let announced = number % 2 == 0;
            runtime.spawn(bodies::send(address, announced, Arc::clone(&counts)));
        }
        for number in 0..ASKING {
            runtime.spawn(asking::ask(
                address,
                Arc::clone(&names),
                number,
                Arc::clone(&counts),
            ));
        }
        Ok(Self { runtime, counts })
    }

    /// Waits until every attacker is at work.
    pub(super) async fn is_in_full(&self) -> anyhow::Result<()> {
        let everybody = u32::try_from(SLOW_HEADS + BODIES + ASKING)?;
        let begun = self.counts.begun.0.acquire_many(everybody);
        let begun = timeout(PATIENCE, begun).await;
        begun.context("not every attacker could begin")??.forget();
        self.counts.answers.store(0, Ordering::Relaxed);
        self.counts.turned_away.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Stops them, and says what they did.
    pub(super) fn end(self, lasted: Duration) -> String {
        self.runtime.shutdown_background();
        let per_second = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64 / lasted.as_secs_f64();
        format!(
            "{SLOW_HEADS} connections that send their head byte by byte, {BODIES} that send bodies of 1 GiB one after the \
             other, and {ASKING} clients that ask for lists and details as fast as they can ({:.0} answers a second, and {:.0} \
             turned away), all at once for {:.0} s",
            per_second(&self.counts.answers),
            per_second(&self.counts.turned_away),
            lasted.as_secs_f64(),
        )
    }
}
