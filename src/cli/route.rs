//! Whether the route that a Canary wants to move is there, and what else should be known of it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::istio_manifests::IstioManifests;
use super::subset_labels::labelled_by_version;
use crate::spec::{FileTraffic, FiledCanary, Problem, Traffic, WeightedRoute};
use crate::traffic::file::MANIFEST_BYTES_MAX;
use crate::traffic::manifest::Manifest;
use crate::traffic::virtual_service::{ManagedRoute, RouteSelector, find};

/// What is worth knowing and not wrong; or why Serin could not move the route.
pub(super) type RouteFinding = Result<Vec<String>, Box<Problem>>;

/// Where the manifest is that a Canary moves; none where it moves an object in a cluster.
pub(super) fn manifest_of(filed: &FiledCanary) -> Option<PathBuf> {
    let Traffic::File(traffic) = &filed.canary.traffic else {
        return None;
    };
    let folder = Path::new(&filed.file).parent();
    Some(folder.unwrap_or_else(|| Path::new("")).join(&traffic.path))
}

/// Looks at the route that `filed` moves: in the manifest that it names, beside the file that it stands in; or, where it moves an
/// object in a cluster, in those of `manifests` that will be that object.
pub(super) fn look_at_route(filed: &FiledCanary, manifests: &IstioManifests<'_>) -> RouteFinding {
    match &filed.canary.traffic {
        Traffic::File(traffic) => look_at_file(filed, traffic),
        Traffic::Istio(route) => look_among(filed, route, manifests),
    }
}

fn look_at_file(filed: &FiledCanary, traffic: &FileTraffic) -> RouteFinding {
    let path = manifest_of(filed).unwrap_or_default();
    let text = match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() > MANIFEST_BYTES_MAX => {
            let found = format!("{} bytes", metadata.len());
            return Err(problem(
                filed,
                "path",
                format!("at most {MANIFEST_BYTES_MAX} bytes"),
                found,
                None,
            ));
        }
        Ok(_) => std::fs::read_to_string(&path),
        Err(error) => Err(error),
    };
    let text = text.map_err(|error| {
        let hint = "relative paths start at the Canary's own file".to_owned();
        let found = format!("{}: {error}", path.display());
        problem(
            filed,
            "path",
            "a manifest that can be read".to_owned(),
            found,
            Some(hint),
        )
    })?;
    let (_, found) = look_at_text(filed, &traffic.route, &traffic.path, &text)?;
    Ok(note_of(&traffic.route, &found).into_iter().collect())
}

/// Of several manifests of one object, an overlay's may be a part of it only: one that fits is enough.
fn look_among(filed: &FiledCanary, route: &WeightedRoute, manifests: &IstioManifests<'_>) -> RouteFinding {
    let looks = manifests
        .virtual_services(route)
        .map(|manifest| look_at_text(filed, route, manifest.file, manifest.text));
    let mut found = None;
    for look in looks {
        found = Some(look);
        if matches!(found, Some(Ok(_))) {
            break;
        }
    }
    let found = found.transpose()?;
    let mut notes: Vec<String> = Vec::new();
    let mut host = route.canary.host.clone();
    if let Some((object, found)) = &found {
        notes.extend(note_of(route, found));
        host = host.or_else(|| host_of(object, found));
    }
    notes.extend(labelled_by_version(&filed.canary, host.as_deref(), manifests));
    Ok(notes)
}

fn look_at_text(
    filed: &FiledCanary,
    route: &WeightedRoute,
    file: &str,
    text: &str,
) -> Result<(Value, ManagedRoute), Box<Problem>> {
    let manifest = Manifest::find(text, &route.namespace, &route.virtual_service).map_err(|error| {
        let expected = format!("{route} in {file}");
        let Told { found, hint, .. } = told(&error.to_string());
        problem(filed, "virtualService", expected, found, hint)
    })?;
    let found = find(manifest.object(), &RouteSelector::from(route)).map_err(|refusal| {
        let Told {
            expected,
            found,
            hint,
        } = told(&refusal.to_string());
        let expected = expected.unwrap_or_else(|| "a route that Serin can move".to_owned());
        let expected = format!("{expected} (in {file})");
        problem(filed, "route", expected, found, hint)
    })?;
    Ok((manifest.object().clone(), found))
}

fn note_of(route: &WeightedRoute, found: &ManagedRoute) -> Option<String> {
    found.other_routes_reach_canary.then(|| {
        format!(
            "another route of {} also reaches the canary: its requests are counted, and it stays as it is after an abort",
            route.virtual_service
        )
    })
}

/// The service of the canary, as the route has it.
fn host_of(object: &Value, found: &ManagedRoute) -> Option<String> {
    let destination = &object["spec"]["http"][found.route]["route"][found.canary.index]["destination"];
    destination["host"].as_str().map(ToOwned::to_owned)
}

/// The parts of an error's words: "…expected E, found F; hint: H".
struct Told {
    expected: Option<String>,
    found: String,
    hint: Option<String>,
}

fn told(words: &str) -> Told {
    let (what, hint) = match words.split_once("; hint: ") {
        Some((what, hint)) => (what, Some(hint.to_owned())),
        None => (words, None),
    };
    match what.split_once(", found") {
        Some((expected, found)) => Told {
            expected: Some(expected.replacen("expected ", "", 1)),
            found: found.trim_start_matches([':', ' ']).to_owned(),
            hint,
        },
        None => Told {
            expected: None,
            found: what.to_owned(),
            hint,
        },
    }
}

fn problem(
    filed: &FiledCanary,
    field: &str,
    expected: String,
    found: String,
    hint: Option<String>,
) -> Box<Problem> {
    let place = match &filed.canary.traffic {
        Traffic::File(_) => "file",
        Traffic::Istio(_) => "istio",
    };
    Box::new(Problem {
        file: filed.file.clone(),
        line: None,
        field: Some(format!("spec.traffic.{place}.{field}")),
        expected,
        found,
        hint,
    })
}
