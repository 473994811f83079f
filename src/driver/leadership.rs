//! Who of several replicas acts.

/// Says who of several replicas acts, as this one knows it.
pub trait Leadership: Send + Sync {
    /// Who it is now. Answers at once, from memory.
    fn leader(&self) -> Leader;
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// The Lease that says so, as `namespace/name`.
    pub lease: String,
    /// Whether it is this replica.
    pub is_here: bool,
    /// Its name, which begins with its pod's; none where nobody leads, or nobody was seen yet.
    pub name: Option<String>,
    /// Whether this replica has seen the Lease at all.
    pub is_known: bool,
    /// Why this replica could not look or renew the last time.
    pub fault: Option<String>,
}
