//! Whether the API may listen where it is to.

use std::net::SocketAddr;

use secrecy::ExposeSecret;

use crate::api::settings::ApiSettings;

/// A token that is shorter can be guessed in less than for ever.
pub const TOKEN_BYTES_MIN: usize = 32;

/// Why the API may not listen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Everybody could command the daemon.
    #[error(
        "the API would listen on {0}, beyond this machine, without a token; \
         hint: set `api.tokenFile` (or SERIN_API_TOKEN) or `api.tokens`, `api.jwt`, `api.kubernetes.enabled`, or listen on 127.0.0.1"
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
/// Where `address` is beyond loopback and nobody has to say who asks, or the token is short.
pub fn refuse_open(address: SocketAddr, settings: &ApiSettings) -> Result<(), OpenError> {
    if let Some(token) = &settings.token {
        let length = token.expose_secret().len();
        if length < TOKEN_BYTES_MIN {
            return Err(OpenError::ShortToken(length));
        }
    }
    let ApiSettings {
        token,
        tokens,
        jwt,
        reviewer,
        ..
    } = settings;
    let is_open = token.is_none() && tokens.is_empty() && jwt.is_none() && reviewer.is_none();
    if address.ip().to_canonical().is_loopback() || !is_open {
        Ok(())
    } else {
        Err(OpenError::NoToken(address))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn settings(token: Option<&str>) -> ApiSettings {
        ApiSettings {
            token: token.map(Into::into),
            tokens: Vec::new(),
            jwt: None,
            reviewer: None,
            webhook_token: None,
            webhook_keys: Vec::new(),
            tls: None,
            body_limit_bytes: 1,
            header_timeout: Duration::ZERO,
            request_timeout: Duration::ZERO,
            max_connections: 1,
        }
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
}
