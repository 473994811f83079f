//! `POST /webhooks/flagger/{hook}`: somebody else moves the traffic, Flagger or whoever speaks its webhooks, and Serin judges.
//!
//! What it promises:
//!
//! - One judgement a revision: a rollout with `mode: observe`, kept in the store like every other. The same checksum again begins none;
//!   another one ends what was judged before.
//! - Nothing here raises anything: a rollout that moves its traffic itself is never touched.
//! - An answer comes within [`ANSWER_WITHIN`], whatever is away. What cannot be judged yet parks a question before a raise (403), and
//!   costs no failed check (200 on `rollout`); nothing but a judgement that failed rolls back (200 on `rollback`).
//!
//! The protocol is Flagger's: it passes on 200 to 202, tells hooks apart by their address alone, and shows the body of a 403 in its events.

mod answer;
mod canary;
mod guard;
mod hook;
mod judgement;
mod payload;

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use self::answer::Answer;
pub(super) use self::guard::{Ids, admit, verify};
use self::hook::asks;
use self::judgement::Judgement;
use self::payload::Payload;
use super::Shared;
use super::access::Caller;
use super::error::ApiError;
use super::extract::{Body, Named};
use super::problem::Problem;
use super::view::FlaggerPayload;
use crate::engine::Event;
use crate::spec::HookType;

/// Flagger gives up after 10 s, and a hook that takes as long keeps it from everything else meanwhile.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// Who asks, where no token says whose it is: the protocol is Flagger's.
const FLAGGER: &str = "flagger";

/// Bytes of a webhook's body: some hundred names, and the metadata that a person writes.
pub(super) const BODY_BYTES_MAX: usize = 64 << 10;

/// Answers one of Flagger's webhooks.
///
/// 200 passes, and 403 does not; either says why in one sentence. A checksum that is seen for the first time begins a judgement, and
/// ends the one before.
#[utoipa::path(
    post,
    path = "/webhooks/flagger/{hook}",
    tag = "webhooks",
    params(("hook" = String, Path, description = "Flagger's type of the webhook.")),
    request_body = FlaggerPayload,
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "It passes."),
        (status = 403, description = "It does not.", content((String = "text/plain"), (Problem = "application/problem+json"))),
    ),
)]
pub(super) async fn flagger(
    State(shared): State<Shared>,
    Named(hook): Named<String>,
    caller: Caller,
    Body(payload): Body<Payload>,
) -> Result<Response, ApiError> {
    let hook =
        HookType::named(&hook).ok_or_else(|| ApiError::NoRoute(format!("/webhooks/flagger/{hook}")))?;
    let patience = ANSWER_WITHIN.min(super::commands::patience(&shared));
    let answered = timeout(patience, answer(&shared, hook, &payload, &caller)).await;
    let answer = match answered {
        Ok(answered) => answered?,
        Err(_) => Judgement::Undecided(format!("nothing was known within {} s", patience.as_secs_f64()))
            .answer(hook),
    };
    tracing::debug!(
        canary = payload.canary(),
        hook = hook.name(),
        checksum = payload.checksum,
        passes = answer.passes,
        "a webhook was answered: {}",
        answer.why
    );
    Ok(answer.into_response())
}

async fn answer(
    shared: &Shared,
    hook: HookType,
    payload: &Payload,
    caller: &Caller,
) -> Result<Answer, ApiError> {
    if asks(hook) {
        let judgement = judgement::of(shared, hook, payload, caller).await?;
        return Ok(judgement.answer(hook));
    }
    tell(shared, hook, payload, caller).await
}

/// Keeps what Flagger says of a revision in the journal of its judgement, and ends that with Flagger's own run, which `post-rollout` tells.
async fn tell(
    shared: &Shared,
    hook: HookType,
    payload: &Payload,
    caller: &Caller,
) -> Result<Answer, ApiError> {
    let text = payload.news(hook);
    tracing::info!(canary = payload.canary(), checksum = payload.checksum, "{text}");
    let driver = shared.driver()?;
    let status = driver.status_of(&payload.namespace, &payload.name);
    let Some(status) = status.filter(|status| judgement::is_of(status, payload) && !status.phase.is_final())
    else {
        return Ok(Answer::passed("nothing is judged of this checksum now"));
    };
    driver.tell(&status.id, Event::Noted(text))?;
    if let Some(promoted) = payload.ends(hook) {
        let detail = if promoted {
            "whoever moves the traffic promoted the canary"
        } else {
            "whoever moves the traffic rolled the canary back"
        };
        let (by, trail) = caller.signs(Some(FLAGGER.to_owned()));
        let concluded = Event::Concluded {
            promoted,
            detail: detail.to_owned(),
            by,
            trail,
        };
        driver.tell(&status.id, concluded)?;
    }
    Ok(Answer::passed("kept in the journal"))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = if self.passes {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], self.why).into_response()
    }
}
