//! Whether the route that a Canary wants to move is there, and what else should be known of it.

use std::path::Path;

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

/// Looks at the manifest that `filed` names, beside the file that it stands in.
pub(super) fn look_at_route(filed: &FiledCanary) -> RouteFinding {
    let Traffic::File(traffic) = &filed.canary.traffic;
    let path = Path::new(&filed.file)
        .parent()
        .unwrap_or_else(|| Path::new(""))
        .join(&traffic.path);
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
    let expected = || {
        format!(
            "VirtualService {}/{} with a route that Serin can move",
            traffic.namespace, traffic.virtual_service
        )
    };
    let manifest = match Manifest::find(text, &traffic.namespace, &traffic.virtual_service) {
        Ok(manifest) => manifest,
        Err(error) => return problem(filed, "virtualService", expected(), error.to_string(), None),
    };
    match find(manifest.object(), &RouteSelector::from(traffic)) {
        Ok(route) if route.other_routes_reach_canary => RouteFinding::Note(format!(
            "another route of {} also reaches the canary: its requests are counted, and it stays as it is after an abort",
            traffic.virtual_service
        )),
        Ok(_) => RouteFinding::Fine,
        Err(refusal) => problem(filed, "route", expected(), refusal.to_string(), None),
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
