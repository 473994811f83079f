//! The counts of a rollout as a file: JSON lines that `serin history ID --counts` writes and `serin judge FILE` reads.
//!
//! The first line names the format and the Canary; the others are what the judge was told, in order. A line's `type` says which:
//!
//! | `type` | fields |
//! |---|---|
//! | `canary` (first) | `format`: `serin-counts`; `version`: 1; `judgeVersion`; `canary`, as `serin check --output json` prints it |
//! | `history` (once) | `metrics`: for each metric what the stable version did before the rollout, or `null`; `[]` where nothing is known. Looks before it are counted and not judged |
//! | `look` | `weight`: the canary's, in percent; `gateWeight`: the weight that the next gate leads to, 100 for the promotion; `firstAtWeight`: whether part of the counts was served at the weight before; `noData`: why there was nothing to judge by, or `null`; `counts` |
//!
//! In `counts`: `taken_at` in milliseconds since 1970; for each metric both arms' `requests` and `bad` (a success rate: the errors; a
//! latency: the requests slower than each of `edges_ms`), and of a value each arm's number as `{"Ok": 512}`, or why there is none
//! as `{"Err": "no series"}`. Versions are of the whole file: a reader refuses one that it does not know.

use serde::{Deserialize, Serialize};

use super::{Replay, ReplayError, Replayed};
use crate::driver::{Entry, Input};
use crate::engine::judge::{self, counts::Counts};
use crate::engine::{Event, MetricPast, NoData};
use crate::spec::CheckedCanary;

/// What the first line calls the format.
pub const FORMAT: &str = "serin-counts";

/// The version of the format that this binary writes and reads.
pub const VERSION: u32 = 1;

/// The weight that stands for the promotion where a gate leads to it.
const PROMOTION: u8 = 100;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum CountsLine {
    /// What is judged.
    Canary(Box<Header>),
    /// What the stable version did before the rollout.
    History {
        /// For each metric, by its index.
        metrics: Vec<MetricPast>,
    },
    /// One look.
    Look(Box<RecordedLook>),
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of the judge's arithmetic that judged it live, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_version: Option<u32>,
    /// The Canary.
    pub canary: CheckedCanary,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedLook {
    /// Where the canary stood.
    #[serde(flatten)]
    pub setting: Setting,
    /// The weight that the next gate leads to, in percent; 100 for the promotion.
    #[serde(default = "promotion")]
    pub gate_weight: u8,
    /// Why there was nothing to judge by.
    #[serde(default)]
    pub no_data: Option<NoData>,
    /// What was counted.
    pub counts: Counts,
}

const fn promotion() -> u8 {
    PROMOTION
}

/// Where the canary stood when a look was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// The canary's weight, in percent.
    pub weight: u8,
    /// Whether part of the counts was served at the weight before.
    #[serde(default)]
    pub first_at_weight: bool,
}

/// Makes the lines of a file from a rollout's entries.
#[derive(Debug, Default)]
pub struct Export {
    replay: Replay,
}

impl Export {
    /// What `entry`, the next one, adds to the file. Looks after the rollout's end were judged by nobody and are left out.
    ///
    /// # Errors
    /// Where the entry is not the next, or is not the same again: then nobody knows at which weight a look was taken.
    pub fn line(&mut self, entry: &Entry) -> Result<Option<CountsLine>, ReplayError> {
        let had_ended = self
            .replay
            .rollout()
            .is_some_and(|rollout| rollout.phase().is_final());
        let Replayed { rollout, look } = self.replay.take(entry)?;
        Ok(match &entry.input {
            Input::Started {
                canary,
                judge_version,
                ..
            } => Some(CountsLine::Canary(Box::new(Header {
                format: FORMAT.to_owned(),
                version: VERSION,
                judge_version: Some(*judge_version),
                canary: CheckedCanary::clone(canary),
            }))),
            Input::Event(Event::History(metrics)) => Some(CountsLine::History {
                metrics: metrics.clone(),
            }),
            Input::Event(Event::Look(counts)) if !had_ended => look.map(|setting| {
                let verdict = rollout.status(entry.at).verdict;
                CountsLine::Look(Box::new(RecordedLook {
                    setting,
                    gate_weight: verdict.as_ref().map_or(PROMOTION, |verdict| verdict.gate_weight),
                    no_data: verdict.and_then(|verdict| verdict.no_data.clone()),
                    counts: counts.clone(),
                }))
            }),
            Input::Event(_) => None,
        })
    }
}

/// Refuses a file that this binary cannot judge as the one that wrote it did.
pub(super) fn check(header: &Header) -> Result<(), String> {
    if header.format != FORMAT || header.version != VERSION {
        return Err(format!(
            "expected format `{FORMAT}` version {VERSION}, found `{}` version {}",
            header.format, header.version
        ));
    }
    match header.judge_version {
        Some(recorded) if recorded != judge::VERSION => Err(format!(
            "it was judged by version {recorded} of the judge, and this binary has version {}; hint: judge it with the release \
             that wrote it, or take `judgeVersion` out to have it judged anew",
            judge::VERSION
        )),
        _ => Ok(()),
    }
}
