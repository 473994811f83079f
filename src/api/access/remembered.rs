//! What was found out, for a while and in a bounded number.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::spec::Timestamp;

/// Values that count for a while.
pub(super) struct Remembered<K, V> {
    known: HashMap<K, (Timestamp, V)>,
    max: usize,
    lifetime: Duration,
}

impl<K: Eq + Hash + Clone, V> Remembered<K, V> {
    /// At most `max` values at a time, each for `lifetime`.
    pub(super) fn new(max: usize, lifetime: Duration) -> Self {
        Self {
            known: HashMap::new(),
            max,
            lifetime,
        }
    }

    /// The value, if it counts at `now`.
    pub(super) fn get(&self, key: &K, now: Timestamp) -> Option<&V> {
        let (since, value) = self.known.get(key)?;
        (now.since(*since) < self.lifetime).then_some(value)
    }

    /// Takes a value in, found out at `now`; where there is no room, the oldest one goes.
    pub(super) fn insert(&mut self, key: K, value: V, now: Timestamp) {
        if self.known.len() >= self.max && !self.known.contains_key(&key) {
            let lifetime = self.lifetime;
            self.known.retain(|_, (since, _)| now.since(*since) < lifetime);
        }
        if self.known.len() >= self.max && !self.known.contains_key(&key) {
            let oldest = self.known.iter().min_by_key(|(_, (since, _))| *since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.known.remove(&oldest);
            }
        }
        self.known.insert(key, (now, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(10);

    #[test]
    fn a_value_counts_for_its_time_and_not_a_moment_longer() {
        let mut remembered = Remembered::new(2, LIFETIME);
        remembered.insert("a", 1, Timestamp(0));
        assert_eq!(remembered.get(&"a", Timestamp(9_999)), Some(&1));
        assert_eq!(remembered.get(&"a", Timestamp(10_000)), None);
        assert_eq!(remembered.get(&"b", Timestamp(0)), None);
    }

    #[test]
    fn where_there_is_no_room_the_oldest_goes() {
        let mut remembered = Remembered::new(2, LIFETIME);
        for (key, at) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            remembered.insert(key, at, Timestamp(at));
        }
        let found = ["a", "b", "c"].map(|key| remembered.get(&key, Timestamp(5)).copied());
        assert_eq!(found, [Some(3), None, Some(4)]);
    }
}
