//! Who may be connected, and who makes room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// The places of one listener. Clones are the same places.
#[derive(Clone)]
pub(super) struct Places(Arc<Mutex<Table>>);

struct Table {
    places_max: usize,
    taken: usize,
    /// Connections that wait for their client, by when they began to, with the way to end them.
    idle: BTreeMap<u64, CancellationToken>,
    next: u64,
    all_gone: CancellationToken,
}

/// A connection's place; free again when it is dropped.
pub(super) struct Place(Arc<Seat>);

/// While it lives, the connection works for its client and is not asked to make room.
pub(super) struct Busy(Option<Arc<Seat>>);

struct Seat {
    places: Places,
    gone: CancellationToken,
    /// Its key among the idle, while it is one. Locked only under the table's lock.
    idle_since: Mutex<Option<u64>>,
}

impl Places {
    pub(super) fn new(places_max: usize) -> Self {
        Self(Arc::new(Mutex::new(Table {
            places_max,
            taken: 0,
            idle: BTreeMap::new(),
            next: 0,
            all_gone: CancellationToken::new(),
        })))
    }

    /// A place, unless every connection is busy; and whether the bound was reached.
    pub(super) fn take(&self) -> (Option<Place>, bool) {
        let mut table = self.table();
        let is_full = table.taken >= table.places_max;
        if is_full {
            let Some((_, longest_idle)) = table.idle.pop_first() else {
                return (None, true);
            };
            longest_idle.cancel();
        }
        // One that was sent away gives its place back a moment later; until then there is one too many.
        table.taken += 1;
        let gone = table.all_gone.child_token();
        let seat = Seat {
            places: self.clone(),
            idle_since: Mutex::new(Some(table.wait(&gone))),
            gone,
        };
        (Some(Place(Arc::new(seat))), is_full)
    }

    /// Ends every connection.
    pub(super) fn clear(&self) {
        self.table().all_gone.cancel();
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.0)
    }
}

impl Place {
    /// Cancelled when the connection has to make room.
    pub(super) fn gone(&self) -> CancellationToken {
        self.0.gone.clone()
    }

    /// The connection has a request.
    pub(super) fn busy(&self) -> Busy {
        let mut table = self.0.places.table();
        if let Some(key) = lock(&self.0.idle_since).take() {
            table.idle.remove(&key);
        }
        Busy(Some(Arc::clone(&self.0)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.0.places.table();
        table.taken -= 1;
        if let Some(key) = lock(&self.0.idle_since).take() {
            table.idle.remove(&key);
        }
    }
}

impl Busy {
    /// The answer is a stream: the connection is never idle again.
    pub(super) fn for_ever(mut self) {
        self.0 = None;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(seat) = self.0.take() {
            let mut table = seat.places.table();
            *lock(&seat.idle_since) = Some(table.wait(&seat.gone));
        }
    }
}

impl Table {
    fn wait(&mut self, gone: &CancellationToken) -> u64 {
        let key = self.next;
        self.next += 1;
        self.idle.insert(key, gone.clone());
        key
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_that_waited_longest_makes_room() {
        let places = Places::new(2);
        let (first, second) = (places.take().0.unwrap(), places.take().0.unwrap());
        // The first one answers a request: from then on it waited less long than the second.
        drop(first.busy());
        let (third, made_room) = places.take();
        assert!(made_room && third.is_some());
        assert!(second.gone().is_cancelled());
        assert!(!first.gone().is_cancelled());
    }

    #[test]
    fn who_works_for_its_client_makes_no_room() {
        let places = Places::new(2);
        let (first, second) = (places.take().0.unwrap(), places.take().0.unwrap());
        let busy = first.busy();
        second.busy().for_ever();
        assert!(places.take().0.is_none());
        drop(busy);
        assert!(places.take().0.is_some());
        assert!(first.gone().is_cancelled());
    }

    #[test]
    fn a_connection_that_ends_gives_its_place_back() {
        let places = Places::new(1);
        drop(places.take());
        let (place, made_room) = places.take();
        assert!(place.is_some() && !made_room);
    }
}
