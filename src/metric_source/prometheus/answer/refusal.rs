//! How a reader deep inside an answer says in its own words why it stops.

use std::cell::RefCell;

use serde::de;

use super::answer_error::AnswerError;

/// Where a reader leaves its reason: serde's own errors carry only text.
#[derive(Default)]
pub(super) struct Refusal(RefCell<Option<AnswerError>>);

impl Refusal {
    /// Leaves `reason`, and makes the error that ends the reading.
    pub(super) fn because<E: de::Error>(&self, reason: AnswerError) -> E {
        self.0.replace(Some(reason));
        E::custom("refused")
    }

    /// The reason, if one was left.
    pub(super) fn take(&self) -> Option<AnswerError> {
        self.0.take()
    }
}
