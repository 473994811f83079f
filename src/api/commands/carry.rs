//! How a command reaches its rollout, and what its sender is told.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::{sleep, timeout};

use crate::api::Shared;
use crate::api::error::ApiError;
use crate::api::view::CommandAnswer;
use crate::driver::{CommandError, Driver};
use crate::engine::{Action, Command, Phase};

/// Pause before an abort knocks again at a rollout whose inbox is full: it is emptied in milliseconds.
const KNOCK_PAUSE: Duration = Duration::from_millis(10);

/// The part of the request's time that a command waits for the journal: the rest is for the answer.
const PATIENCE: f64 = 0.8;

/// Gives a command to the newest rollout of a Canary.
pub(super) async fn command(
    shared: &Shared,
    (namespace, name): (String, String),
    command: Command,
) -> Result<Response, ApiError> {
    let driver = shared.driver()?;
    let Some(status) = driver.status_of(&namespace, &name) else {
        let canary = format!("{namespace}/{name}");
        return Err(match shared.canaries.get(&namespace, &name) {
            Some(_) => ApiError::NoRollout(canary),
            None => ApiError::NotFound(format!("Canary {canary}")),
        });
    };
    let patience = patience(shared);
    let is_abort = command.action == Action::Abort;
    if is_abort && status.phase == Phase::Aborted {
        // Asked twice, by two people or by a pipeline that tries again: what is wanted is so.
        return answer(driver, &status.id, StatusCode::OK, None);
    }
    let told = timeout(patience, tell(driver, &status.id, command)).await;
    let detail = match told.unwrap_or_else(|_| Err(CommandError::Unanswered(status.id.clone()))) {
        Ok(()) => None,
        Err(CommandError::NotJournalled { reason, .. }) => Some(reason),
        // The engine acts on an abort before it is journalled, and its phase says that it did.
        Err(CommandError::Unanswered(_)) if is_abort && is_aborting(driver, &status.id) => {
            Some(not_within(patience))
        }
        Err(error) => return Err(error.into()),
    };
    answer(driver, &status.id, StatusCode::OK, detail)
}

/// What a command is answered: `done` where the journal has it, else 202 with why not.
pub(super) fn answer(
    driver: &Driver,
    id: &str,
    done: StatusCode,
    detail: Option<String>,
) -> Result<Response, ApiError> {
    let status = driver.status(id);
    let status = status.ok_or_else(|| CommandError::Unanswered(id.to_owned()))?;
    let journalled = detail.is_none();
    let answer = CommandAnswer {
        rollout: (&status).into(),
        journalled,
        detail,
    };
    let code = if journalled { done } else { StatusCode::ACCEPTED };
    Ok((code, Json(answer)).into_response())
}

/// How long a command waits for the journal.
pub(in crate::api) fn patience(shared: &Shared) -> Duration {
    shared.settings.request_timeout.mul_f64(PATIENCE)
}

/// What the sender is told when that was not enough.
pub(super) fn not_within(patience: Duration) -> String {
    format!("not journalled within {} s", patience.as_secs_f64())
}

/// An abort does not give up before a full inbox: whatever else waits there goes first, and nothing more gets in between.
async fn tell(driver: &Driver, id: &str, command: Command) -> Result<(), CommandError> {
    loop {
        match driver.command(id, command.clone()).await {
            Err(CommandError::Busy(_)) if command.action == Action::Abort => sleep(KNOCK_PAUSE).await,
            told => return told,
        }
    }
}

fn is_aborting(driver: &Driver, id: &str) -> bool {
    let status = driver.status(id);
    status.is_some_and(|status| matches!(status.phase, Phase::Aborting | Phase::Aborted))
}
