//! Writes, by what was sent.

use serde_json::{Value, json};

use super::kinds::{Origin, Served};
use super::page::shown;
use super::patches::{json_patch, merge_patch};
use super::refusal::Refusal;
use super::store::Store;
use super::target::{Parameters, Target};
use super::write::{self, How};

/// What was sent, and as what.
pub(super) struct Sent<'a> {
    pub(super) media_type: &'a str,
    pub(super) body: &'a [u8],
}

/// Does what `verb` says.
pub(super) fn change(
    store: &mut Store,
    verb: &str,
    target: &Target,
    parameters: &Parameters,
    Sent { media_type, body }: &Sent<'_>,
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

fn parsed(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(error.to_string()))
}
