//! The API's document: complete, and true of every answer.

use std::sync::LazyLock;

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use serin::api;

use super::{Answer, TestApi};
use crate::world::marked::untold;

pub(super) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(api::document()).unwrap());

/// Panics where an answer is not one that the document has for the path, or tells a secret.
pub(crate) fn hold(method: &Method, path: &str, answer: &Answer) {
    untold("an answer", format!("{answer:?}"));
    let Some(operation) = operation(method, path) else {
        // Nobody documents what is not there; but an error is a problem everywhere.
        validate(&json!({ "$ref": "#/components/schemas/Problem" }), &answer.body);
        return;
    };
    let responses = &operation["responses"];
    let status = answer.status.as_u16();
    let exact = &responses[status.to_string()];
    let response = if exact.is_null() {
        &responses[format!("{}XX", status / 100)]
    } else {
        exact
    };
    assert!(
        !response.is_null(),
        "{method} {path}: {status} is not in the document"
    );
    let kind = answer.header("content-type").split(';').next().unwrap();
    let schema = &response["content"][kind]["schema"];
    assert!(
        !schema.is_null(),
        "{method} {path}: {status} as {kind} is not in the document"
    );
    validate(schema, &answer.body);
    if method != Method::HEAD {
        answer.header("x-request-id");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

fn validate(schema: &Value, body: &Value) {
    let mut whole = DOCUMENT.clone();
    whole["$ref"] = schema["$ref"].clone();
    if schema["$ref"].is_null() {
        whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    }
    let validator: Validator = jsonschema::draft202012::new(&whole).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\nin {body:#}\nby {schema:#}");
}

/// What the document says of a path with its names filled in.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (_, item) = paths.iter().find(|(template, _)| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template
                .zip(path)
                .all(|(one, other)| one.starts_with('{') || one == other)
    })?;
    item.get(method.as_str().to_lowercase())
}

#[test]
fn the_document_is_one() {
    let document = &*DOCUMENT;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let text = document.to_string();
    for (at, _) in text.match_indices("\"$ref\":\"#/") {
        let reference = text[at + 9..].split('"').next().unwrap();
        assert!(document.pointer(reference).is_some(), "{reference} is nowhere");
    }
}

#[test]
fn every_operation_says_what_it_does_and_answers() {
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let summary = operation["summary"].as_str();
            assert!(
                summary.is_some_and(|summary| summary.ends_with('.')),
                "{method} {path}: {summary:?}"
            );
            assert!(operation["tags"].is_array(), "{method} {path}");
            assert!(operation["responses"]["4XX"].is_object(), "{method} {path}");
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let paths = DOCUMENT["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let mut names: Vec<&str> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "{names:?}");
}

#[test]
fn every_route_of_the_router_is_in_the_document() {
    // What `routes!` registers it also documents; so the routes are counted where they are written down.
    let router = include_str!("../../src/api/router.rs");
    let routes = router.matches("routes!(").count();
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(operations, routes);
    assert!(!router.contains(".route("), "a route that is not documented");
}

#[tokio::test]
async fn every_documented_path_is_served() {
    let api = TestApi::start().await;
    for (template, item) in DOCUMENT["paths"].as_object().unwrap() {
        let path = template.replace(['{', '}'], "");
        for method in item.as_object().unwrap().keys() {
            if template.ends_with("/stream") {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = api.ask(method.clone(), &path, |request| request).await;
            assert_ne!(
                answer.body["type"], "urn:serin:problem:no-route",
                "{method} {path}"
            );
            assert_ne!(answer.status, 405, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_as_it_is_generated() {
    let api = TestApi::start().await;
    assert_eq!(api.get("/api/v1/openapi.json").await.ok(), *DOCUMENT);
}
