//! Pod templates: what stable takes from the canary's, and whether two are the same version.
//!
//! A copy takes from the canary:
//! - all of `template.spec`, with one change: where `affinity` and `topologySpreadConstraints` select pods by a label that stays
//!   stable's own, they select stable's value of it;
//! - its annotations, all but `kubectl.kubernetes.io/restartedAt`, which tells of a restart and of no version;
//! - the labels that stable's template does not have, unless the canary's selector speaks of them.
//!
//! Stable keeps every label that it has, with its value: Services, subsets, budgets and its own selector tell the arms apart by
//! labels (`track: stable`, `version: stable`). So a label that carries a version number stays behind.
//! Everything outside the template (replicas, strategy, deadlines) is stable's own too.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::deployment::Deployment;
use super::selector;

/// What `kubectl rollout restart` writes into a template.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Where in a pod's spec pods are selected by labels.
const SELECT_PODS: [&str; 2] = ["affinity", "topologySpreadConstraints"];

/// Hexadecimal digits of a [`hash`]: 64 bits tell a handful of templates apart.
const HASH_DIGITS: usize = 16;

/// The template with which `stable` runs the version of `canary`.
pub(super) fn copied(stable: &Deployment, canary: &Deployment) -> Value {
    let (own, new) = (stable.template(), canary.template());
    let (own_labels, new_labels) = (labels(own), labels(new));
    let mut template = own.clone();
    template["spec"] = new["spec"].clone();
    for part in SELECT_PODS {
        if let Some(part) = template["spec"].get_mut(part) {
            select_own(part, &own_labels, &new_labels);
        }
    }
    template["metadata"] = metadata(own, new, canary.selector());
    template
}

fn metadata(own: &Value, new: &Value, canary_selector: &Value) -> Value {
    let arm: Vec<&str> = selector::keys(canary_selector).collect();
    let mut merged = labels(own);
    for (key, value) in labels(new) {
        if !arm.contains(&key.as_str()) {
            merged.entry(key).or_insert(value);
        }
    }
    let mut annotations = fields(&new["metadata"]["annotations"]);
    annotations.remove(RESTARTED_AT);
    if let Some(restarted) = own["metadata"]["annotations"].get(RESTARTED_AT) {
        annotations.insert(RESTARTED_AT.to_owned(), restarted.clone());
    }
    let mut metadata = fields(&own["metadata"]);
    metadata.remove("annotations");
    if !annotations.is_empty() {
        metadata.insert("annotations".to_owned(), annotations.into());
    }
    metadata.insert("labels".to_owned(), merged.into());
    metadata.into()
}

/// Selectors that name the new arm's value of a label name the own arm's.
fn select_own(part: &mut Value, own: &Map<String, Value>, new: &Map<String, Value>) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(|item| select_own(item, own, new)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == "labelSelector" {
                    rename(value, own, new);
                } else {
                    select_own(value, own, new);
                }
            }
        }
        _ => {}
    }
}

fn rename(selector: &mut Value, own: &Map<String, Value>, new: &Map<String, Value>) {
    let rename = |key: &str, value: &mut Value| {
        if let Some(own) = own.get(key).filter(|_| new.get(key) == Some(value)) {
            *value = own.clone();
        }
    };
    if let Some(labels) = selector.get_mut("matchLabels").and_then(Value::as_object_mut) {
        labels.iter_mut().for_each(|(key, value)| rename(key, value));
    }
    for expression in list(selector, "matchExpressions") {
        let key = expression["key"].as_str().unwrap_or_default().to_owned();
        list(expression, "values").for_each(|value| rename(&key, value));
    }
}

/// The images of its containers, in order.
pub(super) fn images(template: &Value) -> Vec<String> {
    let containers = template["spec"]["containers"].as_array();
    let images = containers.into_iter().flatten();
    images
        .filter_map(|container| container["image"].as_str().map(str::to_owned))
        .collect()
}

/// Whether both make the same pods, whenever they were restarted.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    version(one) == version(other)
}

/// Tells templates apart: equal for [`same`] ones.
pub(super) fn hash(template: &Value) -> String {
    let mut template = version(template);
    template.sort_all_objects();
    let digest = Sha256::digest(template.to_string());
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    text[..HASH_DIGITS].to_owned()
}

/// A template without what is no part of its version.
fn version(template: &Value) -> Value {
    let mut version = template.clone();
    let Some(metadata) = version.get_mut("metadata").and_then(Value::as_object_mut) else {
        return version;
    };
    metadata.remove("creationTimestamp");
    if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
        labels.remove(super::pods::HASH_LABEL);
    }
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(RESTARTED_AT);
    }
    if metadata.get("annotations") == Some(&json!({})) {
        metadata.remove("annotations");
    }
    version
}

fn labels(template: &Value) -> Map<String, Value> {
    fields(&template["metadata"]["labels"])
}

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn list<'a>(object: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = object.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

#[cfg(test)]
mod tests;
