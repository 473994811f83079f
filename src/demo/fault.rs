//! What is wrong with the canary.

use std::str::FromStr;
use std::time::Duration;

use super::service::Behaviour;
use crate::spec::Percent;
use crate::spec::units::UnitError;

/// When [`Fault::Crash`] strikes, counted from the first request that the router sends to the canary: late
/// enough to look healthy at first, early enough to strike before promotion.
pub const CRASH_AFTER: Duration = Duration::from_secs(10);

/// The most that latency may rise. At 300 requests a second of 200 ms each the load still stays below
/// what it may have under way.
const LATENCY_RISE_MAX_PERCENT: f64 = 400.0;

/// What is wrong with the canary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Nothing: it behaves as the stable version does.
    None,
    /// It answers this share of requests with 500, instead of the stable version's share.
    Errors(Percent),
    /// It takes this much longer for every answer.
    Latency(Percent),
    /// It stops answering, [`CRASH_AFTER`] its first request.
    Crash,
}

impl Fault {
    /// How the canary behaves beside a `stable` version.
    #[must_use]
    pub fn canary_beside(self, stable: Behaviour) -> Behaviour {
        match self {
            Self::None | Self::Crash => stable,
            Self::Errors(rate) => Behaviour {
                error_rate: rate.fraction(),
                ..stable
            },
            Self::Latency(rise) => Behaviour {
                latency_factor: stable.latency_factor * (1.0 + rise.fraction()),
                ..stable
            },
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        match text.split_once('=') {
            None if text == "none" => Ok(Self::None),
            None if text == "crash" => Ok(Self::Crash),
            Some(("errors", rate)) => parse_error_rate(rate).map(Self::Errors),
            Some(("latency", rise)) => parse_latency_rise(rise).map(Self::Latency),
            _ => Err(FaultError::Unknown {
                found: text.to_owned(),
            }),
        }
    }
}

/// A text names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// It is none of the faults.
    #[error(
        "expected none, errors=PERCENT, latency=+PERCENT or crash, found {found:?}\n  hint: for example errors=5%"
    )]
    Unknown {
        /// The text.
        found: String,
    },
    /// The number after `=` is no percentage.
    #[error(transparent)]
    Percent(#[from] UnitError),
    /// More errors than requests.
    #[error("expected an error rate of at most 100%, found {found}")]
    ErrorRate {
        /// The rate.
        found: String,
    },
    /// No rise, or too large a rise.
    #[error(
        "expected a rise from +1% to +{LATENCY_RISE_MAX_PERCENT}%, found {found:?}\n  hint: for example latency=+50%"
    )]
    LatencyRise {
        /// What stands after `latency=`.
        found: String,
    },
}

/// Reads a share of requests that are answered badly.
///
/// # Errors
/// If it is no percentage, or above 100 %.
pub fn parse_error_rate(text: &str) -> Result<Percent, FaultError> {
    // Nothing has no unit.
    let rate = if text.trim() == "0" {
        Percent::ZERO
    } else {
        text.parse()?
    };
    if rate.fraction() > 1.0 {
        return Err(FaultError::ErrorRate {
            found: rate.to_string(),
        });
    }
    Ok(rate)
}

fn parse_latency_rise(text: &str) -> Result<Percent, FaultError> {
    let out_of_range = || FaultError::LatencyRise {
        found: text.to_owned(),
    };
    let rise: Percent = text.strip_prefix('+').ok_or_else(out_of_range)?.parse()?;
    if !(0.01..=LATENCY_RISE_MAX_PERCENT / 100.0).contains(&rise.fraction()) {
        return Err(out_of_range());
    }
    Ok(rise)
}
