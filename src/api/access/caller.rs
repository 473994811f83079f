//! Whoever sent a request, as its handler is told.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::identity::Identity;
use super::permissions::Right;
use super::wanted::Wanted;
use crate::api::around::RequestId;
use crate::api::error::ApiError;
use crate::engine::Trail;

/// Who asks, where neither a token nor the request says.
const NOBODY: &str = "api";

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Peer(pub(in crate::api) SocketAddr);

/// Whoever sent a request.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Caller {
    /// Whose token it brought; none where the API is open to this machine.
    pub(in crate::api) identity: Option<Identity>,
    /// Where it came from.
    pub(in crate::api) address: Option<IpAddr>,
    /// The request's id.
    pub(in crate::api) request: Option<String>,
}

impl Caller {
    /// Somebody at the other end of a connection.
    pub(in crate::api) fn at(parts: &Parts, visitor: Visitor, identity: Option<Identity>) -> Self {
        let request = parts.extensions.get::<RequestId>();
        Self {
            identity,
            address: visitor.address,
            request: request.map(|request| request.0.clone()),
        }
    }

    /// Who it is, and where the command came from. Whom the request itself says (`by`) counts only where nothing else does.
    pub(in crate::api) fn signs(&self, by: Option<String>) -> (String, Trail) {
        let (by, claim) = match &self.identity {
            Some(identity) => (identity.name.clone(), by.filter(|by| *by != identity.name)),
            None => (by.unwrap_or_else(|| NOBODY.to_owned()), None),
        };
        let trail = Trail {
            claim,
            address: self.address.map(|address| address.to_string()),
            request: self.request.clone(),
        };
        (by, trail)
    }
}

/// Whoever brings a token, before anybody knows whose it is.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct Visitor {
    /// Where the request came from.
    pub(super) address: Option<IpAddr>,
    /// It is for an abort: of whoever is known nothing keeps that waiting.
    pub(super) aborts: bool,
}

impl Visitor {
    /// At the other end of the connection that brought `parts`, which ask for that.
    pub(in crate::api) fn of(parts: &Parts, wanted: Option<&Wanted>) -> Self {
        let peer = parts.extensions.get::<Peer>();
        Self {
            address: peer.map(|peer| peer.0.ip().to_canonical()),
            aborts: wanted.is_some_and(|wanted| wanted.right == Right::Abort),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        // The guard before every handler has put it there.
        parts.extensions.get().cloned().ok_or(ApiError::Defect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::access::Role;

    #[test]
    fn whose_the_token_is_counts_and_the_claim_is_kept_beside_it() {
        let mut caller = Caller {
            identity: Some(Identity::new("ci", Role::Operator)),
            address: "10.0.0.7".parse().ok(),
            request: Some("r-1".to_owned()),
        };
        let (by, trail) = caller.signs(Some("ada".to_owned()));
        assert_eq!((by.as_str(), trail.claim.as_deref()), ("ci", Some("ada")));
        assert_eq!(trail.request.as_deref(), Some("r-1"));
        assert_eq!(trail.words(), " (as ada, from 10.0.0.7)");
        assert_eq!(caller.signs(Some("ci".to_owned())).1.claim, None);
        caller.identity = None;
        assert_eq!(caller.signs(Some("ada".to_owned())).0, "ada");
        assert_eq!(caller.signs(None).0, "api");
    }
}
