//! `POST /api/v1/canaries/{namespace}/{name}/…`: what somebody wants done.
//!
//! A command is answered once the journal has it. Where the store is down, the rollout acts on it all the same, and the answer is
//! 202 and says so.

mod carry;
mod requests;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

pub(super) use carry::patience;
pub(super) use requests::REVISION_DEFAULT;

use super::Shared;
use super::access::Caller;
use super::error::ApiError;
use super::extract::{Body, Named, OptionalBody};
use super::view::{AbortRequest, CommandAnswer, CommandRequest, StartRequest};
use crate::engine::Action;

/// Starts a rollout of a Canary.
///
/// Refused while one is under way, and while the newest edit of the Canary is broken.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/start",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = StartRequest,
    responses(
        (status = 201, body = CommandAnswer, description = "Started, and journalled.", headers(("Location" = String, description = "The rollout."))),
        (status = 202, body = CommandAnswer, description = "Started, and not journalled yet.", headers(("Location" = String, description = "The rollout."))),
    ),
)]
pub(super) async fn start(
    State(shared): State<Shared>,
    Named((namespace, name)): Named<(String, String)>,
    caller: Caller,
    Body(request): Body<StartRequest>,
) -> Result<Response, ApiError> {
    let driver = shared.driver()?;
    let known = shared.canaries.get(&namespace, &name);
    let known = known.ok_or_else(|| ApiError::NotFound(format!("Canary {namespace}/{name}")))?;
    if let Some(problem) = known.problems.listed.first() {
        return Err(ApiError::BrokenEdit(problem.to_string()));
    }
    let (mut change, asked) = request.into_parts(&caller);
    if change.from.is_none() {
        change.from = shared.stable_of(&namespace, &name).await;
    }
    let id = driver.start_for(Some(asked), (*known.canary).clone(), change)?;
    let patience = patience(&shared);
    let detail = match timeout(patience, driver.journalled(&id)).await {
        Ok(journalled) => journalled.err().map(|error| error.to_string()),
        Err(_) => Some(carry::not_within(patience)),
    };
    let location = format!("/api/v1/rollouts/{id}");
    let answer = carry::answer(driver, &id, StatusCode::CREATED, detail)?;
    Ok(([(LOCATION, location)], answer).into_response())
}

/// Stops raising; judging and aborting go on.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/pause",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = CommandRequest,
    responses(
        (status = 200, body = CommandAnswer, description = "Done, and journalled."),
        (status = 202, body = CommandAnswer, description = "Done, and not journalled yet."),
    ),
)]
pub(super) async fn pause(
    State(shared): State<Shared>,
    Named(canary): Named<(String, String)>,
    caller: Caller,
    Body(request): Body<CommandRequest>,
) -> Result<Response, ApiError> {
    carry::command(&shared, canary, request.into_command(Action::Pause, &caller)).await
}

/// Goes on after a pause; also the leave to raise again after drift.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/resume",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = CommandRequest,
    responses(
        (status = 200, body = CommandAnswer, description = "Done, and journalled."),
        (status = 202, body = CommandAnswer, description = "Done, and not journalled yet."),
    ),
)]
pub(super) async fn resume(
    State(shared): State<Shared>,
    Named(canary): Named<(String, String)>,
    caller: Caller,
    Body(request): Body<CommandRequest>,
) -> Result<Response, ApiError> {
    carry::command(&shared, canary, request.into_command(Action::Resume, &caller)).await
}

/// Lets the next step begin that asks for approval.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/approve",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = CommandRequest,
    responses(
        (status = 200, body = CommandAnswer, description = "Done, and journalled."),
        (status = 202, body = CommandAnswer, description = "Done, and not journalled yet."),
    ),
)]
pub(super) async fn approve(
    State(shared): State<Shared>,
    Named(canary): Named<(String, String)>,
    caller: Caller,
    Body(request): Body<CommandRequest>,
) -> Result<Response, ApiError> {
    carry::command(&shared, canary, request.into_command(Action::Approve, &caller)).await
}

/// Skips the remaining gates. Refused while the verdict is `fail` or `no-data`.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/promote",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = CommandRequest,
    responses(
        (status = 200, body = CommandAnswer, description = "Done, and journalled."),
        (status = 202, body = CommandAnswer, description = "Done, and not journalled yet."),
    ),
)]
pub(super) async fn promote(
    State(shared): State<Shared>,
    Named(canary): Named<(String, String)>,
    caller: Caller,
    Body(request): Body<CommandRequest>,
) -> Result<Response, ApiError> {
    carry::command(&shared, canary, request.into_command(Action::Promote, &caller)).await
}

/// Sends all traffic to stable. The body may be left out.
///
/// Has a lane of its own: no other request can take its place.
#[utoipa::path(
    post,
    path = "/api/v1/canaries/{namespace}/{name}/abort",
    tag = "commands",
    params(("namespace" = String, Path), ("name" = String, Path)),
    request_body = Option<AbortRequest>,
    responses(
        (status = 200, body = CommandAnswer, description = "Under way, and journalled."),
        (status = 202, body = CommandAnswer, description = "Under way, and not journalled yet."),
    ),
)]
pub(super) async fn abort(
    State(shared): State<Shared>,
    Named(canary): Named<(String, String)>,
    caller: Caller,
    OptionalBody(request): OptionalBody<AbortRequest>,
) -> Result<Response, ApiError> {
    carry::command(&shared, canary, request.into_command(&caller)).await
}
