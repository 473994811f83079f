//! The JSON schema of what users write, for their editors.
//!
//! It says which fields there are, what they are for and of which shape they may be, and is made from the types that the
//! documents are read into. What the check knows beyond that (which unit a quantity has, which metrics a template may have)
//! it leaves to the check.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::canary::CanaryDocument;
use super::reading::API_VERSION;
use super::template::TemplateDocument;

/// The schema (draft 2020-12) of a document: Serin's own as their kind says, anybody else's as they like, since a file may
/// have both.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let canary = generator.subschema_for::<CanaryDocument>();
    let template = generator.subschema_for::<TemplateDocument>();
    let is = |kind: &str| json!({ "required": ["kind"], "properties": { "kind": { "const": kind } } });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Serin's documents",
        "description": "Canaries and AnalysisTemplates of serin.dev",
        "if": {
            "type": "object",
            "required": ["apiVersion"],
            "properties": { "apiVersion": { "pattern": "^serin\\.dev/" } },
        },
        "then": {
            "properties": {
                "apiVersion": { "const": API_VERSION },
                "kind": { "enum": ["Canary", "AnalysisTemplate"] },
            },
            "required": ["kind"],
            "allOf": [
                { "if": is("Canary"), "then": canary },
                { "if": is("AnalysisTemplate"), "then": template },
            ],
        },
        "$defs": generator.take_definitions(true),
    })
}
