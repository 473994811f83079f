//! Whether the route that a Canary wants to move is there, and what else should be known of it.

use std::path::{Path, PathBuf};

use crate::spec::{FileTraffic, FiledCanary, Problem, Traffic};
use crate::traffic::file::MANIFEST_BYTES_MAX;
use crate::traffic::manifest::Manifest;
use crate::traffic::virtual_service::{RouteSelector, find};

/// What a look at the route found.
pub(super) enum RouteFinding {
    /// Nothing to say.
    Fine,
    /// Worth knowing, and not wrong.
    Note(String),
    /// Serin could not move it.
    Problem(Problem),
}

/// Where the manifest is that a Canary moves; none where it moves an object in a cluster.
pub(super) fn manifest_of(filed: &FiledCanary) -> Option<PathBuf> {
    let Traffic::File(traffic) = &filed.canary.traffic else {
        return None;
    };
    let folder = Path::new(&filed.file).parent();
    Some(folder.unwrap_or_else(|| Path::new("")).join(&traffic.path))
}

/// Looks at the manifest that `filed` names, beside the file that it stands in.
pub(super) fn look_at_route(filed: &FiledCanary) -> RouteFinding {
    let (Traffic::File(traffic), Some(path)) = (&filed.canary.traffic, manifest_of(filed)) else {
        return RouteFinding::Fine;
    };
    let text = match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() > MANIFEST_BYTES_MAX => {
            let found = format!("{} bytes", metadata.len());
            return problem(
                filed,
                "path",
                format!("at most {MANIFEST_BYTES_MAX} bytes"),
                found,
                None,
            );
        }
        Ok(_) => std::fs::read_to_string(&path),
        Err(error) => Err(error),
    };
    match text {
        Ok(text) => look_at_text(filed, traffic, &text),
        Err(error) => {
            let hint = "relative paths start at the Canary's own file".to_owned();
            let found = format!("{}: {error}", path.display());
            problem(
                filed,
                "path",
                "a manifest that can be read".to_owned(),
                found,
                Some(hint),
            )
        }
    }
}

fn look_at_text(filed: &FiledCanary, traffic: &FileTraffic, text: &str) -> RouteFinding {
    let manifest = match Manifest::find(text, &traffic.route.namespace, &traffic.route.virtual_service) {
        Ok(manifest) => manifest,
        Err(error) => {
            let expected = format!("{} in {}", traffic.route, traffic.path);
            let Told { found, hint, .. } = told(&error.to_string());
            return problem(filed, "virtualService", expected, found, hint);
        }
    };
    match find(manifest.object(), &RouteSelector::from(&traffic.route)) {
        Ok(route) if route.other_routes_reach_canary => RouteFinding::Note(format!(
            "another route of {} also reaches the canary: its requests are counted, and it stays as it is after an abort",
            traffic.route.virtual_service
        )),
        Ok(_) => RouteFinding::Fine,
        Err(refusal) => {
            let Told {
                expected,
                found,
                hint,
            } = told(&refusal.to_string());
            let expected = expected.unwrap_or_else(|| "a route that Serin can move".to_owned());
            let expected = format!("{expected} (in {})", traffic.path);
            problem(filed, "route", expected, found, hint)
        }
    }
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
) -> RouteFinding {
    RouteFinding::Problem(Problem {
        file: filed.file.clone(),
        line: None,
        field: Some(format!("spec.traffic.file.{field}")),
        expected,
        found,
        hint,
    })
}
