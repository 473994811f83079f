//! Where a command came from, beside whom it is of.

use serde::{Deserialize, Serialize};

/// Where a command came from, as far as that is known: for whoever reads the journal later. Nothing is decided by it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// Whom the sender said it was of, where its token says that it is somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The network address that it came from: the last proxy's, where there is one in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The request's id, which the log's lines of it have as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

impl Trail {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is known, in words to follow a name: empty, or ` (as ada, from 10.0.0.7)`.
    #[must_use]
    pub fn words(&self) -> String {
        let claim = self.claim.as_ref().map(|claim| format!("as {claim}"));
        let address = self.address.as_ref().map(|address| format!("from {address}"));
        let known: Vec<String> = [claim, address].into_iter().flatten().collect();
        if known.is_empty() {
            return String::new();
        }
        format!(" ({})", known.join(", "))
    }
}
