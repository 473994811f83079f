//! Why a leader leads no more.

/// The Lease is not this replica's any more, or nobody can say so. It must not write from now on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// It could not be renewed in time.
    #[error(
        "the Lease {lease} could not be renewed within {} s ({reason}); another replica may lead by now",
        .within.as_secs_f64()
    )]
    NotRenewed {
        /// Which Lease, as `namespace/name`.
        lease: String,
        /// The renew deadline.
        within: std::time::Duration,
        /// What became of the last attempt.
        reason: String,
    },
    /// It is somebody else's, or nobody's.
    #[error("the Lease {lease} was taken away: {holder}")]
    Taken {
        /// Which Lease, as `namespace/name`.
        lease: String,
        /// Who holds it now, in words.
        holder: String,
    },
}
