//! Documents and defaults: what the schema takes is what the check takes, and what it fills in is what the daemon would.

use jsonschema::Validator;
use serde_json::Value;
use serin::spec::check;

use super::schema;
use crate::spec::schema::{documents, good};
use crate::world::canary::{TEMPLATES, document_with};

fn validator(kind: &str) -> Validator {
    jsonschema::draft202012::new(&schema(kind)).unwrap()
}

/// Why a document does not fit; empty where it does.
fn misfits(document: &Value) -> String {
    let validator = validator(document["kind"].as_str().unwrap());
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    errors.join("\n")
}

#[test]
fn every_document_that_is_held_out_as_right_fits() {
    for document in good().iter().flat_map(|text| documents(text)) {
        assert_eq!(misfits(&document), "", "{document:#}");
    }
}

#[test]
fn a_shape_that_cannot_be_fits_nowhere() {
    for wrong in [
        "steps: [{weight: 101}]",
        "steps: [{weight: '5'}]",
        "steps: []",
        "mode: controll",
        "maxDuration: 3600",
        "capacity: 0.5",
        "analysis: {metrics: []}",
        "analysis: {metrics: [{quantile: 95%}]}",
        "analysis: {metrics: [{template: a, threshold: {max: 3, looks: 101}}]}",
        "promotion: {workload: move}",
    ] {
        let document = documents(&document_with(wrong)).remove(0);
        assert_ne!(misfits(&document), "", "{wrong}");
    }
}

/// As the API server does: what is missing and has a default is filled in, parents first.
fn fill_in(value: &mut Value, schema: &Value) {
    if let (Some(items), Some(each)) = (value.as_array_mut(), schema.get("items")) {
        items.iter_mut().for_each(|item| fill_in(item, each));
    }
    let Some(fields) = value.as_object_mut() else {
        return;
    };
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        if let (false, Some(default)) = (fields.contains_key(name), below.get("default")) {
            fields.insert(name.clone(), default.clone());
        }
        if let Some(value) = fields.get_mut(name) {
            fill_in(value, below);
        }
    }
}

#[test]
fn what_the_api_server_fills_in_is_what_the_daemon_would() {
    for fields in [
        "",
        "promotion: {workload: none}",
        "analysis: {metrics: [{template: latency}], noData: {stale: {then: abort}}}",
    ] {
        let written = document_with(fields);
        let mut filled = documents(&written).remove(0);
        fill_in(&mut filled, &schema("Canary"));
        assert_ne!(filled, documents(&written)[0], "there are defaults");
        let checked = |text: &str| check([("canary.yaml", text), ("templates.yaml", TEMPLATES)]).unwrap();
        assert_eq!(checked(&filled.to_string()), checked(&written));
    }
}
