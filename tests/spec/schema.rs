//! The JSON schema of manifests: it takes what the check takes, and no field that the check does not know.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::complete::EVERYTHING;
use crate::world::canary::{TEMPLATES, document_with};

/// Mappings whose keys are the user's.
const FREE: [&str; 6] = ["labels", "annotations", "parameters", "match", "arm", "headers"];

fn validator() -> Validator {
    jsonschema::draft202012::new(&serin::spec::schema()).unwrap()
}

/// The documents of a YAML text.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Why a document does not fit; empty where it does.
fn misfits(document: &Value) -> String {
    let errors: Vec<String> = validator()
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    errors.join("\n")
}

/// Every YAML text that is held out as right.
pub(crate) fn good() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let blocks = readme.split("```yaml\n").skip(1);
    let whole = blocks
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.contains("apiVersion: serin.dev/"));
    let mut good: Vec<String> = whole.map(str::to_owned).collect();
    assert!(!good.is_empty(), "the README shows a Canary");
    let library = fs::read_dir(root.join("analysis-templates"))
        .into_iter()
        .flatten();
    good.extend(library.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()));
    good.extend([EVERYTHING, TEMPLATES].map(str::to_owned));
    good.push(document_with("steps: [{weight: 5}, {weight: 100}]"));
    good
}

#[test]
fn every_document_that_is_held_out_as_right_fits() {
    for text in good() {
        for document in documents(&text) {
            assert_eq!(misfits(&document), "", "{document:#}");
        }
    }
}

#[test]
fn a_misspelt_field_fits_nowhere() {
    let mut spelt = 0;
    for document in good().iter().flat_map(|text| documents(text)) {
        each_misspelt(&document, &mut |wrong| {
            spelt += 1;
            assert_ne!(misfits(wrong), "", "{wrong:#}");
        });
    }
    assert!(spelt > 60, "{spelt}");
}

/// The document with one of its fields misspelt, for each of them.
fn each_misspelt(document: &Value, visit: &mut dyn FnMut(&Value)) {
    for path in paths(document) {
        let (parent, key) = path.rsplit_once('/').expect("a field is below the root");
        // Whose a document is that names no `apiVersion`, nobody knows; and the labels of an arm are the user's own, as is what a
        // hook is told.
        let is_free = ["/spec/stable", "/spec/canary"].contains(&parent)
            || (parent.starts_with("/spec/hooks/") && parent.ends_with("/metadata"));
        if key == "apiVersion" || is_free {
            continue;
        }
        let mut wrong = document.clone();
        let fields = wrong.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
        let value = fields.remove(key).unwrap();
        fields.insert(format!("{key}x"), value);
        visit(&wrong);
    }
}

/// The JSON pointers of all fields whose names are Serin's.
fn paths(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let below = |(key, value): (&String, &Value)| {
                let below = if FREE.contains(&key.as_str()) {
                    Vec::new()
                } else {
                    paths(value)
                };
                let here = format!("/{key}");
                std::iter::once(here.clone())
                    .chain(below.into_iter().map(|path| format!("{here}{path}")))
                    .collect::<Vec<_>>()
            };
            fields.iter().flat_map(below).collect()
        }
        Value::Array(items) => {
            let each = items.iter().enumerate();
            each.flat_map(|(index, item)| paths(item).into_iter().map(move |path| format!("/{index}{path}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn what_is_not_serins_is_nobodys_business() {
    let foreign = json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "anything": 1});
    assert_eq!(misfits(&foreign), "");
    assert_eq!(
        misfits(&json!({"apiVersion": "flagger.app/v1beta1", "kind": "Canary"})),
        ""
    );
    assert_ne!(
        misfits(&json!({"apiVersion": "serin.dev/v1alpha1", "kind": "Canry"})),
        ""
    );
    assert_ne!(
        misfits(&json!({"apiVersion": "serin.dev/v1", "kind": "Canary"})),
        ""
    );
}

#[test]
fn a_shape_that_cannot_be_is_refused_where_one_writes_it() {
    let with = |fields: &str| misfits(&documents(&document_with(fields)).remove(0));
    assert_eq!(
        with("capacity: 50%\nmaxDuration: 3600"),
        "",
        "which unit it is the check says"
    );
    for wrong in [
        "steps: [{weight: 101}]",
        "steps: [{weight: '5'}]",
        "steps: {weight: 5}",
        "mode: controll",
        "maxDuration: true",
        "analysis: {metrics: [{template: a, threshold: {max: 3, looks: 0}}]}",
        "analysis: {metrics: [{quantile: 95%}]}",
    ] {
        assert_ne!(with(wrong), "", "{wrong}");
    }
}

#[test]
fn every_field_says_what_it_is_for() {
    let schema = serin::spec::schema();
    for (name, shape) in schema["$defs"].as_object().unwrap() {
        for (field, shape) in shape["properties"].as_object().into_iter().flatten() {
            let described = shape["description"].is_string();
            assert!(described, "{name}.{field}: {shape}");
        }
    }
}
