//! Which Canary a webhook means: the one that Serin knows, or one made of what the webhook says.

use std::fmt::Write;

use super::payload::Payload;
use crate::api::Shared;
use crate::api::error::ApiError;
use crate::document::{Problem, Problems, did_you_mean};
use crate::spec::{API_VERSION, CheckedCanary, Mode, Origin, Traffic};

/// A part of a Canary's `spec` that a webhook's metadata may have, by the same name and in the same words, and what it is where the
/// metadata has none: what Flagger makes of a Deployment on Istio. `NAME` is the Canary's name.
struct Part {
    name: &'static str,
    unwritten: Option<&'static str>,
}

/// The parts. What is not here is not a gate's to say: that it moves traffic, above all.
const PARTS: [Part; 8] = [
    Part {
        name: "workloads",
        unwritten: Some(
            "{stable: {kind: Deployment, name: NAME-primary}, canary: {kind: Deployment, name: \"NAME\"}}",
        ),
    },
    Part {
        name: "traffic",
        unwritten: Some(
            "{istio: {virtualService: \"NAME\", stable: {host: NAME-primary}, canary: {host: NAME-canary}}}",
        ),
    },
    Part {
        name: "steps",
        unwritten: None,
    },
    Part {
        name: "analysis",
        unwritten: Some("{metrics: [{template: istio-success-rate}, {template: istio-latency}]}"),
    },
    // Flagger's own run takes as long as it takes; what nobody ends is to end all the same.
    Part {
        name: "maxDuration",
        unwritten: Some("2h"),
    },
    Part {
        name: "onInconclusive",
        unwritten: Some("abort"),
    },
    // Once everything is proven it goes on watching, until somebody says that the run has ended, or for a day.
    Part {
        name: "promotion",
        unwritten: Some("{bake: 24h}"),
    },
    Part {
        name: "notify",
        unwritten: None,
    },
];

/// The Canary; or why that cannot be said now.
///
/// # Errors
/// Where what the payload says makes none, or Serin itself moves the traffic of this one.
pub(super) fn named(shared: &Shared, payload: &Payload) -> Result<Result<CheckedCanary, String>, ApiError> {
    let (namespace, name) = (&payload.namespace, &payload.name);
    let Some(known) = shared.canaries.get(namespace, name) else {
        if !shared.canaries.is_unwritten(namespace, name) {
            let why =
                "not every Canary could be read, and one of them may be this one; `serin list` says which";
            return Ok(Err(why.to_owned()));
        }
        return made(shared, payload).map(Ok);
    };
    if let Some(problem) = known.problems.listed.first() {
        return Ok(Err(ApiError::BrokenEdit(problem.to_string()).to_string()));
    }
    if known.canary.mode != Mode::Observe {
        return Err(moves_its_traffic(payload));
    }
    if let Some(field) = payload.metadata.keys().next() {
        return Err(ApiError::Field {
            field: format!("metadata.{field}"),
            expected: "no metadata, as Serin has a Canary of this name".to_owned(),
            found: "some".to_owned(),
            hint: Some("write it there, or take one of the two away".to_owned()),
        });
    }
    Ok(Ok(known.canary.for_gate()))
}

/// The refusal where Serin itself moves the traffic.
pub(super) fn moves_its_traffic(payload: &Payload) -> ApiError {
    ApiError::Forbidden(format!(
        "Serin itself moves the traffic of {}; a gate is of a Canary with `mode: observe`, or of none",
        payload.canary()
    ))
}

/// A Canary made of what the payload says, and checked as one that somebody wrote.
fn made(shared: &Shared, payload: &Payload) -> Result<CheckedCanary, ApiError> {
    let known = || PARTS.iter().map(|part| part.name);
    if let Some(other) = payload
        .metadata
        .keys()
        .find(|key| !known().any(|name| name == *key))
    {
        return Err(ApiError::Field {
            field: format!("metadata.{other}"),
            expected: "a part of a Canary's `spec` that a gate may say".to_owned(),
            found: "another".to_owned(),
            hint: did_you_mean(other, known().collect::<Vec<_>>()),
        });
    }
    let document = Document::of(payload);
    let checked = shared.canaries.check(&document.text);
    let canary = checked.map_err(|problems| document.refusal(&problems))?;
    let refused = |field: &str, expected: &str, hint: &str| ApiError::Field {
        field: format!("metadata.{field}"),
        expected: expected.to_owned(),
        found: "something else".to_owned(),
        hint: Some(hint.to_owned()),
    };
    // A webhook has no say in what the daemon connects to, or opens.
    if !canary.workloads.are_in_cluster() {
        let hint = "write a Canary with `mode: observe` for endpoints";
        return Err(refused("workloads", "two Deployments", hint));
    }
    if !matches!(canary.traffic, Traffic::Istio(_)) {
        let hint = "write a Canary with `mode: observe` for a manifest in a file";
        return Err(refused(
            "traffic",
            "a VirtualService in the cluster, `istio`",
            hint,
        ));
    }
    Ok(CheckedCanary {
        mode: Mode::Observe,
        origin: Origin::Gate,
        ..canary
    })
}

/// Where a Canary names what is asked for its metrics.
const SOURCE: &str = "spec.analysis.dataSource";

/// The refusal where the webhook names no data source and the daemon has none to ask instead: nothing is wrong with the payload.
fn no_source() -> ApiError {
    ApiError::Field {
        field: "dataSources.default".to_owned(),
        expected: "a data source `default` in the configuration of the daemon, which is asked where the metadata names no other"
            .to_owned(),
        found: "none".to_owned(),
        hint: Some(
            "configure `dataSources: {default: {address: http://prometheus:9090}}`, or name one that is there in `metadata.analysis`"
                .to_owned(),
        ),
    }
}

/// The document that somebody could have written.
struct Document {
    text: String,
    /// The parts that the metadata has, each with the line on which it begins.
    lines: Vec<(u64, &'static str)>,
}

impl Document {
    fn of(payload: &Payload) -> Self {
        let Payload { name, namespace, .. } = payload;
        // Quoted, a name of digits stays a name.
        let mut text = format!(
            "apiVersion: {API_VERSION}\nkind: Canary\nmetadata: {{name: \"{name}\", namespace: \"{namespace}\"}}\nspec:\n  mode: observe\n"
        );
        let mut lines = Vec::new();
        for part in &PARTS {
            let written = payload.metadata.get(part.name);
            if written.is_some() {
                lines.push((text.lines().count() as u64 + 1, part.name));
            }
            let value = match (written, part.unwritten) {
                (Some(written), _) => written.clone(),
                (None, Some(unwritten)) => unwritten.replace("NAME", name),
                (None, None) => continue,
            };
            // Indented, no line of it can end the part that it stands in.
            let value = value.replace("\r\n", "\n").replace(['\r', '\n'], "\n    ");
            // A write to a String does not fail.
            let _ = writeln!(text, "  {}:\n    {value}", part.name);
        }
        Self { text, lines }
    }

    /// The first problem, told of the field of the payload that it is in.
    fn refusal(&self, problems: &Problems) -> ApiError {
        let Some(Problem {
            line,
            field,
            expected,
            found,
            hint,
            ..
        }) = problems.listed.first().cloned()
        else {
            return ApiError::Defect;
        };
        let field = field.unwrap_or_default();
        if field == SOURCE && !self.lines.iter().any(|(_, part)| *part == "analysis") {
            return no_source();
        }
        let field = match (field.strip_prefix("spec."), field.strip_prefix("metadata.")) {
            (Some(in_spec), _) => format!("metadata.{in_spec}"),
            (None, Some(name)) => name.to_owned(),
            (None, None) => {
                let before = self.lines.iter().rev().find(|(begin, _)| Some(*begin) <= line);
                before.map_or_else(|| "metadata".to_owned(), |(_, part)| format!("metadata.{part}"))
            }
        };
        ApiError::Field {
            field,
            expected,
            found,
            hint,
        }
    }
}
