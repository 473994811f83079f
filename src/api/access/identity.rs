//! Whoever is known.

use super::role::Role;

/// Somebody who is known, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Identity {
    /// The name that the journal keeps.
    pub(in crate::api) name: String,
    /// What they may do.
    pub(in crate::api) role: Role,
}

impl Identity {
    pub(super) fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
        }
    }
}
