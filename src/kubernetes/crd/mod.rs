//! The CustomResourceDefinitions of `serin.dev`: what an API server takes, fills in and shows.
//!
//! They are made from the types that documents are read into, so that a file in a folder and an object in a cluster are one
//! document. What a schema cannot say and a rule of CEL can, each resource adds in its own file; what neither can say (whether a
//! template exists, which unit a quantity must have beside it) is the check's, and stands in the status.

mod canary;
mod canary_rules;
mod definition;
mod rule;
mod schema;
mod structural;
mod template;
mod unit;

use serde_json::{Value, json};

/// Where the definitions come from, for whoever reads the file.
const HEADER: &str = "# Written by `serin generate crd`.\n";

/// Both definitions, as the API server takes them.
#[must_use]
pub fn definitions() -> [Value; 2] {
    [canary::definition(), template::definition()]
}

/// Both definitions as one `List`, for `kubectl apply` and for programs.
#[must_use]
pub fn list() -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": definitions() })
}

/// Both definitions as YAML, a document each.
#[must_use]
pub fn yaml() -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: 120 };
    let documents = definitions().map(|definition| {
        serde_saphyr::to_string_with_options(&definition, options.clone())
            .expect("a JSON value can be written as YAML")
    });
    HEADER.to_owned() + &documents.join("---\n")
}
