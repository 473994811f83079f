//! What a user writes, and what the check says of it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot build its world fails the test, and the panic says where"
)]

mod arms;
mod command;
mod complete;
mod defaults;
mod from_the_server;
mod habits;
mod hooks;
mod in_cluster;
mod library;
pub(crate) mod mutations;
mod refused_places;
mod refused_shapes;
mod refused_templates;
mod refused_values;
pub(crate) mod schema;
mod values;

use serin::spec::check;

use crate::world::canary::{TEMPLATES, document_with};

/// What the check says of the Canary with `fields`; empty if it takes it.
fn told(fields: &str) -> String {
    told_of(&[
        ("shop.yaml", &document_with(fields)),
        ("templates.yaml", TEMPLATES),
    ])
}

/// What the check says of `files`; empty if it takes them.
fn told_of(files: &[(&str, &str)]) -> String {
    check(files.iter().copied()).map_or_else(|problems| problems.to_string(), |_| String::new())
}
