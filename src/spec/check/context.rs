//! What the check of a metric needs to know of its Canary.

use super::Templates;
use crate::spec::checked::{DataSource, Traffic, Workloads};

/// The Canary that a metric belongs to.
pub(super) struct Context<'a> {
    /// Its namespace.
    pub(super) namespace: &'a str,
    /// The Canary's name.
    pub(super) name: &'a str,
    /// Where its requests go; `None` where that could not be told.
    pub(super) traffic: Option<&'a Traffic>,
    /// What its arms are called.
    pub(super) workloads: &'a Workloads,
    /// Where its counters are read.
    pub(super) data_source: &'a DataSource,
    /// Where its templates are.
    pub(super) templates: &'a Templates<'a>,
}
