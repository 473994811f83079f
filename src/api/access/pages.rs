//! Pages of browsers on this machine, which may be anybody's.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, uri::Authority};

use crate::api::error::ApiError;

/// A browser on this machine may show a page of anybody's: one that asks across origins says so in `Origin`, and one whose own
/// name was made to point here says that name in `Host`.
pub(in crate::api) fn refuse_pages(
    headers: &HeaderMap,
    authority: Option<&Authority>,
) -> Result<(), ApiError> {
    if headers.contains_key(ORIGIN) {
        return Err(ApiError::Forbidden(
            "without a token no page of a browser may ask".to_owned(),
        ));
    }
    let named = headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
    let named = authority.map(Authority::as_str).or(named).unwrap_or_default();
    if is_this_machine(named) {
        Ok(())
    } else {
        Err(ApiError::Forbidden(format!(
            "without a token this machine has to be asked by its own name: `localhost` or a loopback address, not `{named}`"
        )))
    }
}

/// Whether a host, with a port or without, is a name of loopback.
fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_loopback_are_this_machine() {
        for host in [
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:1",
            "127.1.2.3",
            "[::1]:8080",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "evil.test:8080",
            "localhost.evil.test",
            "10.0.0.1",
            "",
            "127.0.0.1.evil.test",
            "a b",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
