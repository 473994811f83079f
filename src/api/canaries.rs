//! `/api/v1/canaries`: what is watched, and how each stands.

use std::collections::BTreeMap;
use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use utoipa::IntoParams;

use super::Shared;
use super::catalog::KnownCanary;
use super::error::ApiError;
use super::extract::{Named, Parameters};
use super::fields::{Fields, FromFields};
use super::paging::PageOf;
use super::view::{CanaryDetail, CanaryList, CanaryView, problems};
use crate::engine::Status;

/// Longest namespace or name, in characters: a DNS name's.
pub(super) const NAME_CHARS_MAX: usize = 253;

/// Which Canaries, and which page of them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CanariesQuery {
    /// Only those in this namespace.
    #[param(min_length = 1, max_length = 253, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    namespace: Option<String>,
    #[param(ignore)]
    page: PageOf,
}

impl FromFields for CanariesQuery {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
        Ok(Self {
            namespace: fields.text("namespace", 1..=NAME_CHARS_MAX)?,
            page: PageOf::from_fields(fields)?,
        })
    }
}

/// Lists the Canaries, each with the newest rollout that this daemon holds: after a restart those that have not ended.
#[utoipa::path(
    get,
    path = "/api/v1/canaries",
    operation_id = "canaries",
    tag = "canaries",
    params(CanariesQuery, PageOf),
    responses((status = 200, body = CanaryList)),
)]
pub(super) async fn list(
    State(shared): State<Shared>,
    Parameters(query): Parameters<CanariesQuery>,
) -> Result<Json<CanaryList>, ApiError> {
    let (known, statuses) = (shared.canaries.list(), shared.statuses().await?);
    let mut canaries = joined(&known, &statuses);
    if let Some(namespace) = &query.namespace {
        canaries.retain(|(of, _), _| of == namespace);
    }
    let after = match &query.page.cursor {
        None => Bound::Unbounded,
        // Without a name it is the place before all names of that namespace.
        Some(cursor) => Bound::Excluded(cursor.split_once('/').unwrap_or((cursor, ""))),
    };
    let mut rest = canaries.range((after, Bound::Unbounded));
    let items: Vec<CanaryView> = rest
        .by_ref()
        .take(query.page.limit)
        .map(|((namespace, name), (known, status))| CanaryView::new(namespace, name, *known, *status))
        .collect();
    let last = items.last().filter(|_| rest.next().is_some());
    let next = last.map(|last| format!("{}/{}", last.namespace, last.name));
    let problems = problems(&shared.canaries.problems(query.namespace.as_deref()));
    Ok(Json(CanaryList {
        items,
        next,
        problems,
    }))
}

/// Shows one Canary whole.
///
/// Also after a restart of the daemon: a rollout that has ended and is not held any more is read from the store.
#[utoipa::path(
    get,
    path = "/api/v1/canaries/{namespace}/{name}",
    operation_id = "canary",
    tag = "canaries",
    params(("namespace" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = CanaryDetail)),
)]
pub(super) async fn one(
    State(shared): State<Shared>,
    Named((namespace, name)): Named<(String, String)>,
) -> Result<Json<CanaryDetail>, ApiError> {
    let known = shared.canaries.get(&namespace, &name);
    let status = shared.newest_of(&namespace, &name).await?;
    if known.is_none() && status.is_none() {
        return Err(ApiError::NotFound(format!("Canary {namespace}/{name}")));
    }
    let checked = known.as_ref().map(|known| serde_json::to_value(&*known.canary));
    Ok(Json(CanaryDetail {
        canary: CanaryView::new(&namespace, &name, known.as_ref(), status.as_ref()),
        checked: checked.transpose().map_err(|_| ApiError::Defect)?,
    }))
}

/// A Canary by its namespace and name, with what is known of it.
type Joined<'a> = BTreeMap<(&'a str, &'a str), (Option<&'a KnownCanary>, Option<&'a Status>)>;

fn joined<'a>(known: &'a [KnownCanary], statuses: &'a [Status]) -> Joined<'a> {
    let mut joined = Joined::new();
    for status in statuses {
        joined.entry((&status.namespace, &status.name)).or_default().1 = Some(status);
    }
    for known in known {
        let canary = &known.canary;
        joined.entry((&canary.namespace, &canary.name)).or_default().0 = Some(known);
    }
    joined
}
