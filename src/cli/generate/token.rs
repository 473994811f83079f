//! `serin generate token`: a token of the API, and the lines for the configuration.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::api::access::Role;
use crate::cli::Output;
use crate::clock::SystemClock;
use crate::document::is_dns_label;
use crate::driver::ports::Clock;
use crate::spec::Timestamp;

/// Random bytes of a token: as many as SHA-256 has.
const SECRET_BYTES: usize = 32;

/// What a token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "serin_";

/// Longest life of a token: longer ones are never looked at again.
const LIFETIME_MAX: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// What `serin generate token` takes.
#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    /// Whose it is: what the journal names. A DNS label.
    #[arg(value_parser = name)]
    name: String,
    /// What its owner may do.
    #[arg(long, value_parser = PossibleValuesParser::new(Role::ALL.map(Role::name)))]
    role: String,
    /// For how long it counts.
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = lifetime)]
    lifetime: Duration,
}

/// A token with what the configuration has of it.
struct Made {
    token: String,
    sha256: String,
    expires: Timestamp,
}

impl Made {
    fn new(secret: &[u8], expires: Timestamp) -> Self {
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let mut sha256 = String::new();
        for byte in Sha256::digest(&token) {
            // A write to a String does not fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            token,
            sha256,
            expires,
        }
    }
}

/// Writes a new token to stdout, which is the only place where it ever stands, and the lines for the configuration to stderr; with
/// `--output json` both to stdout.
pub(super) fn run(arguments: &TokenArguments, output: Output) -> anyhow::Result<()> {
    let TokenArguments { name, role, lifetime } = arguments;
    let Made {
        token,
        sha256,
        expires,
    } = Made::new(
        &rand::random::<[u8; SECRET_BYTES]>(),
        SystemClock::start().now() + *lifetime,
    );
    let mut stdout = io::stdout().lock();
    match output {
        Output::Json => {
            let lines = json!({ "role": role, "sha256": sha256, "expires": expires.to_string() });
            let made = json!({ "token": token, "api": { "tokens": { name: lines } } });
            writeln!(stdout, "{made}")?;
        }
        Output::Text => {
            writeln!(stdout, "{token}")?;
            stdout.flush()?;
            writeln!(
                io::stderr(),
                "# The token is shown this once. For serin.yaml:\napi:\n  tokens:\n    {name}:\n      role: {role}\n      \
                 sha256: \"{sha256}\"\n      expires: \"{expires}\""
            )?;
        }
    }
    stdout.flush()?;
    Ok(())
}

fn name(text: &str) -> Result<String, String> {
    if is_dns_label(text) {
        return Ok(text.to_owned());
    }
    Err("expected a DNS label: lower-case letters, digits and `-`, such as `ci`".to_owned())
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if lifetime.is_zero() || lifetime > LIFETIME_MAX {
        return Err("expected more than nothing, and at most ten years".to_owned());
    }
    Ok(lifetime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_long_as_its_hash_is_strong_and_fits_a_header() {
        let made = Made::new(&[0xff; SECRET_BYTES], Timestamp(0));
        assert_eq!(made.token, format!("serin_{}8", "_".repeat(42)));
        assert!(made.token.len() >= crate::api::TOKEN_BYTES_MIN);
        assert_eq!(made.sha256.len(), 64);
    }

    #[test]
    fn a_token_has_an_end() {
        assert_eq!(lifetime("90d"), Ok(Duration::from_secs(90 * 24 * 60 * 60)));
        for refused in ["0s", "11y", "for ever", ""] {
            assert!(lifetime(refused).is_err(), "{refused}");
        }
    }
}
