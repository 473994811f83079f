//! How a command ended, as the shell sees it.

use std::process::ExitCode;

use crate::engine::Outcome;

/// How a command ended. 2, wrong usage, is clap's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or promoted.
    Done,
    /// Something is wrong, and was said.
    Error,
    /// The canary was aborted.
    Aborted,
    /// No proof in time.
    Inconclusive,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Promoted => Self::Done,
            Outcome::Aborted => Self::Aborted,
            Outcome::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Error => 1,
            Exit::Aborted => 3,
            Exit::Inconclusive => 4,
        })
    }
}
