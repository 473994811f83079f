//! Who may ask.
//!
//! With a token, whoever brings it. Without one the API listens on loopback only, and is open to this machine; not to the
//! pages that its browsers show, so a foreign `Host` and any `Origin` are refused.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::Shared;
use super::error::ApiError;
use super::settings::ApiSettings;

/// A token that is shorter can be guessed in less than for ever.
pub const TOKEN_BYTES_MIN: usize = 32;

/// Why the API may not listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Everybody could command the daemon.
    #[error(
        "the API would listen on {0}, beyond this machine, without a token; \
         hint: set `api.tokenFile` (or SERIN_API_TOKEN), or listen on 127.0.0.1"
    )]
    NoToken(SocketAddr),
    /// Somebody could guess the token.
    #[error(
        "the API's token has {0} bytes, and needs {TOKEN_BYTES_MIN} at least; hint: `openssl rand -hex 32` makes one"
    )]
    ShortToken(usize),
}

/// Refuses an API that is open to others than this machine.
///
/// # Errors
/// Where `address` is beyond loopback and there is no token, or the token is short.
pub fn refuse_open(address: SocketAddr, settings: &ApiSettings) -> Result<(), OpenError> {
    match &settings.token {
        None if address.ip().to_canonical().is_loopback() => Ok(()),
        None => Err(OpenError::NoToken(address)),
        Some(token) => match token.expose_secret().len() {
            length if length < TOKEN_BYTES_MIN => Err(OpenError::ShortToken(length)),
            _ => Ok(()),
        },
    }
}

/// Lets a request in, or refuses it before anything of it is read.
pub(super) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match admit(
        shared.settings.token.as_ref(),
        request.headers(),
        request.uri().authority(),
    ) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            if error == ApiError::Unauthorised {
                shared.counters.unauthorised.add();
            }
            error.into_response()
        }
    }
}

fn admit(
    token: Option<&SecretString>,
    headers: &HeaderMap,
    authority: Option<&Authority>,
) -> Result<(), ApiError> {
    match token {
        Some(token) if brings(headers, token) => Ok(()),
        Some(_) => Err(ApiError::Unauthorised),
        None => refuse_pages(headers, authority),
    }
}

/// In a time that does not depend on where the two differ.
pub(super) fn is_equal(sent: &[u8], token: &SecretString) -> bool {
    sent.ct_eq(token.expose_secret().as_bytes()).into()
}

/// The scheme of `Authorization` and what follows it; none where there is none, or another one beside it.
pub(super) fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let (Some(sent), None) = (sent.next(), sent.next()) else {
        return None;
    };
    let (scheme, sent) = sent.to_str().ok()?.split_once(' ')?;
    Some((scheme, sent.trim_start_matches(' ')))
}

fn brings(headers: &HeaderMap, token: &SecretString) -> bool {
    credentials(headers).is_some_and(|(scheme, sent)| {
        scheme.eq_ignore_ascii_case("bearer") && is_equal(sent.as_bytes(), token)
    })
}

/// A browser on this machine may show a page of anybody's: one that asks across origins says so in `Origin`, and one whose own
/// name was made to point here says that name in `Host`.
pub(super) fn refuse_pages(headers: &HeaderMap, authority: Option<&Authority>) -> Result<(), ApiError> {
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
    use std::time::Duration;

    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn settings(token: Option<&str>) -> ApiSettings {
        ApiSettings {
            token: token.map(Into::into),
            webhook_token: None,
            webhook_key: None,
            body_limit_bytes: 1,
            header_timeout: Duration::ZERO,
            request_timeout: Duration::ZERO,
            max_connections: 1,
        }
    }

    fn authorised(values: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        brings(&headers, &TOKEN.into())
    }

    #[test]
    fn beyond_this_machine_there_is_a_token() {
        for address in ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080"] {
            let address = address.parse().unwrap();
            assert_eq!(
                refuse_open(address, &settings(None)),
                Err(OpenError::NoToken(address))
            );
            assert_eq!(refuse_open(address, &settings(Some(TOKEN))), Ok(()));
        }
        for address in ["127.0.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            assert_eq!(refuse_open(address.parse().unwrap(), &settings(None)), Ok(()));
        }
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused_everywhere() {
        let loopback = "127.0.0.1:8080".parse().unwrap();
        assert_eq!(
            refuse_open(loopback, &settings(Some("secret"))),
            Err(OpenError::ShortToken(6))
        );
    }

    #[test]
    fn only_the_token_itself_is_let_in() {
        assert!(authorised(&["Bearer 0123456789abcdef0123456789abcdef"]));
        assert!(authorised(&["bearer  0123456789abcdef0123456789abcdef"]));
        for refused in [
            "0123456789abcdef0123456789abcdef",
            "Basic 0123456789abcdef0123456789abcdef",
            "Bearer 0123456789abcdef0123456789abcdee",
            "Bearer 0123456789abcdef0123456789abcdef0",
            "Bearer ",
            "Bearer",
            "",
        ] {
            assert!(!authorised(&[refused]), "{refused}");
        }
        assert!(!authorised(&[]));
        assert!(!authorised(&[
            "Bearer wrong",
            "Bearer 0123456789abcdef0123456789abcdef"
        ]));
    }

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
