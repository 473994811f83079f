//! What to do about a Lease. Pure.

use super::record::Record;
use crate::spec::Timestamp;

/// A Lease as a replica saw it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseState {
    /// What it says.
    pub record: Record,
    /// The object's version, by which a write is guarded.
    pub version: String,
    /// Since when the record has been the same, by this replica's own time; at first sight that is now.
    pub unchanged_since: Timestamp,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Make it: there is none.
    Create,
    /// Take it: nobody holds it, or its holder gave no sign of life for as long as it promised to.
    Take,
    /// Renew it: this replica holds it.
    Renew,
    /// Leave it: somebody else holds it, at least until then.
    Follow {
        /// When it may be taken, unless it changes before.
        until: Timestamp,
    },
}

/// What the replica `me` does about `lease`, which may not be there, at `now` by its own time. The times that the record itself
/// gives are somebody else's, and decide nothing.
#[must_use]
pub fn decide(lease: Option<&LeaseState>, me: &str, now: Timestamp) -> Decision {
    let Some(lease) = lease else {
        return Decision::Create;
    };
    let holder = lease.record.holder.as_str();
    if holder == me {
        return Decision::Renew;
    }
    let until = lease.unchanged_since + lease.record.duration;
    if holder.is_empty() || now >= until {
        Decision::Take
    } else {
        Decision::Follow { until }
    }
}
