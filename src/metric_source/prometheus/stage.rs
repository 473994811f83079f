//! How far a request came, for the words when its time is up.

use std::time::Duration;

use super::request_error::RequestError;

/// How far a request came.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    /// It waits for its turn.
    Waiting,
    /// It was sent, or is about to be.
    Asked,
    /// So much of the answer's body has come.
    Body {
        /// Its length.
        bytes: usize,
    },
}

impl Stage {
    /// Its time, `after`, is up.
    pub(super) fn late(self, origin: &str, after: Duration) -> RequestError {
        let origin = origin.to_owned();
        match self {
            Self::Waiting => RequestError::NotAsked { after },
            Self::Asked => RequestError::NoAnswer { origin, after },
            Self::Body { bytes } => RequestError::SlowBody { origin, bytes, after },
        }
    }
}
