//! Takes a file apart into its documents, and reads those that are Serin's.
//!
//! Strict about what is Serin's: unknown fields, repeated keys and wrong shapes are problems. Generous about the rest:
//! a VirtualService beside a Canary is somebody else's, and is passed over with a note.

use std::{fmt, mem};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::canary::CanaryDocument;
use super::identity::{Identity, identify};
use super::template::TemplateDocument;
use crate::document::{self, FieldPath, Node, Printable, Problem, Value, shown, strict};

/// The `apiVersion` of everything that Serin reads.
pub const API_VERSION: &str = "serin.dev/v1alpha1";

/// What the API server adds to what somebody wrote, and `kubectl get --output yaml` prints with it.
const OF_THE_SERVER: [&str; 10] = [
    "status",
    "metadata.creationTimestamp",
    "metadata.deletionGracePeriodSeconds",
    "metadata.deletionTimestamp",
    "metadata.finalizers",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.ownerReferences",
    "metadata.resourceVersion",
    "metadata.uid",
];

/// One of Serin's documents.
#[derive(Debug)]
pub(super) struct Document {
    /// Name of its file.
    pub(super) file: String,
    /// What was written, for lines and words.
    pub(super) root: Node,
    /// Fields that did not fit and have been told.
    pub(super) refused: Vec<FieldPath>,
    /// What it says.
    pub(super) content: Content,
}

impl Document {
    /// Its namespace, if it names one.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.root.text_at(&FieldPath::of("metadata.namespace"))
    }
}

/// What a document says; `None` where too little of it fitted.
#[derive(Debug)]
pub(super) enum Content {
    Canary(Option<Box<CanaryDocument>>),
    Template(Option<Box<TemplateDocument>>),
}

/// Something worth knowing that is not wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Name of the file, as it was given.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u64,
    /// What there is to know.
    pub text: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}",
            Printable(&self.file),
            self.line,
            Printable(&self.text)
        )
    }
}

/// What was read from one or more files.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) documents: Vec<Document>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
    /// Whether something could not be read at all, so that nobody knows what else there is.
    pub(super) incomplete: bool,
}

impl Reading {
    /// Adds the documents of one file.
    pub(super) fn add(&mut self, file: &str, text: &str) {
        for document in document::documents(file, text) {
            match document {
                Ok(root) => self.add_document(file, root),
                Err(problem) => {
                    self.incomplete = true;
                    self.problems.push(*problem);
                }
            }
        }
    }

    fn add_document(&mut self, file: &str, root: Node) {
        match identify(&root) {
            Identity::Canary => self.add_own(file, root, Content::Canary),
            Identity::Template => self.add_own(file, root, Content::Template),
            Identity::List => {
                for item in items(root) {
                    self.add_document(file, item);
                }
            }
            Identity::Foreign { kind, api_version } => self.notes.push(Note {
                file: file.to_owned(),
                line: root.line,
                text: format!(
                    "passed over: {} of {} is not Serin's",
                    shown(&kind),
                    shown(&api_version)
                ),
            }),
            Identity::Unknown {
                field,
                expected,
                hint,
            } => {
                self.incomplete = true;
                self.problems
                    .push(Problem::of_value(file, &root, &field, expected, hint));
            }
        }
    }

    fn add_own<T: DeserializeOwned>(
        &mut self,
        file: &str,
        mut root: Node,
        content: impl FnOnce(Option<Box<T>>) -> Content,
    ) {
        let mut refused = Vec::new();
        for (field, problem) in document::take_out_repeated_keys(file, &mut root) {
            self.problems.push(problem);
            refused.push(field);
        }
        for field in OF_THE_SERVER {
            root.take_out(&FieldPath::of(field));
        }
        let (value, refusals) = strict::read::<T>(root.clone());
        for refusal in refusals {
            let mut problem = Problem::of_value(file, &root, &refusal.field, refusal.expected, refusal.hint);
            problem.found = refusal.found.unwrap_or(problem.found);
            self.problems.push(problem);
            refused.push(refusal.field);
        }
        self.documents.push(Document {
            file: file.to_owned(),
            root,
            refused,
            content: content(value.map(Box::new)),
        });
    }
}

/// The objects of a list.
fn items(mut list: Node) -> Vec<Node> {
    match list.at_mut(&FieldPath::of("items")).map(|items| &mut items.value) {
        Some(Value::List(items)) => mem::take(items),
        _ => Vec::new(),
    }
}
