//! What the server says when it refuses, in its own words.

use serde_json::{Value, json};

use super::kinds::{Origin, Served};
use super::refusal::Refusal;

impl Refusal {
    /// Nothing is served at this path.
    pub(super) fn no_such_path(path: &str) -> Self {
        if Served::is_group_of_kubernetes(path) {
            let message = "the server could not find the requested resource";
            return Self::new(404, "NotFound", message).with(json!({}));
        }
        Self::plain(404, "404 page not found\n")
    }

    pub(super) fn not_found(kind: &Served, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::new(404, "NotFound", message).with(details(kind, Some(name)))
    }

    pub(super) fn already_exists(kind: &Served, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message).with(details(kind, Some(name)))
    }

    pub(super) fn conflict(kind: &Served, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.qualified()
        );
        Self::new(409, "Conflict", message).with(details(kind, Some(name)))
    }

    /// A delete that was meant for another object of that name, or another version of it.
    pub(super) fn unmet(kind: &Served, name: &str, said: &str, wanted: &str, there: &str) -> Self {
        let end = match said {
            "UID" => "deleted and then recreated",
            _ => "modified",
        };
        let qualified = kind.qualified_kind();
        let message = format!(
            "Operation cannot be fulfilled on {qualified} \"{name}\": the {said} in the precondition ({wanted}) does not match \
             the {said} in record ({there}). The object might have been {end}"
        );
        let details = json!({"name": name, "group": kind.group, "kind": kind.kind});
        Self::new(409, "Conflict", message).with(details)
    }

    /// The object is another version than the write was meant for.
    pub(super) fn stale(kind: &Served, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// A PUT that says no version.
    pub(super) fn no_version(kind: &Served, name: &str) -> Self {
        let (field, why) = (
            "metadata.resourceVersion",
            "Invalid value: 0: must be specified for an update",
        );
        let message = format!("{} \"{name}\" is invalid: {field}: {why}", kind.qualified());
        let mut details = details(kind, Some(name));
        details["causes"] = json!([{"reason": "FieldValueInvalid", "message": why, "field": field}]);
        Self::new(422, "Invalid", message).with(details)
    }

    /// An object whose fields are not valid: each a reason, a field, and why.
    pub(super) fn invalid(kind: &Served, name: &str, causes: &[(&str, &str, String)]) -> Self {
        let mut told: Vec<String> = Vec::new();
        for (_, field, why) in causes {
            let told_once = format!("{field}: {why}");
            if !told.contains(&told_once) {
                told.push(told_once);
            }
        }
        let listed = match &told[..] {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        // Events are of two groups, and this is written for both.
        let (qualified, group) = match kind.kind {
            "Event" => ("Event".to_owned(), ""),
            _ => (kind.qualified_kind(), kind.group),
        };
        let message = format!("{qualified} \"{name}\" is invalid: {listed}");
        let causes: Vec<Value> = causes
            .iter()
            .map(|(reason, field, why)| json!({"reason": reason, "message": why, "field": field}))
            .collect();
        let mut details = json!({"kind": kind.kind, "causes": causes});
        for (field, value) in [("name", name), ("group", group)] {
            if !value.is_empty() {
                details[field] = json!(value);
            }
        }
        Self::new(422, "Invalid", message).with(details)
    }

    /// A patch that cannot be made on this object.
    pub(super) fn unfit_patch() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::new(422, "Invalid", message).with(json!({}))
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn media_type(kind: &Served, accepted: &[&str]) -> Self {
        if kind.origin != Origin::Custom {
            let message = "415: Unsupported Media Type";
            return Self::new(415, "UnsupportedMediaType", message).with(json!({}));
        }
        let accepted = accepted.join(", ");
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {accepted}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(super) fn method(kind: &Served, verb: &str) -> Self {
        let message = format!(
            "{verb} is not supported on resources of kind \"{}\"",
            kind.qualified()
        );
        Self::new(405, "MethodNotAllowed", message).with(json!({"group": kind.group, "kind": kind.plural}))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// Somebody without the right.
    pub(super) fn forbidden(
        user: &str,
        verb: &str,
        kind: &Served,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Self {
        let object = name.map_or_else(String::new, |name| format!(" \"{name}\""));
        let place = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        let message = format!(
            "{}{object} is forbidden: User \"{user}\" cannot {verb} resource \"{}\" in API group \"{}\" {place}",
            kind.qualified(),
            kind.plural,
            kind.group
        );
        Self::new(403, "Forbidden", message).with(details(kind, name))
    }

    /// A page of a list whose versions are forgotten.
    pub(super) fn expired_page() -> Self {
        let message = "The provided continue parameter is too old to display a consistent list result. \
                       You must start a new list without the continue parameter.";
        Self::new(410, "Expired", message)
    }

    /// A watch from a version that is forgotten.
    pub(super) fn too_old(version: u64, oldest: u64) -> Self {
        Self::new(
            410,
            "Expired",
            format!("too old resource version: {version} ({oldest})"),
        )
    }

    /// What stands for a status code that a test asks for.
    pub(super) fn of_code(code: u16) -> Self {
        match code {
            401 => Self::unauthorized(),
            422 => Self::new(422, "Invalid", "denied by ValidatingAdmissionPolicy 'test'"),
            429 => Self::plain(429, "Too many requests, please try again later.\n"),
            500 => Self::new(500, "", "etcdserver: request timed out"),
            503 => Self::new(503, "ServiceUnavailable", "apiserver not ready"),
            504 => Self::new(
                504,
                "Timeout",
                "Timeout: request did not complete within the allotted timeout",
            ),
            code => Self::new(code, "", format!("answered {code}, as the test has it")),
        }
    }
}

fn details(kind: &Served, name: Option<&str>) -> Value {
    let mut details = json!({"group": kind.group, "kind": kind.plural});
    if let Some(name) = name {
        details["name"] = json!(name);
    }
    details
}
