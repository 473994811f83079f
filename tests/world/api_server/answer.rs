//! One request, answered.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::apart::apart;
use super::kinds::{Origin, Served};
use super::page::{list, shown};
use super::patches::{json_patch, merge_patch};
use super::refusal::Refusal;
use super::shared::{Lost, Shared};
use super::store::Store;
use super::target::{Parameters, Target};
use super::users::{User, who};
use super::watch;
use super::write::{self, How};

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
    let parameters = Parameters::of(parts.uri.query());
    let target =
        Target::of(parts.uri.path()).filter(|target| !shared.plan().without.contains(target.kind.plural));
    let target = target.ok_or_else(|| Refusal::no_such_path(parts.uri.path()))?;
    let verb = verb(&parts.method, &target, &parameters);
    match code {
        Some(403) => return Err(forbidden(user, verb, &target)),
        Some(code) => return Err(Refusal::of_code(code)),
        None if !user.may => return Err(forbidden(user, verb, &target)),
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
        shared.change(|store| {
            racer(store);
            let changed = change(store, verb, &target, &parameters, media_type(parts), body);
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

fn change(
    store: &mut Store,
    verb: &str,
    target: &Target,
    parameters: &Parameters,
    media_type: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    let dry = parameters.get("dryRun") == Some("All");
    let done = match (verb, target.name.as_deref()) {
        ("create", _) => write::create(store, target, parsed(body)?, dry),
        ("update", Some(name)) => write::update(store, target, name, parsed(body)?, How::Put, dry),
        ("delete", Some(name)) => {
            let options = if body.is_empty() {
                Value::Null
            } else {
                parsed(body)?
            };
            // What is said in a body counts instead of the parameters.
            let dry = if body.is_empty() {
                dry
            } else {
                options["dryRun"] == json!(["All"])
            };
            write::delete(store, target, name, &options, dry)
        }
        ("patch", Some(name)) => {
            let patched = patched(store, target, name, media_type, body)?;
            write::update(store, target, name, patched, How::Patch, dry)
        }
        ("update" | "patch", None) => Err(Refusal::bad_request("name must be provided")),
        _ => Err(Refusal::method(target.kind, verb)),
    };
    Ok(shown(target, &done?))
}

fn patched(
    store: &Store,
    target: &Target,
    name: &str,
    media_type: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    let kind = target.kind;
    check_media_type(kind, media_type)?;
    let found = store.get(&target.key(name));
    let object = shown(target, found.ok_or_else(|| Refusal::not_found(kind, name))?);
    let patch = serde_json::from_slice(body).map_err(|error| {
        let why = if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            error.to_string()
        };
        Refusal::bad_request(format!("error decoding patch: {why}"))
    })?;
    if media_type == "application/json-patch+json" {
        return json_patch(object, &patch);
    }
    let mut merged = object;
    merge_patch(&mut merged, &patch);
    Ok(merged)
}

fn check_media_type(kind: &Served, media_type: &str) -> Result<(), Refusal> {
    let mut accepted = vec!["application/json-patch+json", "application/merge-patch+json"];
    if kind.origin != Origin::Custom {
        accepted.push("application/strategic-merge-patch+json");
    }
    accepted.push("application/apply-patch+yaml");
    match media_type {
        "application/json-patch+json" | "application/merge-patch+json" => Ok(()),
        known if accepted.contains(&known) => {
            let message = format!("the fake server does no {known}: use a real one");
            Err(Refusal::new(501, "", message))
        }
        _ => Err(Refusal::media_type(kind, &accepted)),
    }
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

fn parsed(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))
}

pub(super) fn json(status: StatusCode, body: Body) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json");
    response.body(body).expect("its headers are written here")
}
