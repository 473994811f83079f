//! Appends that wait for the one writer of a SQLite file are written together.
//!
//! Rollouts that share an interval look at the same instant, so their appends come all at once; and a commit waits for the disk
//! where a statement does not. So whoever has the turn to write takes along what waits: one transaction for all of it, and
//! one sync. An append that does not fit spoils nobody else's: then each is written alone.
//!
//! Safe to drop at any await. Whoever is dropped while writing leaves nothing behind, and the others write again; an append that is
//! dropped while somebody writes it is kept whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Store;
use super::error::StoreError;
use crate::driver::{Entry, Stored};

/// Appends in one transaction: enough for a fleet's burst to be a handful of them, and few enough that the first does not wait
/// long for the last.
const GROUP_MAX: usize = 64;

/// One append.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) entries: Vec<Entry>,
    pub(super) state: Arc<Stored>,
}

/// Those that wait for their turn: one of each rollout at the most, as its loop has one append under way.
#[derive(Debug, Default)]
pub(super) struct Groups {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    append: Arc<Append>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Groups {
    /// Sees an append to `store` through, with those that wait when its turn comes.
    pub(super) async fn append(&self, store: &Store, append: Append) -> Result<(), StoreError> {
        let append = Arc::new(append);
        let mut answered = self.wait(&append);
        loop {
            tokio::select! {
                biased;
                answer = &mut answered => match answer {
                    Ok(answer) => return answer,
                    // Whoever wrote it was dropped.
                    Err(_) => answered = self.wait(&append),
                },
                // A box of its own: all wait with this future, and one writes.
                _turn = self.turn.lock() => Box::pin(self.write_group(store)).await,
            }
        }
    }

    fn wait(&self, append: &Arc<Append>) -> oneshot::Receiver<Result<(), StoreError>> {
        let (answer, answered) = oneshot::channel();
        self.waiting().push(Waiting {
            append: Arc::clone(append),
            answer,
        });
        answered
    }

    async fn write_group(&self, store: &Store) {
        let (appends, answers): (Vec<_>, Vec<_>) = self
            .take()
            .into_iter()
            .map(|waiting| (waiting.append, waiting.answer))
            .unzip();
        let written = store.write(&appends).await;
        let is_ones_own = written.as_ref().is_err_and(StoreError::is_about_what_is_written);
        for (append, answer) in appends.into_iter().zip(answers) {
            let written = if is_ones_own {
                store.write(&[append]).await
            } else {
                written.clone()
            };
            // Whoever is dropped meanwhile asks no more.
            let _ = answer.send(written);
        }
    }

    /// Those that have waited longest, without those that nobody waits for any more.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        waiting.retain(|waiting| !waiting.answer.is_closed());
        let number = waiting.len().min(GROUP_MAX);
        waiting.drain(..number).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
