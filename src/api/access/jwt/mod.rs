//! JSON Web Tokens (RFC 7519): signed by somebody whom the configuration trusts, who says of each owner who it is and which role it has.
//!
//! The algorithm is the key's, whatever a token says of itself: so none that is unsigned counts, and none that is "signed" with a public
//! key as if that were a secret.

mod keys;

use std::fmt;

use jsonwebtoken::{TokenData, Validation, decode, decode_header};
use serde_json::{Map, Value};

pub use self::keys::{JwtKey, KeyError};
use self::keys::{Key, Keys};
use super::identity::Identity;
use super::role::Role;
use crate::api::error::ApiError;
use crate::document::Printable;
use crate::spec::Timestamp;

/// Clocks of two machines differ by less.
const LEEWAY_MS: u64 = 30_000;

/// Before a name, so that nobody who signs tokens can sign for a token of `api.tokens`.
const PREFIX: &str = "jwt:";

type Claims = Map<String, Value>;

/// What a token has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// `iss`, if it matters.
    pub issuer: Option<String>,
    /// What `aud` has to be, or to have among others, if it matters.
    pub audience: Option<String>,
    /// The claim that names the owner.
    pub name: String,
    /// The claim that has the role, or several; a dot leads into an object.
    pub role: String,
}

/// Whom signed tokens are of.
pub struct Jwt {
    keys: Keys,
    claimed: Claimed,
}

impl Jwt {
    /// Takes tokens that are signed with `key`, and claim what they should.
    ///
    /// # Errors
    /// Where there is no key in what should have one.
    pub fn new(key: &JwtKey, claimed: Claimed) -> Result<Self, KeyError> {
        let keys = Keys::new(key)?;
        Ok(Self { keys, claimed })
    }

    /// Whether a text may be such a token.
    pub(super) fn is_one(token: &str) -> bool {
        token.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Whose `token` is.
    ///
    /// # Errors
    /// Where it is none that counts, has expired, or has no role.
    pub(super) async fn identify(&self, token: &str, now: Timestamp) -> Result<Identity, ApiError> {
        let keys = self.keys.now(now).await;
        let claims = self.claims(token, &keys).map_err(|why| {
            tracing::debug!(%why, "a JSON Web Token was refused");
            ApiError::Unauthorised
        })?;
        let name = claims.get(&self.claimed.name).and_then(Value::as_str);
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or(ApiError::Unauthorised)?;
        let name = format!("{PREFIX}{}", Printable(name));
        let expires = time(&claims, "exp").ok_or(ApiError::Unauthorised)?;
        if expires.0.saturating_add(LEEWAY_MS) <= now.0 {
            return Err(ApiError::Expired { name, at: expires });
        }
        if claims.contains_key("nbf")
            && time(&claims, "nbf").is_none_or(|begins| begins.0 > now.0 + LEEWAY_MS)
        {
            return Err(ApiError::Unauthorised);
        }
        match role(&claims, &self.claimed.role) {
            Some(role) => Ok(Identity::new(name, role)),
            None => Err(ApiError::NoRole {
                name,
                claim: self.claimed.role.clone(),
            }),
        }
    }

    fn claims(&self, token: &str, keys: &[Key]) -> Result<Claims, String> {
        let header = decode_header(token).map_err(|error| error.to_string())?;
        let key = match (&header.kid, keys) {
            (_, [only]) if only.id.is_none() => only,
            (Some(id), _) => {
                let named = |key: &&Key| key.id.as_ref() == Some(id);
                keys.iter()
                    .find(named)
                    .ok_or("it names a key that is not known")?
            }
            (None, [only]) => only,
            (None, _) => return Err("it names no key, and there are several or none".to_owned()),
        };
        let mut validation = Validation::new(key.algorithm);
        // Times are held against the daemon's own clock.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        validation.validate_aud = self.claimed.audience.is_some();
        validation.set_required_spec_claims(&["exp"]);
        if let Some(audience) = &self.claimed.audience {
            validation.set_audience(&[audience]);
            validation.required_spec_claims.insert("aud".to_owned());
        }
        if let Some(issuer) = &self.claimed.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        let decoded: Result<TokenData<Claims>, _> = decode(token, &key.decoding, &validation);
        decoded
            .map(|token| token.claims)
            .map_err(|error| error.to_string())
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("claimed", &self.claimed)
            .finish_non_exhaustive()
    }
}

/// A time in seconds since 1970, which may have a fraction (RFC 7519, section 2).
fn time(claims: &Claims, name: &str) -> Option<Timestamp> {
    let claim = claims.get(name)?;
    let whole = claim.as_u64().map(|seconds| seconds.saturating_mul(1000));
    let milliseconds = whole.or_else(|| {
        let seconds = claim.as_f64().filter(|seconds| (0.0..1e12).contains(seconds))?;
        u64::try_from(std::time::Duration::from_secs_f64(seconds).as_millis()).ok()
    });
    milliseconds.map(Timestamp)
}

/// The highest role that a claim has.
fn role(claims: &Claims, path: &str) -> Option<Role> {
    // The name as it stands comes first: some issuers have dots in their names.
    let claim = claims.get(path).or_else(|| {
        let mut parts = path.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |claim, part| claim.get(part))
    })?;
    match claim {
        Value::String(name) => Role::named(name),
        Value::Array(names) => names.iter().filter_map(|name| Role::named(name.as_str()?)).max(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_role_is_a_word_or_the_highest_of_several() {
        for (claim, path, expected) in [
            (json!({"role": "operator"}), "role", Some(Role::Operator)),
            (
                json!({"roles": ["viewer", "admin", "sales"]}),
                "roles",
                Some(Role::Admin),
            ),
            (
                json!({"realm_access": {"roles": ["viewer"]}}),
                "realm_access.roles",
                Some(Role::Viewer),
            ),
            (
                json!({"https://serin.dev/role": "viewer"}),
                "https://serin.dev/role",
                Some(Role::Viewer),
            ),
            (json!({"role": "Admin"}), "role", None),
            (json!({"role": {"admin": true}}), "role", None),
            (json!({"role": []}), "role", None),
            (json!({}), "role", None),
        ] {
            assert_eq!(role(&claims(claim.clone()), path), expected, "{claim}");
        }
    }

    #[test]
    fn a_time_is_a_number_of_seconds() {
        for (claim, expected) in [
            (json!(1), Some(1_000)),
            (json!(1.5), Some(1_500)),
            (json!("1"), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!(null), None),
        ] {
            let read = time(&claims(json!({ "exp": claim })), "exp");
            assert_eq!(read, expected.map(Timestamp), "{claim}");
        }
    }
}
