//! What is known of each Canary beyond its object, shared by those who start and those who tell.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::missing::Missing;
use crate::driver::Seen;
use crate::engine::Status;
use crate::kubernetes::status::ObservedStatus;

/// What is known of one Canary.
#[derive(Debug, Clone)]
pub(super) struct Note {
    /// The object that it is of.
    pub(super) uid: String,
    /// What was dealt with last, as far as the journal has it.
    pub(super) dealt: Option<Dealt>,
    /// What it names and is not there; not known before the first look at what is.
    pub(super) missing: Missing,
    /// The rollout that the journal had when this process met the object.
    pub(super) past: Option<Arc<Status>>,
    /// The status that the object had then, as JSON: kept for a long time, and read once.
    pub(super) status: Arc<str>,
}

/// What was dealt with last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dealt {
    pub(super) seen: Seen,
    /// The newest rollout that a change started. Whatever the journal has after it, the status does not know of yet.
    pub(super) rollout: Option<String>,
}

impl From<&Dealt> for ObservedStatus {
    fn from(dealt: &Dealt) -> Self {
        let Dealt { seen, rollout } = dealt.clone();
        Self {
            workload: seen.workload,
            revision: seen.revision,
            start: seen.start,
            rollout,
        }
    }
}

impl From<ObservedStatus> for Dealt {
    fn from(observed: ObservedStatus) -> Self {
        Self {
            seen: Seen {
                workload: observed.workload,
                revision: observed.revision,
                start: observed.start,
            },
            rollout: observed.rollout,
        }
    }
}

/// The notes of every Canary, by `namespace/name`.
#[derive(Debug)]
pub(super) struct Notes {
    notes: Mutex<BTreeMap<String, Note>>,
    changed: watch::Sender<()>,
}

impl Default for Notes {
    fn default() -> Self {
        Self {
            notes: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }
}

impl Notes {
    /// What is known of the object of this uid.
    pub(super) fn of(&self, canary: &str, uid: &str) -> Option<Note> {
        self.lock().get(canary).filter(|note| note.uid == uid).cloned()
    }

    /// Begins a note.
    pub(super) fn add(&self, canary: &str, note: Note) {
        self.lock().insert(canary.to_owned(), note);
        self.changed.send_replace(());
    }

    /// This was dealt with; a rollout that came of it is in the journal.
    pub(super) fn dealt(&self, canary: &str, dealt: &Dealt) {
        if let Some(note) = self.lock().get_mut(canary) {
            note.dealt = Some(dealt.clone());
        }
        self.changed.send_replace(());
    }

    /// This is missing of what it names.
    pub(super) fn missing(&self, canary: &str, missing: Missing) {
        let has_changed = match self.lock().get_mut(canary) {
            Some(note) if note.missing != missing => {
                note.missing = missing;
                true
            }
            _ => false,
        };
        if has_changed {
            self.changed.send_replace(());
        }
    }

    /// Forgets what is not among `canaries`.
    pub(super) fn retain(&self, is_there: impl Fn(&str) -> bool) {
        self.lock().retain(|canary, _| is_there(canary));
    }

    /// Wakes whenever something in them changed.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
