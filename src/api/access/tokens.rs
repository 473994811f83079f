//! Tokens of the configuration, of which only the hashes are known.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::identity::Identity;
use super::role::Role;
use crate::api::error::ApiError;
use crate::spec::Timestamp;

/// A token, as far as the daemon knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub name: String,
    /// What its owner may do.
    pub role: Role,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// When it counts no longer.
    pub expires: Timestamp,
}

/// Whose `token` is. Its time depends on how many there are, and on nothing else.
///
/// # Errors
/// Where it is none of them, or one that has expired.
pub(super) fn identify(tokens: &[Token], token: &str, now: Timestamp) -> Result<Identity, ApiError> {
    let sha256 = Sha256::digest(token.as_bytes());
    let mut found = None;
    for known in tokens {
        if bool::from(known.sha256.ct_eq(&sha256)) {
            found = Some(known);
        }
    }
    let found = found.ok_or(ApiError::Unauthorised)?;
    if found.expires <= now {
        return Err(ApiError::Expired {
            name: found.name.clone(),
            at: found.expires,
        });
    }
    Ok(Identity::new(&found.name, found.role))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CI: &str = "serin_0123456789abcdef0123456789abcdef";
    const END: Timestamp = Timestamp(1_800_000_000_000);

    fn identified(token: &str, now: Timestamp) -> Result<Identity, ApiError> {
        let known = |name: &str, role, token: &str| Token {
            name: name.to_owned(),
            role,
            sha256: Sha256::digest(token).into(),
            expires: END,
        };
        let tokens = [
            known("ci", Role::Operator, CI),
            known("ops", Role::Admin, "serin_fedcba9876543210fedcba9876543210"),
        ];
        identify(&tokens, token, now)
    }

    #[test]
    fn a_token_is_its_owners_until_its_end() {
        let ci = Identity::new("ci", Role::Operator);
        assert_eq!(identified(CI, Timestamp(0)), Ok(ci.clone()));
        assert_eq!(identified(CI, Timestamp(END.0 - 1)), Ok(ci));
        let expired = ApiError::Expired {
            name: "ci".to_owned(),
            at: END,
        };
        assert_eq!(identified(CI, END), Err(expired));
    }

    #[test]
    fn whatever_is_close_to_a_token_is_nobodys() {
        for token in [
            &CI[1..],
            &CI[..CI.len() - 1],
            &format!("{CI} "),
            &CI.to_uppercase(),
            "",
        ] {
            assert_eq!(
                identified(token, Timestamp(0)),
                Err(ApiError::Unauthorised),
                "{token}"
            );
        }
    }
}
