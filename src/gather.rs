//! Those who ask the same at the same moment.
//!
//! Rollouts with one interval look at the same moments (their polls lie on multiples of it). Whoever asks first waits a little for the
//! others, and then asks for all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who waits, by what they ask together.
#[derive(Debug)]
pub(crate) struct Gather<Key, Waiting> {
    open: Mutex<HashMap<Key, Vec<Waiting>>>,
}

impl<Key, Waiting> Default for Gather<Key, Waiting> {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
        }
    }
}

impl<Key: Eq + Hash + Clone, Waiting> Gather<Key, Waiting> {
    /// Adds one, and gives whether it is the first: that one has to [`close`](Self::close), or to see to it that somebody does.
    pub(crate) fn join(&self, key: &Key, waiting: Waiting) -> bool {
        let mut open = self.open();
        let gathered = open.entry(key.clone()).or_default();
        gathered.push(waiting);
        gathered.len() == 1
    }

    /// All that have come; whoever comes from here on is the first again.
    pub(crate) fn close(&self, key: &Key) -> Vec<Waiting> {
        self.open().remove(key).unwrap_or_default()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Key, Vec<Waiting>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
