//! What a command is given, checked.

use crate::api::access::Caller;
use crate::api::error::ApiError;
use crate::api::fields::{Fields, FromFields};
use crate::api::view::{AbortRequest, CommandRequest, StartRequest};
use crate::driver::Asked;
use crate::engine::{Action, Change, Command};

/// Characters of a reason: a paragraph.
const REASON_CHARS_MAX: usize = 1000;

/// Characters of a name of whoever asks.
const BY_CHARS_MAX: usize = 100;

/// Characters of a revision: an image with its digest.
const REVISION_CHARS_MAX: usize = 200;

/// Why an abort was asked for, where the request does not say.
const REASON_DEFAULT: &str = "no reason given";

/// What is rolled out, where the request does not say.
pub(in crate::api) const REVISION_DEFAULT: &str = "unnamed";

impl FromFields for StartRequest {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        Ok(Self {
            reason: fields.required_text("reason", 1..=REASON_CHARS_MAX)?,
            by: fields.text("by", 1..=BY_CHARS_MAX)?,
            revision: fields.text("revision", 1..=REVISION_CHARS_MAX)?,
            from: fields.text("from", 1..=REVISION_CHARS_MAX)?,
        })
    }
}

impl FromFields for CommandRequest {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        Ok(Self {
            reason: fields.required_text("reason", 1..=REASON_CHARS_MAX)?,
            by: fields.text("by", 1..=BY_CHARS_MAX)?,
        })
    }
}

impl FromFields for AbortRequest {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        Ok(Self {
            reason: fields.text("reason", 1..=REASON_CHARS_MAX)?,
            by: fields.text("by", 1..=BY_CHARS_MAX)?,
        })
    }
}

impl StartRequest {
    /// What is rolled out, as far as the request says so, and who asked for it.
    pub(super) fn into_parts(self, caller: &Caller) -> (Change, Asked) {
        let (by, trail) = caller.signs(self.by);
        let asked = Asked {
            by,
            reason: self.reason,
            trail,
            seen: None,
        };
        let change = Change {
            from: self.from,
            to: self.revision.unwrap_or_else(|| REVISION_DEFAULT.to_owned()),
        };
        (change, asked)
    }
}

impl CommandRequest {
    /// The command to the engine.
    pub(super) fn into_command(self, action: Action, caller: &Caller) -> Command {
        let (by, trail) = caller.signs(self.by);
        Command {
            action,
            by,
            reason: self.reason,
            trail,
        }
    }
}

impl AbortRequest {
    /// The command to the engine.
    pub(super) fn into_command(self, caller: &Caller) -> Command {
        let (by, trail) = caller.signs(self.by);
        Command {
            action: Action::Abort,
            by,
            reason: self.reason.unwrap_or_else(|| REASON_DEFAULT.to_owned()),
            trail,
        }
    }
}
