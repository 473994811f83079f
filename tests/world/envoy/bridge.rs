//! What Istio's control plane does for a mesh, for one proxy and one VirtualService in a file.
//!
//! It shares no code with what writes such files: an independent reader of what is written there. A file that it does
//! not understand changes nothing, as Istio would have it, and it says so on stderr.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use serde_json::{Value, json};

use super::configuration::action;
use super::{Envoy, Files};

/// Keeps a proxy's routes in step with a file. Dropping it ends that; the routes stay.
pub(crate) struct Bridge {
    _watcher: RecommendedWatcher,
}

impl Bridge {
    /// From this VirtualService, which is there, to `envoy`.
    pub(crate) fn between(virtual_service: &Path, envoy: &Envoy) -> Self {
        let (file, files) = (virtual_service.to_owned(), envoy.files.clone());
        // The first time is this thread's, the others are the watcher's.
        let turn = Arc::new(Mutex::new(()));
        let carry = move || {
            let _turn = turn.lock().unwrap();
            match routes(&file, &files) {
                Ok(routes) => files.write_routes(&routes),
                Err(problem) => eprintln!("the bridge keeps the routes: {}: {problem}", file.display()),
            }
        };
        let carry_on = carry.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Its own reading is an event too.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                carry_on();
            }
        });
        let mut watcher = watcher.unwrap();
        // A rename puts another file in its place.
        let folder = virtual_service.parent().unwrap();
        watcher.watch(folder, RecursiveMode::NonRecursive).unwrap();
        carry();
        Self { _watcher: watcher }
    }
}

/// The routes of the file's VirtualService, in Envoy's words.
fn routes(file: &PathBuf, files: &Files) -> Result<Vec<Value>, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|error| error.to_string())?;
    let object = documents
        .iter()
        .find(|document| document["kind"] == "VirtualService");
    let http = object.and_then(|object| object["spec"]["http"].as_array());
    let http = http.ok_or("no VirtualService with spec.http")?;
    let mut routes = Vec::new();
    for entry in http {
        let mut action = destinations(entry, files)?;
        if let Some(timeout) = entry.get("timeout") {
            action["timeout"] = timeout.clone();
        }
        let every = vec![json!({})];
        for condition in entry["match"].as_array().unwrap_or(&every) {
            routes.push(json!({"match": matcher(condition)?, "route": action}));
        }
    }
    Ok(routes)
}

fn destinations(entry: &Value, files: &Files) -> Result<Value, String> {
    let destinations = entry["route"].as_array().ok_or("an entry without route")?;
    let mut clusters = Vec::new();
    for destination in destinations {
        let host = destination["destination"]["host"].as_str();
        let subset = destination["destination"]["subset"].as_str();
        let (Some(host), Some(subset)) = (host, subset) else {
            return Err(format!("{destination}: expected a host and a subset"));
        };
        let service = &files.service;
        if ![service.name, &service.full_name()].contains(&host) {
            return Err(format!("{host} is not {}", service.full_name()));
        }
        // A destination alone has everything.
        let alone = u64::from(destinations.len() == 1);
        clusters.push((
            service.cluster(subset),
            destination["weight"].as_u64().unwrap_or(alone),
        ));
    }
    Ok(action(&clusters))
}

/// Exact headers are all that the tests' VirtualServices ask for.
fn matcher(condition: &Value) -> Result<Value, String> {
    let mut headers = Vec::new();
    for (field, value) in condition.as_object().into_iter().flatten() {
        if field != "headers" {
            return Err(format!("a match by {field}"));
        }
        for (name, text) in value.as_object().into_iter().flatten() {
            let exact = text["exact"].as_str().ok_or("a header that is not exact")?;
            headers.push(json!({"name": name, "string_match": {"exact": exact}}));
        }
    }
    Ok(json!({"prefix": "/", "headers": headers}))
}
