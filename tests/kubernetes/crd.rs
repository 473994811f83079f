//! The CustomResourceDefinitions: structural, of one mind with the check, and bounded where rules look.

use std::collections::BTreeSet;

use jsonschema::Validator;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use regex::Regex;
use serde_json::{Map, Value, json};
use serin::document::units::Quantity;
use serin::kubernetes::crd;
use serin::spec::check;

use crate::spec::schema::{documents, good};
use crate::world::canary::{TEMPLATES, document_with};

/// Kinds of node that have no `type` of their own.
const TYPELESS: &str = "x-kubernetes-int-or-string";
/// What a structural schema of ours is made of; anything else is a word that the API server may not know.
const KEYWORDS: [&str; 19] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
    TYPELESS,
    "x-kubernetes-list-type",
    "x-kubernetes-validations",
];

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

#[test]
fn every_node_has_one_type_and_words_that_kubernetes_knows() {
    for (kind, schema) in each_schema() {
        for (path, node) in nodes(&schema) {
            let is_typed = node.get("type").is_some_and(Value::is_string);
            assert_ne!(is_typed, node.contains_key(TYPELESS), "{kind}{path}: {node:?}");
            for key in node.keys() {
                let known = KEYWORDS.contains(&key.as_str()) || key == "x-kubernetes-list-map-keys";
                assert!(known, "{kind}{path}: {key}");
            }
            let both = node.contains_key("properties") && node.contains_key("additionalProperties");
            assert!(!both, "{kind}{path}");
            let format = node.get("format").and_then(Value::as_str);
            assert!(
                matches!(format, None | Some("int64" | "date-time")),
                "{kind}{path}: {format:?}"
            );
        }
    }
}

#[test]
fn every_field_says_what_it_is_for() {
    for (kind, schema) in each_schema() {
        for (path, node) in nodes(&schema) {
            let is_servers_own = ["", ".apiVersion", ".kind", ".metadata"].contains(&path.as_str());
            let is_field = !path.ends_with("[]") && !is_servers_own;
            assert!(!is_field || node["description"].is_string(), "{kind}{path}");
        }
    }
}

/// Where the second value lacks something of the first, or says something else. Kubernetes types bounds as fractions.
fn lost(of: &Value, is: &Value) -> Option<String> {
    match (of, is) {
        (Value::Object(of), Value::Object(is)) => of.iter().find_map(|(key, value)| {
            lost(value, is.get(key).unwrap_or(&Value::Null)).map(|below| format!("{key}.{below}"))
        }),
        (Value::Array(of), Value::Array(is)) if of.len() == is.len() => {
            of.iter().zip(is).find_map(|(of, is)| lost(of, is))
        }
        (Value::Number(of), Value::Number(is)) if of.as_f64() == is.as_f64() => None,
        _ => (of != is).then(|| format!("{of} is {is}")),
    }
}

#[test]
fn they_are_definitions_as_kubernetes_types_them() {
    for definition in crd::definitions() {
        let typed: CustomResourceDefinition = serde_json::from_value(definition.clone()).unwrap();
        let lost = lost(&definition, &serde_json::to_value(typed).unwrap());
        assert_eq!(lost, None, "{}", definition["metadata"]["name"]);
    }
}

#[test]
fn the_yaml_says_the_same() {
    let read: Vec<Value> = serde_saphyr::from_multiple(&crd::yaml()).unwrap();
    assert_eq!(read, crd::definitions());
    assert_eq!(crd::list()["items"], Value::from(read));
}

#[test]
fn short_names_are_nobody_elses() {
    // Of kubectl's own resources, of Flagger's and of Argo Rollouts'.
    let taken = [
        "canary",
        "canaries",
        "metrictemplates",
        "alertproviders",
        "ro",
        "at",
        "cat",
        "ar",
        "exp",
        "sa",
        "sc",
        "sts",
        "svc",
        "cm",
        "cs",
        "ds",
        "deploy",
        "ep",
        "ev",
        "hpa",
        "ing",
        "limits",
        "netpol",
        "no",
        "ns",
        "pc",
        "pdb",
        "po",
        "pv",
        "pvc",
        "quota",
        "rc",
        "rs",
        "csr",
        "cj",
        "crd",
        "crds",
        "vs",
        "vt",
        "dr",
        "gw",
        "se",
    ];
    let names = |definition: &Value| -> Vec<String> {
        serde_json::from_value(definition["spec"]["names"]["shortNames"].clone()).unwrap()
    };
    let all: Vec<String> = crd::definitions().iter().flat_map(names).collect();
    assert!(!all.is_empty());
    for name in &all {
        assert!(!taken.contains(&name.as_str()), "{name}");
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

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

#[test]
fn no_default_is_filled_into_a_list() {
    for (kind, schema) in each_schema() {
        for (path, node) in nodes(&schema) {
            let in_a_list = path.contains("[]") && node.contains_key("default");
            assert!(!in_a_list, "{kind}{path}");
        }
    }
}

#[test]
fn rules_look_only_at_what_is_bounded() {
    let (_, schema) = &each_schema()[0];
    for (path, node) in nodes(schema) {
        if !node.contains_key("x-kubernetes-validations") {
            continue;
        }
        let bound = match node.get("type").and_then(Value::as_str) {
            Some("string") => "maxLength",
            Some("array") => "maxItems",
            _ => continue,
        };
        assert!(node.contains_key(bound), "{path}: {node:?}");
    }
}

/// The patterns in the rules of a field.
fn patterns(node: &Map<String, Value>) -> Vec<Regex> {
    let rules = node["x-kubernetes-validations"].as_array().unwrap();
    let pattern = |rule: &Value| {
        let rule = rule["rule"].as_str().unwrap();
        let inner = rule
            .strip_prefix("self.matches('")
            .unwrap()
            .strip_suffix("')")
            .unwrap();
        // As CEL reads a text.
        Regex::new(&inner.replace("\\\\", "\\")).unwrap()
    };
    rules.iter().map(pattern).collect()
}

#[test]
fn a_unit_that_the_check_reads_the_api_server_takes() {
    let texts = [
        "1%",
        "0.5%",
        "50 %",
        " 5% ",
        "0%",
        "100%",
        "90s",
        "5m",
        "1h 30m",
        "1h30m",
        "1.5s",
        "250us",
        "500 ms",
        "2days",
        "1M",
        "90",
        "",
        "5",
        "%",
        "5%%",
        "-5m",
        "5.%",
        "m5",
        "five minutes",
        "½h",
        "0.1234567891%",
    ];
    let canary = schema("Canary");
    let fields: Vec<_> = nodes(&canary)
        .into_iter()
        .filter(|(_, node)| node.get("maxLength") == Some(&json!(32)) && !node.contains_key(TYPELESS))
        .collect();
    assert!(fields.len() >= 15, "{}", fields.len());
    for (path, node) in fields {
        let takes = |text: &str| patterns(&node).iter().all(|pattern| pattern.is_match(text));
        let is_share = ["capacity", "falseAbortRate", "quantile", "relative"]
            .iter()
            .any(|name| path.ends_with(name));
        let is_either = path.ends_with("absolute");
        for text in texts {
            let quantity: Quantity = serde_json::from_value(json!(text)).unwrap();
            let (share, time) = (quantity.percent().is_ok(), quantity.duration().is_ok());
            let reads = (share && (is_share || is_either)) || (time && !is_share);
            assert!(!reads || takes(text), "{path}: `{text}` is taken");
        }
        for text in ["90", "", "5", "%", "-5m", "m5", "½h"] {
            assert!(!takes(text), "{path}: `{text}` is refused");
        }
    }
}

#[test]
fn every_quantity_has_its_unit_but_the_threshold() {
    let canary = schema("Canary");
    let any: Vec<String> = nodes(&canary)
        .into_iter()
        .filter(|(_, node)| node.contains_key(TYPELESS))
        .map(|(path, _)| path)
        .collect();
    let threshold = ".spec.analysis.metrics[].threshold";
    assert_eq!(any, [format!("{threshold}.min"), format!("{threshold}.max")]);
}
