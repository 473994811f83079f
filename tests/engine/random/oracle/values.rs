//! The oracle's own books of a value: a list of what each arm's looks said.

use serin::engine::judge::counts::MetricCounts;
use serin::engine::{PerArm, ValueVerdict};
use serin::spec::{Metric, OnFail, Question, ValueLimit};

/// Whether each look broke the limit, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueBook {
    canary: Vec<bool>,
    baseline: Vec<bool>,
}

impl ValueBook {
    /// A look at a canary weight.
    pub(super) fn look(&mut self, counts: &MetricCounts, limit: &ValueLimit, weight: u8) {
        let Some(PerArm { canary, baseline }) = &counts.value else {
            return;
        };
        if weight == 0 {
            self.canary.clear();
        }
        if (weight > 0 && canary.is_err()) || (weight < 100 && baseline.is_err()) {
            return;
        }
        let before = self.is_shared(limit);
        match baseline {
            Ok(number) => self.baseline.push(limit.is_broken_by(*number)),
            Err(_) => self.baseline.clear(),
        }
        let incident_is_over = before && !self.is_shared(limit);
        if incident_is_over && self.canary.last() == Some(&true) {
            self.canary.clear();
        }
        if weight > 0 {
            self.canary
                .extend(canary.iter().map(|number| limit.is_broken_by(*number)));
        }
    }

    pub(super) fn is_broken(&self, limit: &ValueLimit) -> bool {
        all_of_the_last(&self.canary, limit, true) && !self.is_shared(limit)
    }

    pub(super) fn is_kept(&self, limit: &ValueLimit) -> bool {
        all_of_the_last(&self.canary, limit, false)
    }

    fn is_shared(&self, limit: &ValueLimit) -> bool {
        !limit.strict && all_of_the_last(&self.baseline, limit, true)
    }

    /// Whether the engine counts the same looks in a row.
    pub(super) fn agrees(&self, verdict: &ValueVerdict) -> bool {
        let in_a_row = |looks: &[bool], breaks: bool| {
            let same = looks.iter().rev().take_while(|broke| **broke == breaks);
            same.count()
        };
        let agrees =
            |looks: &[bool], run: serin::engine::Run| in_a_row(looks, run.breaks) == run.looks as usize;
        agrees(&self.canary, verdict.runs.canary) && agrees(&self.baseline, verdict.runs.baseline)
    }
}

fn all_of_the_last(looks: &[bool], limit: &ValueLimit, breaks: bool) -> bool {
    let asked = limit.looks as usize;
    looks.len() >= asked && looks[looks.len() - asked..].iter().all(|broke| *broke == breaks)
}

/// The limit of a metric that is a value.
pub(super) fn limit(metric: &Metric) -> Option<&ValueLimit> {
    match &metric.question {
        Question::Value { limit, .. } => Some(limit),
        _ => None,
    }
}

/// Whether a value that may abort is broken for long enough.
pub(super) fn is_harmful(metrics: &[Metric], books: &[ValueBook]) -> bool {
    metrics.iter().zip(books).any(|(metric, book)| {
        metric.on_fail == OnFail::Abort && limit(metric).is_some_and(|limit| book.is_broken(limit))
    })
}

/// Whether every value was kept for long enough.
pub(super) fn are_kept(metrics: &[Metric], books: &[ValueBook]) -> bool {
    let mut both = metrics.iter().zip(books);
    both.all(|(metric, book)| limit(metric).is_none_or(|limit| book.is_kept(limit)))
}
