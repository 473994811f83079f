//! How a rollout ends, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::event::Command;
use super::no_data::NoData;
use super::phase::Outcome;
use super::words;

/// How a rollout ends, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Why.
    pub cause: Cause,
}

/// Why a rollout ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Every gate was passed. With the numbers, for people.
    Proven(String),
    /// The evidence of harm reached its limit. With the numbers, for people.
    Harmful(String),
    /// A no-data state outlasted its deadline, and its policy says abort.
    NoData(NoData),
    /// The workload itself says that the canary cannot serve.
    CanaryFailing(String),
    /// Somebody asked for it.
    Commanded(Command),
    /// The deadline passed without proof. With what was missing, for people.
    Deadline(String),
    /// Somebody lowered the canary and nobody resumed the rollout.
    Drift(String),
    /// The canary's revision changed; a rollout is of one revision.
    RevisionChanged(String),
    /// The canary's workload was found to be of another revision than what is judged.
    OtherRevision {
        /// What is judged.
        judged: String,
        /// What was found.
        found: String,
    },
    /// The Canary was deleted.
    Deleted,
    /// A hook asked for it, failed too often, or did not pass in its time. With the hook's name and answer, for people.
    Hook(String),
    /// Whoever moves the traffic of a rollout that only observes was done with it. With what they did, for people.
    Concluded(String),
    /// The stable workload did not become ready with the canary's version.
    NotPromoted(String),
    /// The abort mark was found in the object: an abort that was written before it could be journalled.
    MarkFound,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven(numbers) | Self::Harmful(numbers) => f.write_str(numbers),
            Self::NoData(no_data) => {
                write!(
                    f,
                    "{} outlasted its deadline: {}",
                    no_data.state.name(),
                    no_data.reason
                )
            }
            Self::CanaryFailing(reason) => write!(f, "the canary cannot serve: {reason}"),
            Self::Commanded(command) => {
                write!(f, "{} asked for it", command.by)?;
                if !command.reason.is_empty() {
                    write!(f, ": {}", command.reason)?;
                }
                Ok(())
            }
            Self::Deadline(missing) => write!(f, "maxDuration passed without proof: {missing}"),
            Self::Drift(detail) => write!(f, "{detail}, and nobody resumed the rollout"),
            Self::RevisionChanged(revision) => write!(f, "the canary's revision changed to {revision}"),
            Self::OtherRevision { judged, found } => f.write_str(&words::other_revision(judged, found)),
            Self::Deleted => f.write_str("the Canary was deleted"),
            Self::Hook(detail) => write!(f, "the hook {detail}"),
            Self::Concluded(detail) => f.write_str(detail),
            Self::NotPromoted(reason) => write!(f, "the stable workload could not be promoted: {reason}"),
            Self::MarkFound => f.write_str("the abort mark was found in the object"),
        }
    }
}
