//! What an API server asks of every definition.

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;
use serin::kubernetes::crd;

use super::{TYPELESS, each_schema, nodes};

/// What a structural schema of ours is made of; anything else is a word that the API server may not know.
const KEYWORDS: [&str; 20] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
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
