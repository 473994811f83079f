//! What happens when a rollout's loop breaks: a panic, which is a fault of Serin itself or of an edge.
//!
//! The loop goes on from the journal, as it would in another process. One that goes on breaking, or whose state cannot be
//! read, would leave a canary in traffic that nobody watches: then all traffic goes to stable, with the abort mark,
//! and the next start of the process finds the mark and ends the rollout.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::commits::JOURNAL_TIMEOUT;
use super::execute;
use super::record::Stored;
use super::runner::{Message, Runner};
use super::scene::Scene;
use crate::engine::{Event, Lower};
use crate::spec::Mode;

/// A fault that passes (one answer that an edge could not digest) is over by then.
const RESUMES_MAX: u32 = 3;

/// Pause before a loop goes on, and before a lowering is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs a loop, and picks up what is left when it breaks.
pub(super) async fn run(runner: Box<Runner>, mut inbox: mpsc::Receiver<Message>, stop: CancellationToken) {
    let (shared, board) = (runner.shared.clone(), runner.board.clone());
    let scene = Arc::clone(&runner.scene);

    if is_whole(&scene, runner.run(&mut inbox, &stop)).await {
        return;
    }
    for _ in 0..RESUMES_MAX {
        if board.is_over() || stop.is_cancelled() {
            return;
        }
        sleep(PAUSE).await;
        let Some(stored) = stored(&scene).await else { break };
        // A box of its own: no task is made larger for what is rare.
        let resumed = Box::pin(async {
            let runner = Box::new(Runner::resume(shared.clone(), stored, Some(board.clone())));
            runner.run(&mut inbox, &stop).await;
        });
        if is_whole(&scene, resumed).await {
            return;
        }
    }
    if !board.has_ended() && scene.canary.mode == Mode::Control {
        give_to_stable(&scene, &stop).await;
    }
}

/// Runs `work` to its end; whether it got there. Not an `async fn`, which would have room for `work` twice.
fn is_whole(scene: &Scene, work: impl Future<Output = ()>) -> impl Future<Output = bool> {
    AssertUnwindSafe(work).catch_unwind().map(|result| {
        if let Err(panic) = &result {
            tracing::error!(
                rollout.id = scene.rollout,
                "the rollout's loop broke, a fault of Serin itself: {}",
                words(&**panic)
            );
        }
        result.is_ok()
    })
}

async fn stored(scene: &Scene) -> Option<Stored> {
    let unfinished = timeout(JOURNAL_TIMEOUT, scene.ports.journal.unfinished()).await;
    let unfinished = unfinished.ok()?.ok()?;
    unfinished
        .into_iter()
        .find(|stored| stored.rollout.id() == scene.rollout)
}

async fn give_to_stable(scene: &Scene, stop: &CancellationToken) {
    tracing::error!(
        rollout.id = scene.rollout,
        "nobody watches this canary any more; all traffic goes to stable, and the next start of Serin ends the rollout"
    );
    let abort = Lower {
        to: 0,
        epoch_floor: 0,
        abort: true,
    };
    while let Event::NotWritten(fault) = execute::lower(scene, &abort).await {
        tracing::error!(rollout.id = scene.rollout, "not lowered yet: {}", fault.reason);
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return;
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
