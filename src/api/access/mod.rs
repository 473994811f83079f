//! Who may ask, and for what.
//!
//! What it promises:
//!
//! - Whoever asks is known before anything of the request is read: by a token, which stands nowhere but with its owner.
//! - One table ([`PERMISSIONS`]) says what each route takes. A route that is not in it is refused to everybody.
//! - A command's journal entry names the identity that the token stands for, whatever its sender calls itself.
//!
//! - Nobody asks more often than [`rates`] has it, whoever they are; an abort of somebody who is known is never limited by that.
//! - Where a cluster is to say who somebody is and what they may, and does not, nobody is let in by it.
//!
//! Without any token the API listens on loopback only, and is open to this machine; not to the pages that its browsers show.

mod caller;
mod cluster;
mod guard;
mod identity;
mod jwt;
mod open;
mod pages;
mod permissions;
mod rates;
mod remembered;
mod role;
mod tokens;
mod wanted;

use std::sync::Arc;

use secrecy::SecretString;

pub(super) use self::caller::{Caller, Peer, Visitor};
use self::cluster::{ByCluster, Queue};
pub use self::cluster::{ClusterDeed, ClusterUser, Reviewer};
pub(super) use self::guard::{count, credentials, guard, is_equal};
use self::identity::Grant;
pub(super) use self::identity::Identity;
pub use self::jwt::{Claimed, Jwt, JwtKey, KeyError};
pub use self::open::{OpenError, TOKEN_BYTES_MIN, refuse_open};
pub(super) use self::pages::refuse_pages;
pub use self::permissions::{PERMISSIONS, Permission, Right, Scope, least_role, table};
use self::rates::Rates;
pub use self::role::Role;
pub use self::tokens::Token;
pub(super) use self::wanted::Wanted;
use super::error::ApiError;
use super::settings::ApiSettings;
use crate::driver::ports::Clock;
use crate::spec::Timestamp;

/// The identity of whoever brings `api.token`. No name in `api.tokens` has a dot.
const ONE_TOKEN: &str = "api.token";

/// Everything that an identity is known by.
pub(super) struct Access {
    token: Option<SecretString>,
    tokens: Vec<Token>,
    jwt: Option<Arc<Jwt>>,
    cluster: Option<ByCluster>,
    rates: Rates,
}

impl Access {
    pub(super) fn new(settings: &ApiSettings, clock: &Arc<dyn Clock>) -> Self {
        Self {
            token: settings.token.clone(),
            tokens: settings.tokens.clone(),
            jwt: settings.jwt.clone(),
            cluster: settings.reviewer.clone().map(ByCluster::new),
            rates: Rates::new(clock),
        }
    }

    /// Whether nobody has to say who asks.
    pub(super) fn is_open(&self) -> bool {
        self.token.is_none() && self.tokens.is_empty() && self.jwt.is_none() && self.cluster.is_none()
    }

    /// Whose a token is at `now`; `visitor` brought it, and asks as often as it may.
    ///
    /// # Errors
    /// Where it is nobody's, or expired, or a cluster does not say whose it is; or who brings it asks too often.
    pub(super) async fn identify(
        &self,
        token: Option<&str>,
        visitor: Visitor,
        now: Timestamp,
    ) -> Result<Identity, ApiError> {
        let known = match token.filter(|token| token.len() >= TOKEN_BYTES_MIN) {
            Some(token) => self.known(token, visitor, now).await,
            None => Err(ApiError::Unauthorised),
        };
        match &known {
            Err(ApiError::Unauthorised | ApiError::Expired { .. }) if visitor.aborts => {
                self.rates.strange_abort(visitor.address)?;
            }
            _ if visitor.aborts => {}
            Ok(identity) => self.rates.identity(&identity.name)?,
            Err(ApiError::Unauthorised | ApiError::Expired { .. }) => self.rates.stranger(visitor.address)?,
            Err(_) => {}
        }
        known
    }

    /// What is known here is looked at first: it counts while a cluster is away.
    async fn known(&self, token: &str, visitor: Visitor, now: Timestamp) -> Result<Identity, ApiError> {
        let one = self.token.as_ref();
        if one.is_some_and(|one| is_equal(token.as_bytes(), one)) {
            return Ok(Identity::new(ONE_TOKEN, Role::Admin));
        }
        let mut known = tokens::identify(&self.tokens, token, now);
        if let (Err(ApiError::Unauthorised), Some(jwt)) = (&known, &self.jwt)
            && Jwt::is_one(token)
        {
            known = jwt.identify(token, now).await;
        }
        // A service account's token is a JSON Web Token as well, by another signer.
        if let (Err(ApiError::Unauthorised), Some(cluster)) = (&known, &self.cluster) {
            if let Some(identity) = cluster.remembered(token, now) {
                return Ok(identity);
            }
            // Whoever makes tokens up is not to keep the cluster busy, nor anybody's abort waiting.
            if !visitor.aborts {
                self.rates.stranger(visitor.address)?;
            }
            let is_of_crowd = visitor.aborts && self.rates.is_of_crowd(visitor.address);
            let queue = if is_of_crowd { Queue::Crowd } else { Queue::Usual };
            known = cluster.identify(token, queue, now).await;
        }
        known
    }

    /// Refuses what `identity` may not.
    ///
    /// # Errors
    /// Where it may not, with what it takes; or a cluster does not say.
    pub(super) async fn allow(
        &self,
        identity: &Identity,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        match (&identity.grant, &self.cluster) {
            (Grant::Role(role), _) if *role >= wanted.right.least() => Ok(()),
            (Grant::Role(role), _) => Err(ApiError::Role {
                name: identity.name.clone(),
                has: *role,
                right: wanted.right,
            }),
            (Grant::Cluster(user), Some(cluster)) => match &wanted.deed {
                Some(deed) => cluster.allow(user, deed, now).await,
                None => Ok(()),
            },
            // It came from there.
            (Grant::Cluster(_), None) => Err(ApiError::Defect),
        }
    }
}
