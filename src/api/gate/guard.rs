//! Who may call a webhook.
//!
//! By a token, one of the API's that may judge or one that opens nothing but these: as a bearer, or as Flagger can send it, which is the
//! user part of its webhook's address (`https://flagger:TOKEN@serin…`, and so `Authorization: Basic`). Or by a signature over `id.timestamp.body`, as
//! Standard Webhooks has it, that is fresh and was not used before. Where neither is configured this machine alone may, as with the API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::BODY_BYTES_MAX;
use crate::api::Shared;
use crate::api::access::{Caller, Identity, Visitor, Wanted, count, credentials, is_equal, refuse_pages};
use crate::api::error::ApiError;
use crate::spec::Timestamp;

/// A signature is good for so long after the time in it: a retry takes its time, and clocks differ.
const WINDOW: Duration = Duration::from_secs(5 * 60);

/// And for so long before it: a sender's clock may be ahead by that.
const AHEAD_MAX: Duration = Duration::from_secs(10);

/// Signatures of so long after the start count as older: the process before this one may have taken them, by a clock that was ahead as well.
const AHEAD_OF_START: Duration = AHEAD_MAX.saturating_mul(2);

/// Ids remembered: thirty a second for as long as one counts. More are turned away, as one that is forgotten could be used again.
const IDS_MAX: usize = 20_000;

/// Longest id: a UUID with something before it, and room.
const ID_BYTES_MAX: usize = 255;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// The ids of signed webhooks that were seen.
///
/// They are kept in memory alone. What the process before this one saw, or the replica that led, is not known, so nothing counts that was
/// signed for its time. To keep them in the store would be a write for each webhook, and would make each wait for a store that is away; this
/// costs a sender one signature more after a restart.
#[derive(Clone)]
pub(in crate::api) struct Ids {
    since: Timestamp,
    /// Each with when it was first seen.
    seen: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

/// Marks a request whose signature is to be verified once its body is there.
#[derive(Clone, Copy)]
struct ToVerify;

/// Lets a request in by what its head says, or refuses it before anything of it is read.
pub(in crate::api) async fn admit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match by_head(&shared, &mut parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => refused(&shared, error),
    }
}

/// Lets a signed request in by its body, which the limits in front have read already.
pub(in crate::api) async fn verify(
    State((shared, ids)): State<(Shared, Ids)>,
    request: Request,
    next: Next,
) -> Response {
    if request.extensions().get::<ToVerify>().is_none() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return ApiError::Defect.into_response();
    };
    match by_signature(&shared, &ids, &parts.headers, &body) {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(error) => refused(&shared, error),
    }
}

fn refused(shared: &Shared, error: ApiError) -> Response {
    count(shared, &error);
    error.into_response()
}

async fn by_head(shared: &Shared, parts: &mut Parts) -> Result<Caller, ApiError> {
    let wanted = Wanted::of(parts).await?;
    let visitor = Visitor::of(parts, wanted.as_ref());
    let identity = identified(shared, parts, visitor, wanted.as_ref()).await?;
    Ok(Caller::at(parts, visitor, identity))
}

/// Whose token it is; nobody's where it is that of the webhooks, where none is needed, or where a signature is to say it later.
async fn identified(
    shared: &Shared,
    parts: &mut Parts,
    visitor: Visitor,
    wanted: Option<&Wanted>,
) -> Result<Option<Identity>, ApiError> {
    let (settings, headers) = (&shared.settings, &parts.headers);
    let is_guarded = settings.webhook_token.is_some() || !settings.webhook_keys.is_empty();
    if shared.access.is_open() && !is_guarded {
        return refuse_pages(headers, parts.uri.authority()).map(|()| None);
    }
    if !settings.webhook_keys.is_empty() && headers.contains_key(SIGNATURE) {
        parts.extensions.insert(ToVerify);
        return Ok(None);
    }
    let sent = credentials(headers).ok_or(ApiError::UnauthorisedWebhook("the webhook brings no token"))?;
    let sent = tokens(sent);
    let of_webhooks = settings.webhook_token.as_ref();
    if of_webhooks.is_some_and(|token| sent.iter().any(|sent| is_equal(sent, token))) {
        return Ok(None);
    }
    // Beside a password there is a user, which says nothing.
    let sent = sent.iter().filter_map(|sent| std::str::from_utf8(sent).ok());
    let token = sent.max_by_key(|sent| sent.len());
    let now = shared.clock.now();
    let identity = match shared.access.identify(token, visitor, now).await {
        Err(ApiError::Unauthorised) => {
            return Err(ApiError::UnauthorisedWebhook("the webhook brings another token"));
        }
        identified => identified?,
    };
    if let Some(wanted) = wanted {
        shared.access.allow(&identity, wanted, now).await?;
    }
    Ok(Some(identity))
}

/// What may be a token: a bearer, or a user and a password.
fn tokens((scheme, sent): (&str, &str)) -> Vec<Vec<u8>> {
    if scheme.eq_ignore_ascii_case("bearer") {
        return vec![sent.as_bytes().to_vec()];
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Vec::new();
    }
    let decoded = STANDARD.decode(sent).unwrap_or_default();
    // A user has no colon in it (RFC 7617, section 2), and neither has a token.
    decoded
        .splitn(2, |byte| *byte == b':')
        .map(<[u8]>::to_vec)
        .collect()
}

fn by_signature(shared: &Shared, ids: &Ids, headers: &HeaderMap, body: &[u8]) -> Result<(), ApiError> {
    let header = |name: &str| {
        let mut sent = headers.get_all(name).iter();
        let only = sent.next().filter(|_| sent.next().is_none());
        only.and_then(|sent| sent.to_str().ok())
    };
    let id = header(ID).filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()));
    let id = id.ok_or(ApiError::UnauthorisedWebhook(
        "the webhook has a signature, and not one `webhook-id`",
    ))?;
    let timestamp = header(TIMESTAMP).and_then(|text| text.parse::<u64>().ok());
    let timestamp = timestamp.ok_or(ApiError::UnauthorisedWebhook(
        "the webhook has a signature, and no `webhook-timestamp` in seconds",
    ))?;
    let signatures = header(SIGNATURE).ok_or(ApiError::UnauthorisedWebhook(
        "the webhook has more than one `webhook-signature`",
    ))?;
    let now = shared.clock.now();
    let signed_at = Timestamp(timestamp.saturating_mul(1000));
    if now.since(signed_at) > WINDOW || signed_at.since(now) > AHEAD_MAX {
        return Err(ApiError::UnauthorisedWebhook(
            "the webhook's time is more than five minutes before this machine's, or more than ten seconds after it",
        ));
    }
    if !ids.knows(signed_at) {
        return Err(ApiError::UnauthorisedWebhook(
            "the webhook was signed before this process began, or within twenty seconds of that; sign it anew",
        ));
    }
    let keys = &shared.settings.webhook_keys;
    if !keys
        .iter()
        .any(|key| key.verifies(signatures, id, timestamp, body))
    {
        return Err(ApiError::UnauthorisedWebhook(
            "the webhook's signature is of another message, or by another key",
        ));
    }
    // Only now: who cannot sign fills no memory.
    ids.remember(id, now)
}

impl Ids {
    /// Those from now on.
    pub(in crate::api) fn since(now: Timestamp) -> Self {
        Self {
            since: now,
            seen: Arc::default(),
        }
    }

    /// Whether everything of that time was seen here, if it was seen.
    fn knows(&self, signed_at: Timestamp) -> bool {
        signed_at > self.since + AHEAD_OF_START
    }

    fn remember(&self, id: &str, now: Timestamp) -> Result<(), ApiError> {
        let mut ids = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.contains_key(id) {
            return Err(ApiError::Replayed);
        }
        if ids.len() >= IDS_MAX {
            // Signed at the latest moment that its first use allowed, it counts for so long.
            ids.retain(|_, seen_at| now.since(*seen_at) <= WINDOW + AHEAD_MAX);
        }
        if ids.len() >= IDS_MAX {
            return Err(ApiError::Busy("signed webhooks"));
        }
        ids.insert(id.to_owned(), now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn an_id_is_taken_once_and_none_is_forgotten_while_it_counts() {
        let ids = Ids::since(NOW);
        for id in 0..IDS_MAX {
            assert_eq!(ids.remember(&id.to_string(), NOW), Ok(()));
        }
        assert_eq!(ids.remember("0", NOW), Err(ApiError::Replayed));
        let later = NOW + WINDOW + AHEAD_MAX;
        assert_eq!(
            ids.remember("more", later),
            Err(ApiError::Busy("signed webhooks"))
        );
        let later = later + Duration::from_millis(1);
        assert_eq!(ids.remember("more", later), Ok(()));
        assert_eq!(ids.remember("more", later), Err(ApiError::Replayed));
    }
}
