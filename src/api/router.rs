//! The table of contents.

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::gate::Ids;
use super::idempotency::Keys;
use super::lanes::{Lane, Lanes};
use super::limits::{ABORT_BODY_BYTES_MAX, Limits};
use super::{
    Shared, access, around, canaries, commands, gate, idempotency, lanes, limits, openapi, rollouts, stream,
    verdicts,
};

/// The routes of each lane.
pub(super) struct Routes {
    /// Questions.
    pub(super) questions: OpenApiRouter<Shared>,
    /// Every command but abort.
    pub(super) commands: OpenApiRouter<Shared>,
    /// Aborts.
    pub(super) aborts: OpenApiRouter<Shared>,
    /// Streams.
    pub(super) streams: OpenApiRouter<Shared>,
    /// Webhooks of those who move traffic themselves.
    pub(super) webhooks: OpenApiRouter<Shared>,
}

/// Every route.
pub(super) fn routes() -> Routes {
    Routes {
        questions: OpenApiRouter::new()
            .routes(routes!(canaries::list))
            .routes(routes!(canaries::one))
            .routes(routes!(rollouts::list))
            .routes(routes!(rollouts::one))
            .routes(routes!(rollouts::events))
            .routes(routes!(rollouts::deliveries))
            .routes(routes!(verdicts::one))
            .routes(routes!(openapi::show)),
        commands: OpenApiRouter::new()
            .routes(routes!(commands::start))
            .routes(routes!(commands::pause))
            .routes(routes!(commands::resume))
            .routes(routes!(commands::approve))
            .routes(routes!(commands::promote)),
        aborts: OpenApiRouter::new().routes(routes!(commands::abort)),
        streams: OpenApiRouter::new().routes(routes!(stream::stream)),
        webhooks: OpenApiRouter::new().routes(routes!(gate::flagger)),
    }
}

/// The routes, and what stands before them: first what costs nothing, then who asks, then a place in the lane, and only then
/// is a body read.
pub(super) fn router(shared: Shared) -> Router {
    let counters = &shared.counters;
    let lanes = Lanes::new(shared.settings.max_connections, counters);
    let keys = Keys::new(counters);
    let limits = Limits {
        body_bytes: shared.settings.body_limit_bytes,
        time: shared.settings.request_timeout,
        counters: Arc::clone(counters),
    };
    let short = Limits {
        body_bytes: limits.body_bytes.min(ABORT_BODY_BYTES_MAX),
        ..limits.clone()
    };
    let of_webhooks = Limits {
        body_bytes: limits.body_bytes.min(gate::BODY_BYTES_MAX),
        ..limits.clone()
    };

    let Routes {
        questions,
        commands,
        aborts,
        streams,
        webhooks,
    } = routes();
    let bounded = |routes: Router<Shared>, limits: Limits, lane: &Lane| {
        routes
            .layer(from_fn_with_state(limits, limits::keep))
            .layer(from_fn_with_state(lane.clone(), lanes::enter))
    };
    let once = from_fn_with_state(keys, idempotency::once);
    let streams = Router::from(streams);
    let of_api = Router::new()
        .merge(bounded(questions.into(), limits.clone(), &lanes.requests))
        .merge(bounded(
            Router::from(commands).layer(once.clone()),
            limits,
            &lanes.requests,
        ))
        .merge(bounded(Router::from(aborts).layer(once), short, &lanes.aborts))
        .merge(streams.layer(from_fn_with_state(lanes.streams, lanes::enter)))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(shared.clone(), access::guard));
    let signed = (shared.clone(), Ids::since(shared.clock.now()));
    let webhooks = Router::from(webhooks)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(signed, gate::verify));
    let webhooks = bounded(webhooks, of_webhooks, &lanes.requests)
        .layer(from_fn_with_state(shared.clone(), gate::admit));
    of_api
        .merge(webhooks)
        .layer(from_fn_with_state(Arc::clone(counters), limits::keep_heads))
        .layer(from_fn(around::answer))
        .with_state(shared)
}

async fn nothing(uri: Uri) -> ApiError {
    ApiError::NoRoute(uri.path().to_owned())
}

async fn other_method(uri: Uri) -> ApiError {
    ApiError::Method(uri.path().to_owned())
}
