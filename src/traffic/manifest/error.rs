//! Why a manifest is refused.

use super::patch::PatchProblem;

/// Why a VirtualService cannot be found or changed in a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The text is not YAML.
    #[error(
        "expected YAML documents, found: {0}; hint: check the file with `kubectl apply --dry-run=client`"
    )]
    Syntax(String),
    /// No document is the wanted VirtualService.
    #[error(
        "expected the VirtualService in the file, found {}; hint: check metadata.name and metadata.namespace",
        if found.is_empty() { "no VirtualService".to_owned() } else { found.join(", ") }
    )]
    Missing {
        /// The VirtualServices that are there, as `namespace/name`; the first few.
        found: Vec<String>,
    },
    /// Two documents are the wanted VirtualService.
    #[error(
        "expected the VirtualService once in the file, found it at line {first} and at line {second}; \
         hint: remove one, nobody can tell which of them counts"
    )]
    Twice {
        /// Line of the first document.
        first: usize,
        /// Line of the second.
        second: usize,
    },
    /// The document has no plain value.
    #[error(
        "expected a VirtualService, found: {0}; hint: check the file with `kubectl apply --dry-run=client`"
    )]
    Object(String),
    /// An entry is written in a way that cannot be edited.
    #[error(
        "{pointer}: expected a value that can be edited in place, but {problem}; hint: write it out in place"
    )]
    NotEditable {
        /// The entry, as a JSON pointer.
        pointer: String,
        /// What is in the way.
        problem: PatchProblem,
    },
    /// The edited text does not mean what was intended.
    #[error(
        "expected a manifest in which weights and annotations can be edited by themselves, but an edit would change \
         something else too; hint: replace anchors, aliases, merge keys and tags near them by what they stand for"
    )]
    NotKept,
}
