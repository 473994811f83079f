//! A rollback by hand after a promotion: stable gets a version back that it had before.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spec::Timestamp;

/// What somebody did to the stable workload after its promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollback {
    /// Its own id.
    pub id: String,
    /// The rollout whose version was there.
    pub of: String,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, by the clock of whoever did it.
    pub at: Timestamp,
    /// What stable had.
    pub from: Version,
    /// What it got.
    pub to: Version,
    /// Whether it did not become ready with that, and has what it had.
    #[serde(default)]
    pub is_put_back: bool,
}

/// A version of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// What its pod template says, as a hash.
    pub revision: String,
    /// The images of its containers, in order.
    pub images: Vec<String>,
}

impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, from, to, .. } = self;
        if self.is_put_back {
            write!(
                f,
                "stable did not become ready with {to} by {by}'s rollback, and has {from} again"
            )?;
        } else {
            write!(f, "{by} rolled stable back from {from} to {to}")?;
        }
        if !self.reason.is_empty() {
            write!(f, ": {}", self.reason)?;
        }
        Ok(())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.images.join(", "), self.revision)
    }
}
