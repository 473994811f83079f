//! `/api/v1/rollouts`: what was, and what is under way.

use axum::Json;
use axum::extract::State;
use utoipa::IntoParams;

use super::Shared;
use super::canaries::NAME_CHARS_MAX;
use super::error::ApiError;
use super::extract::{Named, Parameters};
use super::fields::{Fields, FromFields};
use super::paging::PageOf;
use super::view::{DeliveryView, EventView, Page, RolloutRowView, RolloutView, words};
use crate::driver::RolloutFilter;
use crate::engine::Outcome;
use crate::spec::Timestamp;

/// Which rollouts, and which page of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RolloutsQuery {
    /// Only of Canaries in this namespace.
    #[param(min_length = 1, max_length = 253, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    namespace: Option<String>,
    /// Only of Canaries of this name.
    #[param(min_length = 1, max_length = 253, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    name: Option<String>,
    /// Only those that ended so.
    #[param(schema_with = words::outcome)]
    outcome: Option<Outcome>,
    /// Only those that started then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    #[param(ignore)]
    page: PageOf,
}

impl FromFields for RolloutsQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        const OUTCOMES: [Outcome; 3] = [Outcome::Promoted, Outcome::Aborted, Outcome::Inconclusive];
        let outcome = || "`promoted`, `aborted` or `inconclusive`".to_owned();
        let since = || "a time such as `2026-01-31T12:00:00Z`".to_owned();
        Ok(Self {
            namespace: fields.text("namespace", 1..=NAME_CHARS_MAX)?,
            name: fields.text("name", 1..=NAME_CHARS_MAX)?,
            outcome: fields.take("outcome", outcome, |text| {
                OUTCOMES.into_iter().find(|outcome| outcome.name() == text)
            })?,
            since: fields.take("since", since, time)?,
            page: PageOf::from_fields(fields)?,
        })
    }
}

/// Lists rollouts, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts",
    operation_id = "rollouts",
    tag = "rollouts",
    params(RolloutsQuery, PageOf),
    responses((status = 200, body = Page<RolloutRowView>)),
)]
pub(super) async fn list(
    State(shared): State<Shared>,
    Parameters(query): Parameters<RolloutsQuery>,
) -> Result<Json<Page<RolloutRowView>>, ApiError> {
    let filter = RolloutFilter {
        namespace: query.namespace,
        name: query.name,
        outcome: query.outcome,
        since: query.since,
    };
    let PageOf { cursor, limit } = query.page;
    let history = &shared.history;
    let page = history.rollouts(&filter, cursor.as_deref(), limit).await?;
    Ok(Json(Page {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
    }))
}

/// Shows where a rollout stands, or how it ended.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{id}",
    operation_id = "rollout",
    tag = "rollouts",
    params(("id" = String, Path)),
    responses((status = 200, body = RolloutView)),
)]
pub(super) async fn one(
    State(shared): State<Shared>,
    Named(id): Named<String>,
) -> Result<Json<RolloutView>, ApiError> {
    find(&shared, &id).await.map(Json)
}

/// Lists a rollout's journal: what happened, and what the engine wanted done about it.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{id}/events",
    tag = "rollouts",
    params(("id" = String, Path), PageOf),
    responses((status = 200, body = Page<EventView>)),
)]
pub(super) async fn events(
    State(shared): State<Shared>,
    Named(id): Named<String>,
    Parameters(PageOf { cursor, limit }): Parameters<PageOf>,
) -> Result<Json<Page<EventView>>, ApiError> {
    let history = &shared.history;
    let page = history.entries(&id, cursor.as_deref(), limit).await?;
    if page.items.is_empty() {
        find(&shared, &id).await?;
    }
    let items: Result<Vec<EventView>, _> = page.items.iter().map(EventView::try_from).collect();
    Ok(Json(Page {
        items: items.map_err(|_| ApiError::Defect)?,
        next: page.next,
    }))
}

/// Lists who was told of a rollout, and how the delivery went.
#[utoipa::path(
    get,
    path = "/api/v1/rollouts/{id}/deliveries",
    tag = "rollouts",
    params(("id" = String, Path), PageOf),
    responses((status = 200, body = Page<DeliveryView>)),
)]
pub(super) async fn deliveries(
    State(shared): State<Shared>,
    Named(id): Named<String>,
    Parameters(PageOf { cursor, limit }): Parameters<PageOf>,
) -> Result<Json<Page<DeliveryView>>, ApiError> {
    let history = &shared.history;
    let page = history.deliveries(&id, cursor.as_deref(), limit).await?;
    if page.items.is_empty() {
        find(&shared, &id).await?;
    }
    Ok(Json(Page {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
    }))
}

/// A rollout as it stands, or as the store has it.
async fn find(shared: &Shared, id: &str) -> Result<RolloutView, ApiError> {
    let status = shared.status(id).await?;
    let status = status.ok_or_else(|| ApiError::NotFound(format!("rollout {id}")))?;
    Ok((&status).into())
}

/// Before 1970 there was nothing, so whoever asks for what was since then asks for everything.
fn time(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(u64::try_from(time.as_millisecond()).unwrap_or(0)))
}
