//! `api.kubernetes`: whether a cluster's own identities may ask the API.

use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::{Form, Unfit};
use crate::config::values::Values;

/// Longest audience: that of a cluster is a URL.
const AUDIENCE_CHARS_MAX: usize = 253;

/// Whether a cluster's own identities may ask the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKubernetes {
    /// Whether they may.
    pub enabled: bool,
    /// Whom their tokens have to be meant for.
    pub audience: String,
}

pub(super) static ENABLED: Field<bool> = Field {
    entry: Entry {
        path: "api.kubernetes.enabled",
        about: "Whether tokens of the cluster (that of `kubernetes`) count as well. The cluster says whose they are (TokenReview) and what \
                their owners may do with `canaries.serin.dev` (SubjectAccessReview), and Serin has to be allowed to ask both.",
        expected: "`true` or `false`",
        unwritten: Unwritten::Is("false"),
        short_flag: None,
    },
    read: |scalar| scalar.word(&[("true", true), ("false", false)]),
    show: Show::AsWritten,
};

pub(super) static AUDIENCE: Field<String> = Field {
    entry: Entry {
        path: "api.kubernetes.audience",
        about: "Whom such a token has to be meant for, as in `kubectl create token NAME --audience serin`. One that is meant for the API \
                server itself is refused: whoever it is shown to could use it there.",
        expected: "an audience: 1 to 253 visible characters",
        unwritten: Unwritten::Is("serin"),
        short_flag: None,
    },
    read: |scalar| {
        let fits = (1..=AUDIENCE_CHARS_MAX).contains(&scalar.text.len())
            && scalar.text.bytes().all(|byte| byte.is_ascii_graphic());
        if scalar.form == Form::YamlOther || !fits {
            return Err(Unfit::default());
        }
        Ok(scalar.text.clone())
    },
    show: Show::AsWritten,
};

pub(super) fn kubernetes(values: &mut Values<'_>) -> ApiKubernetes {
    ApiKubernetes {
        enabled: values.value(&ENABLED, ""),
        audience: values.value(&AUDIENCE, ""),
    }
}
