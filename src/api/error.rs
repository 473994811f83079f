//! What can go wrong with a request, and the one place that turns it into a status, words and a hint.

use std::time::Duration;

use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::access::{ClusterDeed, Right, Role};
use super::lanes::TurnedAway;
use super::problem::Problem;
use crate::driver::{CommandError, HistoryError, StartError};
use crate::spec::Timestamp;

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// No such path.
    #[error("there is nothing at {0}")]
    NoRoute(String),
    /// The path is there, and takes another method.
    #[error("{0} takes other methods, which the header Allow names")]
    Method(String),
    /// The path names something that is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// A field of the request is wrong.
    #[error("expected {expected}, found {found}")]
    Field {
        /// Which one.
        field: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
        /// What to write instead, where that can be said.
        hint: Option<String>,
    },
    /// The body is not what its header says, or the header says nothing that is understood.
    #[error("the body has to be `application/json`")]
    MediaType,
    /// No token, or not the right one.
    #[error("the request brings no token, or not the one that this server asks for")]
    Unauthorised,
    /// A token that counts no longer.
    #[error("the token `{name}` expired at {at}")]
    Expired {
        /// Whose it was.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// The identity may not do that.
    #[error("`{name}` has the role `{has}`; {} takes the role `{}`", .right.name(), .right.least())]
    Role {
        /// Who asks.
        name: String,
        /// The role that it has.
        has: Role,
        /// What it asked for.
        right: Right,
    },
    /// Whoever signed the token gave its owner no role.
    #[error(
        "the token of `{name}` has no role: expected `viewer`, `operator` or `admin` in its claim `{claim}`"
    )]
    NoRole {
        /// Whose it is.
        name: String,
        /// Where the role should stand.
        claim: String,
    },
    /// The cluster's rules do not let the identity do that.
    #[error("the cluster's rules do not let `{name}` {deed}")]
    Rules {
        /// Who asks.
        name: String,
        /// What it asked for.
        deed: ClusterDeed,
    },
    /// The cluster did not say who asks, or what they may.
    #[error("the cluster did not say who asks, or what they may: {0}")]
    NotReviewed(String),
    /// A webhook brings neither a token nor a signature that counts.
    #[error("{0}")]
    UnauthorisedWebhook(&'static str),
    /// A signed webhook came before.
    #[error("a webhook with this id came before")]
    Replayed,
    /// A page of another site asks, or a name that is not this machine's was used.
    #[error("{0}")]
    Forbidden(String),
    /// The body is too long.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// The head is too long.
    #[error("the head of the request is longer than {0} bytes")]
    HeadTooLong(usize),
    /// The client sent its body too slowly.
    #[error("the body did not arrive within {} s", .0.as_secs_f64())]
    TooSlow(Duration),
    /// The answer was not ready in time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    NoAnswer(Duration),
    /// Whoever asks does so too often; after so many seconds they may again.
    #[error("more than 50 requests a second, and 100 at once, by the same identity or from the same address")]
    TooOften(u64),
    /// Too much of this kind is under way.
    #[error("too many {0} are under way")]
    Busy(&'static str),
    /// The idempotency key was used for another request.
    #[error("this key was used for another request")]
    KeyReused,
    /// This replica follows, and the one that leads is to be asked.
    #[error("this replica follows: {}, by the Lease {lease}", leads(.leader.as_deref()))]
    Follows {
        /// The Lease, as `namespace/name`.
        lease: String,
        /// Who leads; none where that is to be decided.
        leader: Option<String>,
    },
    /// The Canary has no rollout that could take a command.
    #[error("{0} has had no rollout since this daemon started")]
    NoRollout(String),
    /// The newest edit of the Canary was refused, and nobody means the one before.
    #[error("the newest edit of this Canary is broken, and was refused: {0}")]
    BrokenEdit(String),
    /// It could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The command was not carried out.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The store could not be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A defect.
    #[error("a defect of Serin itself; its log says more")]
    Defect,
}

fn leads(leader: Option<&str>) -> String {
    leader.map_or_else(
        || "who leads is being decided".to_owned(),
        |leader| format!("{leader} leads"),
    )
}

/// Seconds after which it is worth trying again.
const RETRY_AFTER_S: &str = "1";

impl ApiError {
    fn problem(&self) -> Problem {
        let (status, kind, title) = self.class();
        let field = match self {
            Self::Field { field, .. } => Some(field.clone()),
            Self::MediaType => Some("Content-Type".to_owned()),
            Self::Unauthorised | Self::UnauthorisedWebhook(_) | Self::Expired { .. } => {
                Some("Authorization".to_owned())
            }
            Self::Replayed => Some("webhook-id".to_owned()),
            Self::KeyReused => Some("Idempotency-Key".to_owned()),
            Self::History(HistoryError::Cursor) => Some("cursor".to_owned()),
            _ => None,
        };
        Problem {
            kind: format!("urn:serin:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.to_string(),
            field,
            hint: self.hint(),
            leader: match self {
                Self::Follows { leader, .. } => leader.clone(),
                _ => None,
            },
        }
    }

    /// The status, the name and the title.
    const fn class(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoRoute(_) => (StatusCode::NOT_FOUND, "no-route", "No such path"),
            Self::Method(_) => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "Another method is needed",
            ),
            Self::NotFound(_) | Self::Command(CommandError::NotFound(_)) => {
                (StatusCode::NOT_FOUND, "not-found", "Not found")
            }
            Self::Field { .. } | Self::History(HistoryError::Cursor) => {
                (StatusCode::BAD_REQUEST, "field", "A field is wrong")
            }
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not JSON"),
            Self::Unauthorised | Self::UnauthorisedWebhook(_) => {
                (StatusCode::UNAUTHORIZED, "unauthorised", "A token is needed")
            }
            Self::Expired { .. } => (StatusCode::UNAUTHORIZED, "expired", "The token has expired"),
            Self::Role { .. } | Self::NoRole { .. } => {
                (StatusCode::FORBIDDEN, "role", "Another role is needed")
            }
            Self::Rules { .. } => (StatusCode::FORBIDDEN, "rules", "The cluster's rules forbid it"),
            Self::NotReviewed(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "not-reviewed",
                "The cluster does not answer as it should",
            ),
            Self::Replayed => (StatusCode::CONFLICT, "replayed", "It came before"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "Refused"),
            Self::TooLong(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-long",
                "The body is too long",
            ),
            Self::HeadTooLong(_) => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head-too-long",
                "The head is too long",
            ),
            Self::TooSlow(_) => (
                StatusCode::REQUEST_TIMEOUT,
                "body-too-slow",
                "The body came too slowly",
            ),
            Self::NoAnswer(_) => (StatusCode::SERVICE_UNAVAILABLE, "no-answer", "No answer in time"),
            Self::Busy(_) | Self::Command(CommandError::Busy(_)) | Self::Start(StartError::TooMany) => {
                (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too much at once")
            }
            Self::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, "too-often", "Too many requests"),
            Self::Follows { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "follows",
                "Another replica leads",
            ),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "The key was used before",
            ),
            Self::NoRollout(_) => (StatusCode::CONFLICT, "no-rollout", "Nothing to command"),
            Self::BrokenEdit(_) => (StatusCode::CONFLICT, "broken-edit", "The Canary is broken"),
            Self::Start(StartError::UnderWay { .. } | StartError::ClearingUp { .. }) => {
                (StatusCode::CONFLICT, "under-way", "A rollout is under way")
            }
            Self::Command(CommandError::Refused(_)) => {
                (StatusCode::CONFLICT, "refused", "The rollout refuses")
            }
            Self::Start(StartError::EndNotJournalled { .. })
            | Self::Command(CommandError::NotJournalled { .. })
            | Self::History(HistoryError::Unreadable(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "store",
                "The store does not answer as it should",
            ),
            Self::Start(StartError::ShuttingDown) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "shutting-down",
                "The daemon is shutting down",
            ),
            Self::Command(CommandError::Unanswered(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unanswered",
                "The rollout gave no answer",
            ),
            Self::Defect => (StatusCode::INTERNAL_SERVER_ERROR, "defect", "A defect of Serin"),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound(what) if what.starts_with("Canary") => {
                "GET /api/v1/canaries (`serin list`) shows all; on the command line a name alone is in the namespace `default`"
            }
            Self::NoRoute(_) => "GET /api/v1/openapi.json lists every path",
            Self::Field { hint, .. } => return hint.clone(),
            Self::MediaType => "send `Content-Type: application/json`",
            Self::Unauthorised => {
                "send `Authorization: Bearer TOKEN`, with the token of `api.token` or `api.tokenFile`, or one of `api.tokens`"
            }
            Self::Expired { .. } => "ask for a new one; `serin generate token` makes those of `api.tokens`",
            Self::Role { .. } => "`role` in `api.tokens` is what a token's owner may do",
            Self::NoRole { .. } => "`api.jwt.roleClaim` names the claim",
            Self::Rules { .. } => {
                "`kubectl auth can-i VERB canaries.serin.dev/NAME` asks the cluster the same; deploy/components/cluster-identities has roles for it"
            }
            Self::NotReviewed(_) => {
                "a token of `api.tokens` is good while the cluster is away; Serin itself has to be allowed `create` of tokenreviews and \
                 subjectaccessreviews"
            }
            Self::UnauthorisedWebhook(_) => {
                "put the token of `api.webhookToken` into the webhook's address, as in `http://flagger:TOKEN@serin.serin:8080/…`; \
                 or sign the webhook with `api.webhookSecret`"
            }
            Self::Replayed => "sign a new message under a new id",
            Self::KeyReused => "use a new key for a new request",
            Self::Follows { .. } => {
                "ask again, which a Service may hand to the one that leads; or ask that pod itself, by `kubectl port-forward`"
            }
            Self::TooOften(_) => {
                "wait as long as Retry-After says; the stream tells of every change, so that nobody has to ask"
            }
            Self::NoRollout(_) => "start one first",
            Self::BrokenEdit(_) => "put the file right, or back",
            Self::Busy(_) | Self::Command(CommandError::Busy(_)) => "try again in a second",
            Self::NoAnswer(_) | Self::Command(CommandError::Unanswered(_)) => {
                "ask where the rollout stands before you try again"
            }
            Self::History(HistoryError::Cursor) => "use `next` of the page before, as it was",
            Self::History(HistoryError::Unreadable(_)) | Self::Start(StartError::EndNotJournalled { .. }) => {
                "rollouts go on meanwhile, and can be aborted; /health/detailed says how the store is"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status = problem.status;
        let mut response = problem.into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorised | Self::UnauthorisedWebhook(_) => {
                headers.insert(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"serin\""),
                );
            }
            Self::Expired { .. } => {
                // RFC 6750, section 3.1.
                let challenge = "Bearer realm=\"serin\", error=\"invalid_token\", error_description=\"the token has expired\"";
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            // A Service chooses a replica for each new connection.
            Self::Follows { .. } => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
            }
            Self::TooOften(seconds) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
                response.extensions_mut().insert(TurnedAway);
            }
            // What is left of the request is not read any more.
            Self::TooLong(_) | Self::TooSlow(_) | Self::HeadTooLong(_) => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE.as_u16() => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
            }
            _ => {}
        }
        response
    }
}
