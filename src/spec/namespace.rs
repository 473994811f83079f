//! Which namespace a file is of.

use super::check::DEFAULT_NAMESPACE;
use super::identity::{Identity, identify};
use crate::document::{self, FieldPath};

/// The one namespace that everything of ours in a file is of; none where that is several, or where some of it cannot be read.
///
/// A template without a namespace is for all of them, and says nothing of the file.
#[must_use]
pub fn namespace_of(text: &str) -> Option<String> {
    let field = FieldPath::of("metadata.namespace");
    let mut found: Option<String> = None;
    for document in document::documents("", text) {
        let root = document.ok()?;
        let namespace = match identify(&root) {
            Identity::Canary => Some(root.text_at(&field).unwrap_or(DEFAULT_NAMESPACE)),
            Identity::Template => root.text_at(&field),
            Identity::Foreign { .. } => None,
            // Objects of any namespace may be in it.
            Identity::List | Identity::Unknown { .. } => return None,
        };
        let Some(namespace) = namespace else { continue };
        if found.as_deref().is_some_and(|found| found != namespace) {
            return None;
        }
        found = Some(namespace.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str =
        "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {name: a, namespace: shop}\n";
    const IN_BANK: &str =
        "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {name: b, namespace: bank}\n";
    const WITHOUT: &str = "apiVersion: serin.dev/v1alpha1\nkind: Canary\nmetadata: {name: c}\n";
    const TEMPLATE: &str = "apiVersion: serin.dev/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: t}\n";
    const FOREIGN: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: other}\n";

    #[test]
    fn a_file_is_of_a_namespace_where_everything_in_it_is() {
        for (documents, expected) in [
            (&[CANARY][..], Some("shop")),
            (&[CANARY, TEMPLATE, FOREIGN], Some("shop")),
            (&[WITHOUT], Some("default")),
            (&[CANARY, IN_BANK], None),
            (&[CANARY, "}"], None),
            (&[CANARY, "kind: Canary"], None),
            (&[TEMPLATE], None),
            (&[], None),
        ] {
            let text = documents.join("---\n");
            assert_eq!(namespace_of(&text).as_deref(), expected, "{text}");
        }
    }
}
