//! Lists, page by page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::key::Key;
use super::kinds::Origin;
use super::refusal::Refusal;
use super::selector::Selector;
use super::store::Store;
use super::target::{Parameters, Target};

/// The objects that a request is of, as one page of a list.
pub(super) fn list(store: &Store, target: &Target, parameters: &Parameters) -> Result<Value, Refusal> {
    let selector = Selector::of(parameters)?;
    let from = parameters.get("continue").map(Position::read).transpose()?;
    if from.as_ref().is_some_and(|from| from.version < store.compacted()) {
        return Err(Refusal::expired_page());
    }
    let version = from.as_ref().map_or_else(|| store.version(), |from| from.version);
    let objects = store.at(version);
    let mut left = objects
        .iter()
        .filter(|(key, object)| key.is_of(target.kind, target.namespace.as_deref()) && selector.takes(object))
        .filter(|(key, _)| from.as_ref().is_none_or(|from| from.is_before(key, target)))
        .peekable();
    let limit = parameters.number("limit").filter(|limit| *limit > 0);
    let page: Vec<(&Key, &Value)> = match limit {
        Some(limit) => left.by_ref().take(usize::try_from(limit).unwrap()).collect(),
        None => left.by_ref().collect(),
    };
    let mut metadata = json!({"resourceVersion": version.to_string()});
    let more = page.last().filter(|_| left.peek().is_some());
    if let Some((last, _)) = more {
        metadata["continue"] = json!(Position::token(version, last, target));
        // With a selector the server cannot count them.
        if selector.is_empty() {
            metadata["remainingItemCount"] = json!(left.count());
        }
    } else if target.kind.origin == Origin::Custom {
        metadata["continue"] = json!("");
    }
    let items: Vec<Value> = page.iter().map(|(_, object)| item(target, object)).collect();
    Ok(json!({
        "apiVersion": target.api_version(),
        "kind": format!("{}List", target.kind.kind),
        "metadata": metadata,
        "items": items,
    }))
}

/// `object` in the version that was asked for.
pub(super) fn shown(target: &Target, object: &Value) -> Value {
    let mut shown = object.clone();
    if shown["kind"] == target.kind.kind {
        shown["apiVersion"] = json!(target.api_version());
    }
    shown
}

/// `object` as an item: those of Kubernetes' own lists say neither kind nor version.
fn item(target: &Target, object: &Value) -> Value {
    let mut item = shown(target, object);
    if target.kind.origin != Origin::Custom
        && let Some(fields) = item.as_object_mut()
    {
        fields.shift_remove("apiVersion");
        fields.shift_remove("kind");
    }
    item
}

/// Where a list goes on.
struct Position {
    version: u64,
    start: String,
}

impl Position {
    fn read(token: &str) -> Result<Self, Refusal> {
        let broken = |why: &str| {
            Refusal::bad_request(format!(
                "invalid continue token: continue key is not valid: {why}"
            ))
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| {
            let at = token.len() / 4 * 4;
            broken(&format!("illegal base64 data at input byte {at}"))
        })?;
        let said: Value = serde_json::from_slice(&bytes).map_err(|error| broken(&error.to_string()))?;
        match (said["rv"].as_u64(), said["start"].as_str()) {
            (Some(version), Some(start)) => Ok(Self {
                version,
                start: start.trim_end_matches('\0').to_owned(),
            }),
            _ => Err(broken("encoded continue token has no position")),
        }
    }

    fn token(version: u64, last: &Key, target: &Target) -> String {
        let start = format!("{}\0", place(last, target));
        let said = json!({"v": "meta.k8s.io/v1", "rv": version, "start": start});
        URL_SAFE_NO_PAD.encode(said.to_string())
    }

    fn is_before(&self, key: &Key, target: &Target) -> bool {
        place(key, target).split('/').gt(self.start.split('/'))
    }
}

fn place(key: &Key, target: &Target) -> String {
    match &target.namespace {
        None if target.kind.namespaced => format!("{}/{}", key.namespace, key.name),
        _ => key.name.clone(),
    }
}
