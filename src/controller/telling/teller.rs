//! Writes statuses, a few at once, each when it is due.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::agenda::Agenda;
use super::difference::difference;
use super::outline::Outline;
use super::projection::{Circumstances, Facts, project};
use super::slot::{Change, Slot};
use super::write::{newest, write};
use crate::canaries::cluster::{Resource, Resources};
use crate::controller::Parts;
use crate::controller::missing::Missing;
use crate::controller::notes::Notes;
use crate::driver::Progress;
use crate::kubernetes::Failure;
use crate::spec::Timestamp;

/// Writes at once: a server that is slow is not asked for more, and what waits is overtaken by what is newer.
const AT_ONCE: usize = 8;

/// One Canary's status.
struct Told {
    uid: String,
    slot: Slot,
    /// The status as the object has it, as JSON: as values it would be the most of what a Canary takes. None where it is to be read
    /// first.
    written: Option<Arc<str>>,
    /// Where the rollout stood when it was looked at last.
    outline: Option<Outline>,
    /// What was there to tell when it was looked at last.
    circumstances: Circumstances,
}

struct Teller<'a> {
    parts: &'a Parts,
    notes: &'a Notes,
    told: BTreeMap<String, Told>,
    /// When each of them is to be written.
    agenda: Agenda,
    writes: FuturesUnordered<BoxFuture<'a, Written>>,
}

/// What became of a write.
struct Written {
    name: String,
    uid: String,
    result: Result<Value, Failure>,
}

/// Works for as long as it is polled.
pub(in crate::controller) async fn run(parts: &Parts, notes: &Notes) {
    let mut teller = Teller {
        parts,
        notes,
        told: BTreeMap::new(),
        agenda: Agenda::default(),
        writes: FuturesUnordered::new(),
    };
    let mut resources = parts.resources.clone();
    let mut progress = parts.driver.subscribe();
    let mut noted = notes.changes();
    // What was there before this began is told as well.
    noted.mark_changed();
    loop {
        // What changed since is left for the branch below to see.
        let now = Arc::clone(&resources.borrow());
        let due = teller.write_due(&now);
        tokio::select! {
            changed = resources.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = Arc::clone(&resources.borrow_and_update());
                teller.compare(&now);
            }
            changed = noted.changed() => if changed.is_ok() { teller.compare(&now) },
            happened = progress.recv() => match happened {
                Ok(progress) => teller.touch(&progress),
                Err(RecvError::Lagged(_)) => teller.touch_all(),
                Err(RecvError::Closed) => return,
            },
            Some(written) = teller.writes.next() => teller.take(written),
            () = parts.clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {}
        }
    }
}

impl Teller<'_> {
    fn touch(&mut self, progress: &Progress) {
        let status = &progress.status;
        let name = format!("{}/{}", status.namespace, status.name);
        let Some(told) = self.told.get_mut(&name) else {
            return;
        };
        let outline = Some(Outline::of(status));
        told.slot.touch(match told.outline {
            _ if status.phase.is_final() => Change::End,
            ref before if *before == outline => Change::Figures,
            _ => Change::Standing,
        });
        told.outline = outline;
        self.agenda.set(&name, told.slot.due());
    }

    fn touch_all(&mut self) {
        for (name, told) in &mut self.told {
            told.slot.touch(Change::Standing);
            self.agenda.set(name, told.slot.due());
        }
    }

    /// Looks which Canaries there are, and of which there is something else to tell.
    fn compare(&mut self, resources: &Resources) {
        self.told.retain(|name, _| {
            let is_there = resources.canaries.contains_key(name);
            if !is_there {
                self.agenda.set(name, None);
            }
            is_there
        });
        for (name, resource) in &resources.canaries {
            // Without its past nobody could say what to write.
            let Some(note) = self.notes.of(name, &resource.uid) else {
                continue;
            };
            let circumstances = Circumstances {
                generation: resource.generation,
                refused: resources.refused.get(name).cloned(),
                missing: note.missing,
                dealt: note.dealt,
            };
            match self.told.get_mut(name).filter(|told| told.uid == resource.uid) {
                Some(told) if told.circumstances == circumstances => {}
                Some(told) => {
                    // What was written before anybody had looked was written too early.
                    let is_late = told.circumstances.missing == Missing::Unknown
                        && circumstances.missing != Missing::Unknown;
                    told.circumstances = circumstances;
                    told.slot
                        .touch(if is_late { Change::End } else { Change::Standing });
                    self.agenda.set(name, told.slot.due());
                }
                None => {
                    let mut slot = Slot::default();
                    slot.touch(Change::Standing);
                    self.agenda.set(name, slot.due());
                    let told = Told {
                        uid: resource.uid.clone(),
                        slot,
                        written: Some(note.status),
                        outline: None,
                        circumstances,
                    };
                    self.told.insert(name.clone(), told);
                }
            }
        }
    }

    /// Begins the writes that are due, who waits longest first, and gives when the next one is.
    fn write_due(&mut self, resources: &Resources) -> Option<Timestamp> {
        let now = self.parts.clock.now();
        while let Some((at, name)) = self.agenda.first() {
            if at > now {
                return Some(at);
            }
            if self.writes.len() >= AT_ONCE {
                // A write that ends wakes this again.
                return None;
            }
            let name = name.to_owned();
            self.agenda.set(&name, None);
            if let Some(resource) = resources.canaries.get(&name) {
                self.begin(&name, resource, now);
            } else if let Some(told) = self.told.get_mut(&name) {
                told.slot.is_clean();
            }
        }
        None
    }

    fn begin(&mut self, name: &str, resource: &Resource, now: Timestamp) {
        let Some(note) = self.notes.of(name, &resource.uid) else {
            return;
        };
        let Some(told) = self.told.get_mut(name) else {
            return;
        };
        let rollout = newest(self.parts, resource, note);
        let facts = Facts {
            circumstances: told.circumstances.clone(),
            rollout,
            now,
        };
        let written = told.written.as_deref();
        let before = written.and_then(|written| serde_json::from_str(written).ok());
        if let Some(before) = &before
            && difference(before, &project(&facts, before)).is_none()
        {
            told.slot.is_clean();
            return;
        }
        told.slot.begin(now);
        let (parts, name, uid) = (self.parts, name.to_owned(), resource.uid.clone());
        let (namespace, object) = (resource.namespace.clone(), resource.name.clone());
        let write = async move {
            let result = write(parts, &namespace, &object, before, &facts).await;
            Written { name, uid, result }
        };
        self.writes.push(write.boxed());
    }

    fn take(&mut self, written: Written) {
        let Written { name, uid, result } = written;
        let Some(told) = self.told.get_mut(&name).filter(|told| told.uid == uid) else {
            return;
        };
        match result {
            Ok(status) => {
                told.written = Some(status.to_string().into());
                told.slot.succeeded();
            }
            // It is gone, and the watch says so soon.
            Err(Failure::NotFound(_)) => told.slot.succeeded(),
            Err(failure) => {
                if told.slot.failed(self.parts.clock.now(), &failure) {
                    tracing::warn!(
                        canary = name,
                        "its status is not written, and tried again: {failure}"
                    );
                }
                told.written = None;
            }
        }
        self.agenda.set(&name, told.slot.due());
    }
}
