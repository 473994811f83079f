//! The Canaries that the daemon knows, as the API asks for them.

use std::sync::Arc;

use crate::document::Problems;
use crate::spec::CheckedCanary;

/// Gives the Canaries that users wrote. Answers at once, from memory.
pub trait Canaries: Send + Sync {
    /// All of them, by namespace and then by name.
    fn list(&self) -> Vec<KnownCanary>;

    /// The one of this name.
    fn get(&self, namespace: &str, name: &str) -> Option<KnownCanary>;

    /// Whether nobody wrote one of this name, for sure: it is neither among those that are known nor in what could not be read.
    fn is_unwritten(&self, namespace: &str, name: &str) -> bool;

    /// What is wrong in the files and belongs to no Canary that is known; with a namespace only what is in files of that one.
    fn problems(&self, namespace: Option<&str>) -> Problems;

    /// The one Canary of a document that nobody filed, checked as if it stood beside the others.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn check(&self, document: &str) -> Result<CheckedCanary, Problems>;
}

/// A Canary, and what is wrong with its newest edit.
#[derive(Debug, Clone)]
pub struct KnownCanary {
    /// The Canary that is in force.
    pub canary: Arc<CheckedCanary>,
    /// Why a later edit of it was refused; empty where there is none. The Canary is then the one before that edit.
    pub problems: Problems,
}
