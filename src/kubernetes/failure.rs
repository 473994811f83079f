//! What can go wrong with a call to the API server.

use kube::core::Status;

/// Why a call brought nothing. Each says for people what was expected, what was found, or what the server answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no such object, or no such kind.
    #[error("{0}")]
    NotFound(String),
    /// The object is another one than the write was meant for. Nothing was written; read again.
    #[error("{0}")]
    Conflict(String),
    /// The server will not do it, and asking again does not help: not valid.
    #[error("{0}")]
    Refused(String),
    /// The server says that Serin may not. One that has just started says so of everybody until it has read its roles, so this may
    /// pass; where it lasts, a right is missing. A write did not happen.
    #[error("{0}")]
    Denied(String),
    /// The server did not answer, or is too busy to. A write did not happen.
    #[error("{0}")]
    Unreachable(String),
    /// A write was sent and no answer came: it may or may not have happened, or may yet.
    #[error("{0}")]
    Unknown(String),
}

/// What a call was for: a write without an answer may have happened, a read has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nothing changes by it.
    Read,
    /// Something may change by it.
    Write,
}

impl Failure {
    /// No answer that says what happened.
    pub(super) fn unanswered(purpose: Purpose, reason: impl Into<String>) -> Self {
        match purpose {
            Purpose::Read => Self::Unreachable(reason.into()),
            Purpose::Write => Self::Unknown(reason.into()),
        }
    }

    /// What the server answered instead of an object.
    pub(super) fn answered(purpose: Purpose, status: &Status) -> Self {
        let reason = match status.message.as_str() {
            "" => format!("the API server answered {}", status.code),
            message => format!("the API server answered {}: {message}", status.code),
        };
        match status.code {
            401 | 403 => Self::Denied(reason),
            404 => Self::NotFound(reason),
            409 => Self::Conflict(reason),
            // Too busy: turned away before anything was done.
            429 => Self::Unreachable(reason),
            400..=499 => Self::Refused(reason),
            _ => Self::unanswered(purpose, reason),
        }
    }

    /// What became of a request whose answer did not come: one that never had a connection was not sent.
    pub(super) fn broken(purpose: Purpose, error: &kube::Error) -> Self {
        match error {
            kube::Error::Service(cause) if is_connect(cause.as_ref()) => {
                Self::Unreachable(root_cause(cause.as_ref()))
            }
            kube::Error::Auth(_) | kube::Error::BuildRequest(_) => Self::Unreachable(error.to_string()),
            kube::Error::Service(cause) => Self::unanswered(purpose, root_cause(cause.as_ref())),
            other => Self::unanswered(purpose, other.to_string()),
        }
    }
}

fn is_connect(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

/// The innermost cause says it: `connection refused`, `certificate expired`.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> Status {
        Status {
            code,
            message: "why".to_owned(),
            ..Status::default()
        }
    }

    #[test]
    fn a_write_that_the_server_stumbled_over_may_have_happened_and_a_read_has_not() {
        let reason = "the API server answered 500: why".to_owned();
        assert_eq!(
            Failure::answered(Purpose::Write, &status(500)),
            Failure::Unknown(reason.clone())
        );
        assert_eq!(
            Failure::answered(Purpose::Read, &status(500)),
            Failure::Unreachable(reason)
        );
    }

    #[test]
    fn what_was_turned_away_did_not_happen() {
        for (code, matches) in [
            (
                404,
                (|failure| matches!(failure, Failure::NotFound(_))) as fn(Failure) -> bool,
            ),
            (409, |failure| matches!(failure, Failure::Conflict(_))),
            (422, |failure| matches!(failure, Failure::Refused(_))),
            (401, |failure| matches!(failure, Failure::Denied(_))),
            (403, |failure| matches!(failure, Failure::Denied(_))),
            (429, |failure| matches!(failure, Failure::Unreachable(_))),
        ] {
            let failure = Failure::answered(Purpose::Write, &status(code));
            assert!(matches(failure.clone()), "{code}: {failure:?}");
        }
    }
}
