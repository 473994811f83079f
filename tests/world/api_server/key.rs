//! Where an object is kept.

use super::kinds::Served;

/// Where an object is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    group: &'static str,
    plural: &'static str,
    /// Empty for kinds that live in none.
    pub(super) namespace: String,
    /// `metadata.name`.
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(kind: &Served, namespace: &str, name: &str) -> Self {
        Self {
            group: kind.group,
            plural: kind.plural,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Whether it is of this kind, and in this namespace where one is told.
    pub(super) fn is_of(&self, kind: &Served, namespace: Option<&str>) -> bool {
        self.group == kind.group
            && self.plural == kind.plural
            && namespace.is_none_or(|namespace| self.namespace == namespace)
    }
}
