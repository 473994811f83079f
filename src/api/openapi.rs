//! The API's own description, made from the routes.

use axum::Json;
use axum::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::access;
use super::problem::Problem;
use super::router::{Routes, routes};
use super::view::{MissedEvent, NoticeEvent, StatusEvent};

/// The name of the token's scheme.
const BEARER: &str = "bearer";

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let Routes {
        questions,
        commands,
        aborts,
        streams,
        webhooks,
    } = routes();
    let routes = questions
        .merge(commands)
        .merge(aborts)
        .merge(streams)
        .merge(webhooks);
    let mut document = routes.into_openapi();
    document.info = InfoBuilder::new()
        .title("Serin")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    let components = document
        .components
        .get_or_insert_with(|| ComponentsBuilder::new().build());
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    for (name, schema) in [
        (Problem::name(), Problem::schema()),
        (StatusEvent::name(), StatusEvent::schema()),
        (NoticeEvent::name(), NoticeEvent::schema()),
        (MissedEvent::name(), MissedEvent::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    for (path, item) in &mut document.paths.paths {
        let PathItem { get, post, .. } = item;
        for (method, operation) in [(Method::GET, get), (Method::POST, post)] {
            let Some(operation) = operation else { continue };
            if let Some(role) = access::least_role(&method, path) {
                let about = operation.description.get_or_insert_default();
                *about = format!("{about}\n\nTakes the role `{role}`.")
                    .trim_start()
                    .to_owned();
            }
            operation.security = Some(vec![
                SecurityRequirement::new(BEARER, Vec::<String>::new()),
                SecurityRequirement::default(),
            ]);
            add_problems(operation);
        }
        if let Some(command) = item.post.as_mut().filter(|_| path.starts_with("/api/")) {
            command
                .parameters
                .get_or_insert_default()
                .push(idempotency_key().into());
        }
    }
    document
}

/// What every reader has to know.
const ABOUT: &str = "Canary analysis: what is watched, how it stands, what was, and commands. \
    Times are RFC 3339 in UTC. Every answer has the header X-Request-Id, which the daemon's log repeats; every error is a problem \
    (RFC 9457). A token is needed where one is set (api.token, api.tokens); without one, the API answers this machine only. \
    What a token's owner may do is a matter of its role: viewer, operator or admin, each of which may what the one before may.";

/// Gives the document itself.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "api",
    responses((status = 200, body = Object, description = "This document.")),
)]
pub(super) async fn show() -> Json<OpenApi> {
    Json(document())
}

/// What any operation may answer instead.
fn add_problems(operation: &mut Operation) {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .build();
    for (status, about) in [
        ("4XX", "The request was refused; the problem says why."),
        ("5XX", "It could not be done now; the problem says why."),
    ] {
        let response = ResponseBuilder::new()
            .description(about)
            .content("application/problem+json", content.clone())
            .build();
        operation
            .responses
            .responses
            .insert(status.to_owned(), RefOr::T(response));
    }
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key with the same request gets the same answer, and is carried out once. A UUID is a good key.",
        ))
        .schema(Some(schema))
        .build()
}
