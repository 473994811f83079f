//! Judges recorded counts look by look, with the judge that judges live.

use super::counts::{CountsLine, RecordedLook, check};
use super::sound;
use crate::engine::judge::{Bench, Judge, Unprovable};
use crate::engine::{MetricPast, Tally, Verdict, tally};
use crate::spec::CheckedCanary;

/// A file of counts before the judge, a line at a time.
#[derive(Debug, Default)]
pub struct Hearing {
    canary: Option<CheckedCanary>,
    judge: Option<Judge>,
    tallies: Vec<Tally>,
}

/// Why a line cannot be heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HearingError {
    /// The file as a whole is not one that this binary judges.
    #[error("{0}")]
    File(String),
    /// Something in the line cannot be.
    #[error("{0}")]
    Unsound(String),
    /// The line is out of place.
    #[error("expected {expected}, found {found}")]
    Misplaced {
        /// What may stand there.
        expected: &'static str,
        /// What does.
        found: &'static str,
    },
    /// The line has another number of metrics than the Canary.
    #[error("expected counts of {expected} metrics, as the Canary has, found {found}")]
    Metrics {
        /// The Canary's number.
        expected: usize,
        /// The line's.
        found: usize,
    },
    /// A margin is too narrow to be judged without a past.
    #[error(transparent)]
    Unprovable(Unprovable),
}

impl Hearing {
    /// Hears the next line. A look that is judged gives its verdict.
    ///
    /// # Errors
    /// See [`HearingError`]. The line changed nothing then.
    pub fn take(&mut self, line: &CountsLine) -> Result<Option<Verdict>, HearingError> {
        match (line, &self.canary) {
            (CountsLine::Canary(header), None) => {
                check(header).map_err(HearingError::File)?;
                sound::canary(&header.canary).map_err(HearingError::Unsound)?;
                self.canary = Some(header.canary.clone());
                Ok(None)
            }
            (CountsLine::Canary(_), Some(_)) => Err(HearingError::Misplaced {
                expected: "one `canary` line",
                found: "a second one",
            }),
            (_, None) => Err(HearingError::Misplaced {
                expected: "a `canary` line first",
                found: "another",
            }),
            (CountsLine::History { .. }, _) if self.judge.is_some() => Err(HearingError::Misplaced {
                expected: "one `history` line",
                found: "a second one",
            }),
            (CountsLine::History { metrics }, Some(canary)) => {
                let mut known = metrics.iter().filter_map(MetricPast::known);
                known
                    .try_for_each(sound::history)
                    .map_err(HearingError::Unsound)?;
                self.judge = Some(Judge::new(canary, metrics).map_err(HearingError::Unprovable)?);
                Ok(None)
            }
            (CountsLine::Look(look), Some(canary)) => {
                let expected = canary.analysis.metrics.len();
                let found = look.counts.metrics.len();
                if look.counts.source_down.is_none() && found != expected {
                    return Err(HearingError::Metrics { expected, found });
                }
                sound::counts(&look.counts, canary).map_err(HearingError::Unsound)?;
                Ok(look_at(&mut self.judge, &mut self.tallies, canary, look))
            }
        }
    }

    /// Whether a judge sat: without a `history` line none does.
    #[must_use]
    pub const fn is_judged(&self) -> bool {
        self.judge.is_some()
    }
}

/// In the order in which the engine does it.
fn look_at(
    judge: &mut Option<Judge>,
    tallies: &mut Vec<Tally>,
    canary: &CheckedCanary,
    look: &RecordedLook,
) -> Option<Verdict> {
    let RecordedLook {
        setting,
        gate_weight,
        no_data,
        counts,
    } = look;
    tally::add(tallies, counts);
    let judge = judge.as_mut()?;
    judge.observe(counts, canary, setting.weight, setting.first_at_weight);
    Some(judge.verdict(&Bench {
        canary,
        looked_at: counts.taken_at,
        gate_weight: *gate_weight,
        weight: setting.weight,
        tallies,
        no_data: no_data.as_ref(),
    }))
}
