//! The templates that Serin brings along, for Canaries to name without a file of theirs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::templates::Template;
use crate::spec::reading::{Content, Document, Reading};

/// A template that is built in. A user's own of the same name goes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BuiltInTemplate {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// The whole file: what there is to know as comments, then the document.
    pub text: &'static str,
}

/// Files of `analysis-templates/`, by name.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(BuiltInTemplate {
            name: $name,
            text: include_str!(concat!("../../../analysis-templates/", $name, ".yaml")),
        }),+]
    };
}

/// All of them: for Istio, Envoy, ingress-nginx and services that measure themselves; at last what no request is counted for.
pub const LIBRARY: [BuiltInTemplate; 13] = files![
    "istio-success-rate",
    "istio-latency",
    "istio-grpc",
    "envoy-success-rate",
    "envoy-latency",
    "nginx-success-rate",
    "nginx-latency",
    "http-success-rate",
    "http-latency",
    "errors-over-total",
    "memory",
    "cpu",
    "connection-pool",
];

static DOCUMENTS: LazyLock<BTreeMap<&'static str, Document>> = LazyLock::new(|| {
    let documents = LIBRARY.iter().filter_map(|template| {
        let mut reading = Reading::default();
        reading.add(template.name, template.text);
        Some((template.name, reading.documents.pop()?))
    });
    documents.collect()
});

/// The template that is built in under this name.
pub(super) fn built_in(name: &str) -> Option<Template<'static>> {
    let document = DOCUMENTS.get(name)?;
    let Content::Template(Some(content)) = &document.content else {
        return None;
    };
    Some(Template {
        document,
        content,
        // A test holds each against the check.
        sound: true,
    })
}

/// Their names.
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> + Clone {
    LIBRARY.iter().map(|template| template.name)
}
