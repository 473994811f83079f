//! What can be chosen about a demo.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::fault::{Fault, parse_error_rate};
use super::service::Behaviour;
use crate::spec::Percent;

/// The fastest load. In a release build two cores carry it with room to spare, and healthy answers keep
/// half of the requests that may be under way.
const RPS_MAX: u32 = 1000;

/// The shortest interval that a Canary may have.
const INTERVAL_MIN: Duration = Duration::from_secs(1);

/// The longest interval: longer ones do not bring enough looks into the demo's two minutes.
const INTERVAL_MAX: Duration = Duration::from_secs(10);

/// Options of `serin demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoOptions {
    /// What is wrong with the canary: none, errors=5%, latency=+50%, or crash (it stops answering 10
    /// seconds after its first request).
    #[arg(long, default_value = "none")]
    pub fault: Fault,

    /// Share of requests that the stable version answers with 500.
    #[arg(long, value_name = "PERCENT", default_value = "0.1%", value_parser = parse_error_rate)]
    pub stable_errors: Percent,

    /// Requests a second, on average.
    #[arg(long, value_name = "N", default_value = "300", value_parser = parse_rps)]
    pub rps: NonZeroU32,

    /// Time between two looks.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_interval)]
    pub interval: Duration,

    /// The canary's weights, in percent, in rising order.
    #[arg(long, value_name = "WEIGHTS", default_value = "5,25,50,100")]
    pub steps: Steps,

    /// How many more errors than the baseline's are acceptable: a share of the baseline's rate, plus a
    /// share of all requests.
    #[arg(long, value_name = "RELATIVE + ABSOLUTE", default_value = "50% + 0.5%")]
    pub margin_errors: ErrorMargin,

    /// How much slower than the baseline is acceptable.
    #[arg(long, value_name = "PERCENT", default_value = "20%")]
    pub margin_latency: Percent,

    /// Draws the arrivals, the latencies, the errors and the routing. Random if not given, and printed.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Write the Canary and the VirtualService into this folder and keep them. Files that are there
    /// already are not overwritten.
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}

impl DemoOptions {
    /// The stable version's behaviour.
    #[must_use]
    pub fn stable_behaviour(&self) -> Behaviour {
        Behaviour {
            error_rate: self.stable_errors.fraction(),
            latency_factor: 1.0,
        }
    }

    /// The canary's behaviour (until it crashes, if that is its fault).
    #[must_use]
    pub fn canary_behaviour(&self) -> Behaviour {
        self.fault.canary_beside(self.stable_behaviour())
    }
}

/// Weights to go through: at least one, rising strictly, each in 1..=100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps(Vec<u8>);

impl Steps {
    /// The weights in percent.
    #[must_use]
    pub fn weights(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Steps {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let weight = |part: &str| {
            part.trim()
                .parse()
                .ok()
                .filter(|weight| (1..=100).contains(weight))
        };
        let weights: Option<Vec<u8>> = text.split(',').map(weight).collect();
        weights
            .filter(|weights| weights.is_sorted_by(|earlier, later| earlier < later))
            .map(Self)
            .ok_or_else(|| OptionError::new("weights from 1 to 100 that rise, such as 5,25,50,100", text))
    }
}

/// How many more errors than the baseline's are acceptable: harmful is what lies above
/// `baseline × (1 + relative) + absolute`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorMargin {
    /// Share of the baseline's rate.
    pub relative: Percent,
    /// Share of all requests; at most 100 %.
    pub absolute: Percent,
}

impl FromStr for ErrorMargin {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let expected = || OptionError::new("a relative and an absolute part, such as \"50% + 0.5%\"", text);
        let (relative, absolute) = text.split_once('+').ok_or_else(expected)?;
        let relative: Percent = relative.parse().map_err(|_| expected())?;
        let absolute: Percent = absolute.parse().map_err(|_| expected())?;
        if absolute.fraction() > 1.0 {
            return Err(OptionError::new("an absolute part of at most 100%", text));
        }
        Ok(Self { relative, absolute })
    }
}

impl fmt::Display for ErrorMargin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}", self.relative, self.absolute)
    }
}

/// An option has another value than it may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct OptionError {
    /// What it may be, with an example.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl OptionError {
    fn new(expected: impl Into<String>, found: &str) -> Self {
        Self {
            expected: expected.into(),
            found: found.to_owned(),
        }
    }
}

fn parse_rps(text: &str) -> Result<NonZeroU32, OptionError> {
    text.parse()
        .ok()
        .filter(|rps: &NonZeroU32| rps.get() <= RPS_MAX)
        .ok_or_else(|| OptionError::new(format!("a whole number from 1 to {RPS_MAX}"), text))
}

fn parse_interval(text: &str) -> Result<Duration, OptionError> {
    humantime::parse_duration(text)
        .ok()
        .filter(|interval| (INTERVAL_MIN..=INTERVAL_MAX).contains(interval))
        .ok_or_else(|| OptionError::new("a duration from 1s to 10s", text))
}
