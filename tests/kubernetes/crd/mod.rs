//! The CustomResourceDefinitions: structural, of one mind with the check, and bounded where rules look.

mod documents;
mod structure;
mod units;

use serde_json::{Map, Value};
use serin::kubernetes::crd;

/// Kinds of node that have no `type` of their own.
const TYPELESS: &str = "x-kubernetes-int-or-string";

/// The definition of a kind.
fn definition(kind: &str) -> Value {
    let mut all = crd::definitions().into_iter();
    all.find(|definition| definition["spec"]["names"]["kind"] == kind)
        .unwrap()
}

fn schema(kind: &str) -> Value {
    definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Every node of a schema, with its path.
fn nodes(schema: &Value) -> Vec<(String, Map<String, Value>)> {
    let mut found = Vec::new();
    walk(schema, String::new(), &mut found);
    assert!(found.len() > 10, "the walk found {} nodes", found.len());
    found
}

fn walk(node: &Value, path: String, found: &mut Vec<(String, Map<String, Value>)>) {
    let node = node.as_object().unwrap();
    for (name, field) in node
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        walk(field, format!("{path}.{name}"), found);
    }
    for below in ["items", "additionalProperties"]
        .iter()
        .filter_map(|key| node.get(*key))
    {
        walk(below, format!("{path}[]"), found);
    }
    found.push((path, node.clone()));
}

fn each_schema() -> [(&'static str, Value); 2] {
    ["Canary", "AnalysisTemplate"].map(|kind| (kind, schema(kind)))
}
