//! One request, answered.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::apart::apart;
use super::change::{Sent, change};
use super::page::{list, shown};
use super::refusal::Refusal;
use super::shared::{Lost, Shared};
use super::store::Store;
use super::target::{Parameters, Target};
use super::users::{User, who};
use super::watch;

/// The connection breaks, and nobody learns why.
#[derive(Debug, thiserror::Error)]
#[error("the connection is lost")]
pub(super) struct ConnectionLost;

/// Answers; what is under way goes on when the asker has gone.
pub(super) async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
) -> Result<Response<Body>, ConnectionLost> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| ConnectionLost)?.to_bytes();
    let working = tokio::spawn(async move { shared.during(work(&shared, &parts, &body)).await });
    working.await.map_err(|_| ConnectionLost)?
}

async fn work(shared: &Arc<Shared>, parts: &Parts, body: &Bytes) -> Result<Response<Body>, ConnectionLost> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    shared.note(parts.method.as_str(), path, body);
    let life = shared.fault().life;
    let writes = parts.method != Method::GET;
    shared.answering(writes).await;
    let fault = shared.fault();
    if fault.life != life {
        return Err(ConnectionLost);
    }
    let lost = if writes {
        shared.plan().lost.pop_front()
    } else {
        None
    };
    if lost == Some(Lost::BeforeCommit) {
        return Err(ConnectionLost);
    }
    let failing = fault.code.filter(|(_, affected)| affected.has(writes));
    let code = failing.map(|(code, _)| code);
    let answered = ask(shared, parts, body, code).unwrap_or_else(|refusal| refusal.response());
    match lost {
        Some(_) => Err(ConnectionLost),
        None => Ok(answered),
    }
}

fn ask(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: &[u8],
    code: Option<u16>,
) -> Result<Response<Body>, Refusal> {
    if let Some(answer) = apart(parts.uri.path()) {
        return Ok(answer);
    }
    let user = who(&parts.headers)?;
    if let Some(reviewed) = shared.reviews().answer(parts.uri.path(), body) {
        return match code {
            Some(code) => Err(Refusal::of_code(code)),
            None if !user.may("create") => Err(Refusal::of_code(403)),
            None => reviewed,
        };
    }
    let parameters = Parameters::of(parts.uri.query());
    let target =
        Target::of(parts.uri.path()).filter(|target| !shared.plan().without.contains(target.kind.plural));
    let target = target.ok_or_else(|| Refusal::no_such_path(parts.uri.path()))?;
    let verb = verb(&parts.method, &target, &parameters);
    match code {
        Some(403) => return Err(forbidden(user, verb, &target)),
        Some(code) => return Err(Refusal::of_code(code)),
        None if !user.may(verb) => return Err(forbidden(user, verb, &target)),
        None => {}
    }
    if verb == "watch" {
        let body = watch::body(shared, &target, &parameters)?;
        return Ok(json(StatusCode::OK, body));
    }
    let done = if parts.method == Method::GET {
        read(&shared.store(), &target, &parameters)
    } else {
        let (racer, follower) = shared.plan().racers();
        let admission = shared.plan().admissions.pop_front();
        shared.change(|store| {
            racer(store);
            let sent = Sent {
                media_type: media_type(parts),
                body,
            };
            let mut changed = change(store, verb, &target, &parameters, &sent);
            if let (Ok(written), Some(admission)) = (&mut changed, admission) {
                admission(written);
                *written = store.put(written.clone());
            }
            follower(store);
            changed
        })
    };
    let status = if verb == "create" {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(json(status, Body::from(done?.to_string())))
}

fn read(store: &Store, target: &Target, parameters: &Parameters) -> Result<Value, Refusal> {
    let Some(name) = &target.name else {
        return list(store, target, parameters);
    };
    let found = store.get(&target.key(name));
    let found = found.ok_or_else(|| Refusal::not_found(target.kind, name))?;
    Ok(shown(target, found))
}

fn verb(method: &Method, target: &Target, parameters: &Parameters) -> &'static str {
    match method.as_str() {
        "GET" if target.name.is_some() => "get",
        "GET" if parameters.is("watch") => "watch",
        "GET" => "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "ask",
    }
}

fn forbidden(user: User, verb: &str, target: &Target) -> Refusal {
    let (namespace, name) = (target.namespace.as_deref(), target.name.as_deref());
    Refusal::forbidden(user.name, verb, target.kind, namespace, name)
}

fn media_type(parts: &Parts) -> &str {
    let said = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    said.unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
}

pub(super) fn json(status: StatusCode, body: Body) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json");
    response.body(body).expect("its headers are written here")
}
