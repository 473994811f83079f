//! Who may ask, and for what.
//!
//! What it promises:
//!
//! - Whoever asks is known before anything of the request is read: by a token, which stands nowhere but with its owner.
//! - One table ([`PERMISSIONS`]) says what each route takes. A route that is not in it is refused to everybody.
//! - A command's journal entry names the identity that the token stands for, whatever its sender calls itself.
//!
//! Without any token the API listens on loopback only, and is open to this machine; not to the pages that its browsers show.

mod caller;
mod guard;
mod identity;
mod open;
mod pages;
mod permissions;
mod role;
mod tokens;

use secrecy::SecretString;

pub(super) use self::caller::{Caller, Peer};
pub(super) use self::guard::{count, credentials, guard, is_equal};
pub(super) use self::identity::Identity;
pub use self::open::{OpenError, TOKEN_BYTES_MIN, refuse_open};
pub(super) use self::pages::refuse_pages;
pub use self::permissions::{PERMISSIONS, Permission, Right, least_role, table};
pub use self::role::Role;
pub use self::tokens::Token;
use super::error::ApiError;
use super::settings::ApiSettings;
use crate::spec::Timestamp;

/// The identity of whoever brings `api.token`. No name in `api.tokens` has a dot.
const ONE_TOKEN: &str = "api.token";

/// Everything that an identity is known by.
pub(super) struct Access {
    token: Option<SecretString>,
    tokens: Vec<Token>,
}

impl Access {
    pub(super) fn of(settings: &ApiSettings) -> Self {
        Self {
            token: settings.token.clone(),
            tokens: settings.tokens.clone(),
        }
    }

    /// Whether nobody has to say who asks.
    pub(super) fn is_open(&self) -> bool {
        self.token.is_none() && self.tokens.is_empty()
    }

    /// Whose a token is at `now`.
    ///
    /// # Errors
    /// Where it is nobody's, or expired.
    pub(super) async fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, ApiError> {
        if token.len() < TOKEN_BYTES_MIN {
            return Err(ApiError::Unauthorised);
        }
        let one = self.token.as_ref();
        if one.is_some_and(|one| is_equal(token.as_bytes(), one)) {
            return Ok(Identity::new(ONE_TOKEN, Role::Admin));
        }
        tokens::identify(&self.tokens, token, now)
    }

    /// Refuses what `identity` may not.
    ///
    /// # Errors
    /// Where it may not, with what it takes.
    pub(super) fn allow(&self, identity: &Identity, right: Right) -> Result<(), ApiError> {
        if identity.role >= right.least() {
            return Ok(());
        }
        Err(ApiError::Role {
            name: identity.name.clone(),
            has: identity.role,
            right,
        })
    }
}
