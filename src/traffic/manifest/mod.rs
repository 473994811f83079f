//! A VirtualService in a text of YAML documents, changed in place.
//!
//! An edit changes the bytes of the edited entries and no others: comments, spelling, order, other documents and
//! whatever Serin has never heard of stay as they are. The edited text is parsed again and compared with what was
//! intended before anybody gets to see it, so that a manifest written in a way that the edit does not understand is
//! refused, never mangled. Reading and writing the file is left to [`file`](mod@super::file).

mod error;
mod patch;
mod tree;

use std::ops::Range;

use serde_json::Value;

use super::cut;
use super::virtual_service::{Edit, apply};
use tree::Document;

pub use error::ManifestError;
pub use patch::PatchProblem;

/// The text of a file, and the one document in it that is the wanted VirtualService.
#[derive(Debug, Clone)]
pub struct Manifest<'a> {
    text: &'a str,
    namespace: &'a str,
    name: &'a str,
    document: Range<usize>,
    object: Value,
}

impl<'a> Manifest<'a> {
    /// Finds VirtualService `name` of `namespace` in `text`. A document without a namespace counts as being in it, as it
    /// would be with `kubectl --namespace`.
    ///
    /// # Errors
    ///
    /// The text is not YAML, or has no such VirtualService, or two, or one that is not a value of JSON's kind.
    pub fn find(text: &'a str, namespace: &'a str, name: &'a str) -> Result<Self, ManifestError> {
        let documents = tree::documents(text)
            .map_err(|error| ManifestError::Syntax(cut(&error.to_string(), QUOTED_CHARS)))?;
        let services: Vec<&Document> = documents
            .iter()
            .filter(|found| is_virtual_service(found))
            .collect();
        let wanted: Vec<&Document> = services
            .iter()
            .filter(|found| is_named(found, namespace, name))
            .copied()
            .collect();
        let document = match wanted[..] {
            [document] => document,
            [first, second, ..] => {
                return Err(ManifestError::Twice {
                    first: first.line,
                    second: second.line,
                });
            }
            [] => {
                return Err(ManifestError::Missing {
                    found: services
                        .iter()
                        .take(LISTED)
                        .map(|found| full_name(found))
                        .collect(),
                });
            }
        };
        Ok(Self {
            text,
            namespace,
            name,
            document: document.range.clone(),
            object: object(text, document)?,
        })
    }

    /// The VirtualService as a value.
    #[must_use]
    pub const fn object(&self) -> &Value {
        &self.object
    }

    /// The VirtualService's document as it is written.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.text[self.document.clone()]
    }

    /// The whole text with `edits` made in the VirtualService.
    ///
    /// # Errors
    ///
    /// The manifest is written in a way in which an edit cannot be made without touching something else.
    pub fn with(&self, edits: &[Edit]) -> Result<String, ManifestError> {
        let mut intended = self.object.clone();
        apply(&mut intended, edits).map_err(|nowhere| ManifestError::NotEditable {
            pointer: nowhere.0,
            problem: PatchProblem::NotWrittenOut,
        })?;
        let mut document = self.document().to_owned();
        for edit in edits {
            document = patch::apply(&document, edit).map_err(|problem| ManifestError::NotEditable {
                pointer: edit.pointer().to_owned(),
                problem,
            })?;
        }
        let (before, after) = (&self.text[..self.document.start], &self.text[self.document.end..]);
        let edited = [before, &document, after].concat();
        let found = Manifest::find(&edited, self.namespace, self.name);
        if !found.is_ok_and(|found| found.object == intended) {
            return Err(ManifestError::NotKept);
        }
        Ok(edited)
    }
}

/// VirtualServices that a message lists; enough to recognise the file.
const LISTED: usize = 8;
/// Characters of a listed name, or of what the YAML reader says; names have 253 at most, the reader may quote the text.
const QUOTED_CHARS: usize = 253;

/// Istio's API group; any version of it has the same shape.
const API_GROUP: &str = "networking.istio.io/";

fn is_virtual_service(document: &Document) -> bool {
    let field = |key| document.root.get(key).and_then(|value| value.text());
    field("kind") == Some("VirtualService")
        && field("apiVersion").is_some_and(|version| version.starts_with(API_GROUP))
}

fn is_named(document: &Document, namespace: &str, name: &str) -> bool {
    metadata(document, "name") == Some(name)
        && metadata(document, "namespace").is_none_or(|found| found == namespace)
}

fn metadata<'a>(document: &'a Document, key: &str) -> Option<&'a str> {
    document.root.get("metadata")?.get(key)?.text()
}

fn full_name(document: &Document) -> String {
    let name = metadata(document, "name").unwrap_or("(no name)");
    let full_name = match metadata(document, "namespace") {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.to_owned(),
    };
    cut(&full_name, QUOTED_CHARS)
}

/// The document's value, with errors that count lines from the start of the file.
fn object(text: &str, document: &Document) -> Result<Value, ManifestError> {
    let lines_before = "\n".repeat(document.line.saturating_sub(1));
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(&(lines_before + &text[document.range.clone()]), options)
        .map_err(|error| ManifestError::Object(cut(&error.to_string(), QUOTED_CHARS)))
}
