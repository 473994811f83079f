//! Who asks, by the token.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::refusal::Refusal;
use crate::world::marked;

/// The token of one who may do everything.
pub(crate) const SERIN: &str = marked::constant!("token-of-serin");
/// The token of one who may do nothing.
pub(crate) const ALICE: &str = marked::constant!("token-of-alice");
/// The token of one who may read objects whose names it knows, and no more.
pub(crate) const BOB: &str = marked::constant!("token-of-bob");

/// One who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub(super) name: &'static str,
    may: fn(&str) -> bool,
}

impl User {
    pub(super) fn may(self, verb: &str) -> bool {
        (self.may)(verb)
    }
}

/// Who it is; a token that nobody was given is nobody's.
pub(super) fn who(headers: &HeaderMap) -> Result<User, Refusal> {
    let said = headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default());
    match said.map(|said| said.strip_prefix("Bearer ").unwrap_or_default()) {
        Some(SERIN) => Ok(User {
            name: "system:serviceaccount:serin:serin",
            may: |_| true,
        }),
        Some(ALICE) => Ok(User {
            name: "alice",
            may: |_| false,
        }),
        Some(BOB) => Ok(User {
            name: "bob",
            may: |verb| verb == "get",
        }),
        Some(_) => Err(Refusal::unauthorized()),
        None => Ok(User {
            name: "system:anonymous",
            may: |_| false,
        }),
    }
}
