//! The Canaries that are followed, as the API asks for them.

use std::sync::Arc;

use crate::api::{Canaries, KnownCanary};
use crate::canaries::{Followed, Snapshot};
use crate::spec::{CheckedCanary, FiledCanary, Known, Problem, Problems};

/// What is followed, as a catalogue.
pub(super) struct Catalog {
    followed: Followed,
    /// What Canaries may name.
    known: Known,
}

impl Catalog {
    pub(super) const fn new(followed: Followed, known: Known) -> Self {
        Self { followed, known }
    }

    pub(super) const fn followed(&self) -> &Followed {
        &self.followed
    }
}

impl Canaries for Catalog {
    fn list(&self) -> Vec<KnownCanary> {
        let now = self.followed.now();
        now.canaries().values().map(|filed| known(filed, &now)).collect()
    }

    fn get(&self, namespace: &str, name: &str) -> Option<KnownCanary> {
        let now = self.followed.now();
        let filed = now.canaries().get(&format!("{namespace}/{name}"))?;
        Some(known(filed, &now))
    }

    fn is_unwritten(&self, namespace: &str, name: &str) -> bool {
        self.followed.now().is_unwritten(namespace, name)
    }

    fn check(&self, document: &str) -> Result<CheckedCanary, Problems> {
        self.followed.now().check(&self.known, document)
    }

    fn problems(&self, namespace: Option<&str>) -> Problems {
        let now = self.followed.now();
        let is_nobodys =
            |problem: &&Problem| !now.canaries().values().any(|filed| filed.file == problem.file);
        if let Some(namespace) = namespace {
            let listed = now.problems_in(namespace).filter(is_nobodys);
            return Problems::new(listed.cloned().collect());
        }
        let listed = now.problems().listed.iter().filter(is_nobodys);
        Problems {
            listed: listed.cloned().collect(),
            left_out: now.problems().left_out,
        }
    }
}

/// A Canary with the problems of its own file.
fn known(filed: &FiledCanary, now: &Snapshot) -> KnownCanary {
    let listed = now.problems().listed.iter();
    let problems = listed.filter(|problem| problem.file == filed.file);
    KnownCanary {
        canary: Arc::new(filed.canary.clone()),
        problems: Problems::new(problems.cloned().collect()),
    }
}
