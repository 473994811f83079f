//! Whoever is known.

use std::sync::Arc;

use super::cluster::ClusterUser;
use super::role::Role;

/// Somebody who is known, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Identity {
    /// The name that the journal keeps.
    pub(in crate::api) name: String,
    /// What they may do.
    pub(super) grant: Grant,
}

/// What decides over what somebody may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Grant {
    /// Their role.
    Role(Role),
    /// The rules of the cluster that knows them.
    Cluster(Arc<ClusterUser>),
}

impl Identity {
    /// Somebody with a role.
    pub(super) fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            grant: Grant::Role(role),
        }
    }
}
