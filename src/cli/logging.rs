//! Logs: to stderr, so that stdout is data.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{Log, LogFormat, LogLevel};

/// For a command: as much as `RUST_LOG` asks for, or `level` where it says nothing.
pub(super) fn start_quiet(level: LevelFilter) {
    tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
}

/// For the daemon, as configured. `RUST_LOG` wins where it says something.
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match log.format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
}

/// What `RUST_LOG` asks for; where it says nothing, everything of this `level` but what others say better.
fn filter(level: LevelFilter) -> EnvFilter {
    filter_of(&std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default(), level)
}

fn filter_of(asked: &str, level: LevelFilter) -> EnvFilter {
    if asked.trim().is_empty() {
        EnvFilter::builder().parse_lossy(of_level(level))
    } else {
        EnvFilter::builder()
            .with_default_directive(level.into())
            .parse_lossy(asked)
    }
}

/// The client of the API server logs every request that fails, and whoever made it says so too, once for as long as it lasts: below
/// `debug` the latter will do. Only it can say that a certificate was not read again.
fn of_level(level: LevelFilter) -> String {
    if level > LevelFilter::INFO {
        return level.to_string();
    }
    format!("{level},kube_client::client=off,kube_client::client::tls={level},kube_runtime::watcher=off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(asked: &str, level: LevelFilter) -> Vec<String> {
        let filter = filter_of(asked, level).to_string();
        let mut directives: Vec<String> = filter.split(',').map(str::to_owned).collect();
        directives.sort_unstable();
        directives
    }

    #[test]
    fn what_the_client_of_the_api_server_repeats_is_left_out() {
        let expected = [
            "info",
            "kube_client::client::tls=info",
            "kube_client::client=off",
            "kube_runtime::watcher=off",
        ];
        assert_eq!(directives("", LevelFilter::INFO), expected);
    }

    #[test]
    fn who_asks_for_more_gets_all_of_it() {
        assert_eq!(directives("", LevelFilter::DEBUG), ["debug"]);
        assert_eq!(directives("info", LevelFilter::WARN), ["info"]);
        assert_eq!(
            directives("kube_client=error,serin=debug", LevelFilter::INFO),
            ["kube_client=error", "serin=debug"]
        );
    }
}
