//! Who is due when, of many.

use std::collections::{BTreeMap, BTreeSet};

use crate::spec::Timestamp;

/// Names, each with the time at which it is due.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    by_name: BTreeMap<String, Timestamp>,
    by_time: BTreeSet<(Timestamp, String)>,
}

impl Agenda {
    /// `name` is due then and at no other time; never, where no time is given.
    pub(super) fn set(&mut self, name: &str, due: Option<Timestamp>) {
        if self.by_name.get(name).copied() == due {
            return;
        }
        if let Some(before) = self.by_name.remove(name) {
            self.by_time.remove(&(before, name.to_owned()));
        }
        if let Some(due) = due {
            self.by_name.insert(name.to_owned(), due);
            self.by_time.insert((due, name.to_owned()));
        }
    }

    /// Who is due first, and when.
    pub(super) fn first(&self) -> Option<(Timestamp, &str)> {
        let (due, name) = self.by_time.first()?;
        Some((*due, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_due_first_comes_first_and_at_the_newest_time_alone() {
        let mut agenda = Agenda::default();
        agenda.set("a", Some(Timestamp(2)));
        agenda.set("b", Some(Timestamp(1)));
        assert_eq!(agenda.first(), Some((Timestamp(1), "b")));
        agenda.set("b", Some(Timestamp(3)));
        assert_eq!(agenda.first(), Some((Timestamp(2), "a")));
        agenda.set("a", None);
        assert_eq!(agenda.first(), Some((Timestamp(3), "b")));
        agenda.set("b", None);
        assert_eq!(agenda.first(), None);
    }
}
