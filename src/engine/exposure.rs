//! What the canary was given, and what that cost.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arm::Arm;
use super::rollout::Rollout;
use super::tally::Tally;
use super::words::count;
use crate::spec::{Question, Timestamp};

/// How long the canary served, and how much of the traffic: the books of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Served {
    /// The highest weight that it had, in percent.
    peak: u8,
    /// The newest weight above 0 that it had, in percent.
    last: u8,
    /// Milliseconds that it had traffic, up to `since`.
    ms: u64,
    /// Since when it has traffic; none while it has none.
    since: Option<Timestamp>,
}

/// What the canary was given, and what that cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    /// The highest weight that it had, in percent.
    pub peak_weight: u8,
    /// The newest weight above 0 that it had, in percent.
    pub last_weight: u8,
    /// Seconds that it had traffic.
    pub seconds: u64,
    /// Requests that it served, by the metric that saw the most.
    pub requests: u64,
    /// Errors beyond those that the baseline's share would have given; none where no metric counts errors.
    pub extra_errors: Option<u64>,
}

/// `25 % at most, for 12m 30s: 1,320 requests, about 19 errors more than the baseline's share`.
impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.peak_weight == 0 {
            return f.write_str("the canary had no traffic");
        }
        let time = humantime::format_duration(Duration::from_secs(self.seconds));
        let requests = count(self.requests as f64);
        write!(
            f,
            "{} % at most, for {time}: {requests} requests",
            self.peak_weight
        )?;
        match self.extra_errors {
            None => Ok(()),
            Some(0) => f.write_str(", no more errors than the baseline's share"),
            Some(errors) => write!(
                f,
                ", about {} errors more than the baseline's share",
                count(errors as f64)
            ),
        }
    }
}

impl Served {
    /// The canary has `weight` percent from `now` on.
    pub(super) fn changed(&mut self, weight: u8, now: Timestamp) {
        if let Some(since) = self.since.take() {
            self.ms += now.since(since).as_millis() as u64;
        }
        if weight > 0 {
            self.since = Some(now);
            self.last = weight;
            self.peak = self.peak.max(weight);
        }
    }

    /// What the canary serves from `now` on, it serves as what it has become.
    pub(super) fn over(&mut self, now: Timestamp) {
        self.changed(0, now);
    }

    /// Whether the canary had traffic.
    pub(super) const fn had_any(&self) -> bool {
        self.peak > 0
    }

    fn seconds(&self, now: Timestamp) -> u64 {
        let running = self.since.map_or(0, |since| now.since(since).as_millis() as u64);
        (self.ms + running) / 1000
    }
}

impl Rollout {
    /// What the canary was given until `now`, and what that cost.
    pub(super) fn exposure(&self, now: Timestamp) -> Exposure {
        let requests = self.tallies.iter().map(|tally| tally.requests.canary);
        let counted = self.canary.analysis.metrics.iter().zip(&*self.tallies);
        let errors = counted
            .filter(|(metric, _)| matches!(metric.question, Question::SuccessRate { .. }))
            .filter_map(|(_, tally)| extra_errors(tally));
        Exposure {
            peak_weight: self.served.peak,
            last_weight: self.served.last,
            seconds: self.served.seconds(now),
            requests: requests.fold(0.0, f64::max) as u64,
            extra_errors: errors.reduce(f64::max).map(|errors| errors as u64),
        }
    }
}

/// Of a success rate: what the canary's errors are beyond the baseline's share of them.
fn extra_errors(tally: &Tally) -> Option<f64> {
    let baseline = tally.bad_ratio(Arm::Baseline, 0)?;
    let errors = tally.bad.canary.first()?;
    Some(libm::round((errors - baseline * tally.requests.canary).max(0.0)))
}
