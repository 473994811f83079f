//! The commands that talk to a running daemon over its API.

mod act;
mod by;
mod canaries;
mod connection;
mod events;
mod health;
mod look;
mod show;
mod told;
mod wait;
mod watch;

use std::path::PathBuf;

use clap::Args;

pub(super) use act::{AbortArguments, ActArguments, StartArguments, abort, act, start};
pub(super) use by::By;
pub(super) use connection::Connection;
pub(super) use health::{HealthArguments, health};
pub(super) use show::{GetArguments, ListArguments, get, list};
pub(super) use wait::{WaitArguments, wait};
pub(super) use watch::{WatchArguments, watch};

/// Which daemon, and how it knows who asks.
#[derive(Debug, Args)]
pub(super) struct ServerArguments {
    /// The daemon's API.
    #[arg(
        long,
        value_name = "URL",
        env = "SERIN_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// A file that holds the API's token and nothing else. Without it SERIN_API_TOKEN counts.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file with the certificates (PEM) of those whom the daemon's certificate is to be from. Without it the machine's own count.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// The name of a Canary, as one writes it: `NAME`, or `NAMESPACE/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CanaryName {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl CanaryName {
    /// Its place in the API.
    fn path(&self) -> String {
        format!("/api/v1/canaries/{}/{}", self.namespace, self.name)
    }
}

impl std::str::FromStr for CanaryName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
        let is_name = |part: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !part.is_empty() && part.bytes().all(fits)
        };
        if is_name(namespace) && is_name(name) {
            return Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            });
        }
        Err("expected NAME or NAMESPACE/NAME, in lower-case letters, digits and `-`".to_owned())
    }
}

impl std::fmt::Display for CanaryName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_in_the_default_namespace() {
        let name = |text: &str| text.parse::<CanaryName>().map(|name| name.to_string());
        assert_eq!(name("shop"), Ok("default/shop".to_owned()));
        assert_eq!(name("demo/shop"), Ok("demo/shop".to_owned()));
        for refused in ["", "/", "a/", "a/b/c", "Shop", "../x", "a b"] {
            assert!(name(refused).is_err(), "{refused}");
        }
    }
}
