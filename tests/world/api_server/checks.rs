//! What must hold of an object that somebody sends.

use serde_json::Value;

use super::kinds::{Origin, Served};
use super::refusal::Refusal;
use super::target::Target;
use super::write::How;

/// An object that says no name, nor how one begins.
pub(super) fn nameless(kind: &Served) -> Refusal {
    let why = "Required value: name or generateName is required".to_owned();
    let mut causes = vec![("FieldValueRequired", "metadata.name", why)];
    if kind.origin == Origin::Custom {
        let why = "Invalid value: null: some validation rules were not checked because the object was invalid; \
                   correct the existing errors to complete validation";
        causes.push(("FieldValueInvalid", "<nil>", why.to_owned()));
    }
    Refusal::invalid(kind, "", &causes)
}

/// The beginning of a name must itself be one, but for a dash at its end. The core's events are exempt.
pub(super) fn check_beginning(kind: &Served, beginning: &str, name: &str) -> Result<(), Refusal> {
    let of_label = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(of_label) && !label.starts_with('-') && !label.ends_with('-')
    };
    let masked = beginning.strip_suffix('-').map(|rest| format!("{rest}a"));
    let masked = masked.unwrap_or_else(|| beginning.to_owned());
    let is_exempt = kind.kind == "Event" && kind.group.is_empty();
    if is_exempt || masked.split('.').all(is_label) {
        return Ok(());
    }
    let why = format!(
        "Invalid value: \"{beginning}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' \
         or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
    let cause = ("FieldValueInvalid", "metadata.generateName", why);
    Err(Refusal::invalid(kind, name, &[cause]))
}

/// An object is the one of its name, and no other.
pub(super) fn check_uid(
    target: &Target,
    name: &str,
    how: How,
    said: &Value,
    there: &Value,
) -> Result<(), Refusal> {
    if said.is_null() || said == there {
        return Ok(());
    }
    let kind = target.kind;
    if how == How::Patch {
        let why = format!("Invalid value: {said}: field is immutable");
        return Err(immutable(kind, name, ("FieldValueInvalid", "metadata.uid", why)));
    }
    let [said, there] = [said, there].map(|uid| uid.as_str().unwrap_or_default());
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{}/{}/{namespace}/{name}, ResourceVersion: 0, AdditionalErrorMsg: \
         Precondition failed: UID in precondition: {said}, UID in object meta: {there}",
        kind.group, kind.plural
    );
    Err(Refusal::conflict(kind, name, &why))
}

/// Whoever is to clean up behind a deleted object has said so before.
pub(super) fn check_finalizers(kind: &Served, name: &str, old: &Value, new: &Value) -> Result<(), Refusal> {
    let of = |metadata: &Value| metadata["finalizers"].as_array().cloned().unwrap_or_default();
    let before = of(old);
    let late: Vec<String> = of(new)
        .iter()
        .filter(|finalizer| !before.contains(finalizer))
        .map(ToString::to_string)
        .collect();
    if old["deletionTimestamp"].is_null() || late.is_empty() {
        return Ok(());
    }
    let why = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        late.join(", ")
    );
    let cause = ("FieldValueForbidden", "metadata.finalizers", why);
    Err(immutable(kind, name, cause))
}

/// A change of what must stay. The server looks twice at an object of a CustomResourceDefinition, and says so twice.
fn immutable(kind: &Served, name: &str, cause: (&str, &str, String)) -> Refusal {
    match kind.origin {
        Origin::Custom => Refusal::invalid(kind, name, &[cause.clone(), cause]),
        _ => Refusal::invalid(kind, name, &[cause]),
    }
}

pub(super) fn check_version(target: &Target, object: &Value) -> Result<(), Refusal> {
    let (said, expected) = (
        object["apiVersion"].as_str().unwrap_or_default(),
        target.api_version(),
    );
    if said.is_empty() || said == expected {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "the API version in the data ({said}) does not match the expected API version ({expected})"
    )))
}
