//! `GET /api/v1/verdicts/{namespace}/{name}`: what the judge says now, for pipelines and for Argo Rollouts' web provider.

use axum::Json;
use axum::extract::State;

use super::Shared;
use super::error::ApiError;
use super::extract::Named;
use super::view::JudgementView;

/// Shows the verdict of a Canary's newest rollout.
///
/// Also after a restart of the daemon: what is not held any more is read from the store.
#[utoipa::path(
    get,
    path = "/api/v1/verdicts/{namespace}/{name}",
    operation_id = "verdict",
    tag = "verdicts",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = JudgementView)),
)]
pub(super) async fn one(
    State(shared): State<Shared>,
    Named((namespace, name)): Named<(String, String)>,
) -> Result<Json<JudgementView>, ApiError> {
    match shared.newest_of(&namespace, &name).await? {
        Some(status) => Ok(Json((&status).into())),
        None if shared.canaries.get(&namespace, &name).is_some() => Err(ApiError::NotFound(format!(
            "verdict of {namespace}/{name}: it has had no rollout"
        ))),
        None => Err(ApiError::NotFound(format!("Canary {namespace}/{name}"))),
    }
}
