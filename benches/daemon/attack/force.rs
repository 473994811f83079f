//! All attackers together, in a runtime of their own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{asking, bodies, slow_heads};
use crate::PATIENCE;

/// Connections that send their head byte by byte.
const SLOW_HEADS: usize = 500;

/// Clients that send bodies of a gigabyte: one half says so first, the other does not.
const BODIES: usize = 8;

/// Clients that ask for lists and details by the clock.
const ASKING: usize = 1000;

/// What they offer together, a second, whether or not they are answered.
pub(super) const OFFERED: f64 = ASKING as f64 / asking::PERIOD.as_secs_f64();

/// The attackers; they stop when it is dropped.
pub(super) struct Force {
    present: Arc<Semaphore>,
    _stop: DropGuard,
}

/// What they did, rounds together.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) asked: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) cut_off: AtomicU64,
    pub(super) slow_heads: AtomicU64,
    pub(super) bodies: AtomicU64,
}

impl Counts {
    /// What was really asked, a second: less than [`OFFERED`] where the clock was not kept, or connections took no more.
    pub(super) fn asked_per_second(&self, lasted: Duration) -> f64 {
        self.asked.load(Ordering::Relaxed) as f64 / lasted.as_secs_f64()
    }

    /// All of it in words.
    pub(super) fn report(&self, lasted: Duration) -> String {
        let seconds = lasted.as_secs_f64();
        let rate = |count: &AtomicU64| format!("{:.0}", count.load(Ordering::Relaxed) as f64 / seconds);
        format!(
            "{SLOW_HEADS} connections that send their head byte by byte ({} begun a second), {BODIES} that send a body of 1 GiB \
             ({} a second) and {ASKING} clients that offer {OFFERED:.0} questions a second between them, for lists and details and \
             whether or not they are answered (a second: {} asked, {} answered, {} turned away, {} connections cut off), all at \
             once for {seconds:.0} s",
            rate(&self.slow_heads),
            rate(&self.bodies),
            rate(&self.asked),
            rate(&self.answered),
            rate(&self.turned_away),
            rate(&self.cut_off),
        )
    }
}

impl Force {
    pub(super) fn begin(
        address: SocketAddr,
        names: &Arc<[String]>,
        counts: &Arc<Counts>,
    ) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let present = Arc::new(Semaphore::new(0));
        for _ in 0..SLOW_HEADS {
            runtime.spawn(slow_heads::send(address, Arc::clone(counts)));
        }
        for number in 0..BODIES {
            runtime.spawn(bodies::send(address, number % 2 == 0, Arc::clone(counts)));
        }
        for number in 0..ASKING {
            let asker = asking::Asker::new(Arc::clone(names), (number, ASKING), Arc::clone(counts));
            runtime.spawn(asker.ask(address, Arc::clone(&present)));
        }
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        // A runtime must not be dropped by a task.
        thread::spawn(move || {
            runtime.block_on(stopped.cancelled());
            runtime.shutdown_background();
        });
        Ok(Self {
            present,
            _stop: stop.drop_guard(),
        })
    }

    /// Waits until every client that asks was heard, or cut off, once.
    pub(super) async fn is_in_full(&self) -> anyhow::Result<()> {
        let all = self.present.acquire_many(u32::try_from(ASKING)?);
        let all = timeout(PATIENCE, all).await;
        all.context("not every attacker could begin")??.forget();
        Ok(())
    }
}
