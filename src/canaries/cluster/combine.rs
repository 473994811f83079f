//! Canaries and templates of a cluster, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::file;
use super::refusal::refuse;
use super::resource::{Resource, TemplateResource};
use crate::canaries::snapshot::{Rules, Snapshot, Texts};
use crate::kubernetes::Kind;
use crate::spec::{Known, Problem};

/// The Canaries of a cluster, as objects.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// What holds of what they say.
    pub snapshot: Arc<Snapshot>,
    /// The objects by `namespace/name`, with those that are being deleted.
    pub canaries: BTreeMap<String, Arc<Resource>>,
    /// Why what an object says does not hold, by its name; without those that do.
    pub refused: BTreeMap<String, Vec<Problem>>,
    /// The templates by `namespace/name`.
    pub templates: BTreeMap<String, Arc<TemplateResource>>,
    /// Why what a template says does not hold, by its name; without those that do.
    pub refused_templates: BTreeMap<String, Vec<Problem>>,
    /// Whether all of them were listed.
    pub is_listed: bool,
    /// Why nothing new comes in, while it does not.
    pub trouble: Option<String>,
}

/// The texts of one namespace, and what holds of them.
#[derive(Debug, Default)]
struct Part {
    read: Texts,
    snapshot: Snapshot,
}

/// What holds, namespace by namespace: templates are for their own, and one that is broken is no other's concern.
#[derive(Debug)]
pub(super) struct Combined {
    known: Known,
    parts: BTreeMap<String, Part>,
}

impl Combined {
    pub(super) const fn new(known: Known) -> Self {
        Self {
            known,
            parts: BTreeMap::new(),
        }
    }

    /// The state that follows when these are all objects that there are.
    pub(super) fn next(
        &mut self,
        canaries: &BTreeMap<String, Arc<Resource>>,
        templates: &BTreeMap<String, Arc<TemplateResource>>,
        trouble: Option<String>,
    ) -> Resources {
        let wanted = canaries.iter().filter(|(_, resource)| !resource.is_deleted);
        let texts = wanted
            .clone()
            .map(|(name, resource)| (Kind::CANARY, name, &resource.text));
        let of_templates = templates
            .iter()
            .map(|(name, template)| (Kind::ANALYSIS_TEMPLATE, name, &template.text));
        let mut read: BTreeMap<String, Texts> = BTreeMap::new();
        for (kind, name, text) in texts.chain(of_templates) {
            let namespace = name.split('/').next().unwrap_or_default().to_owned();
            let part = read.entry(namespace).or_default();
            part.insert(file(kind, name), Arc::clone(text));
        }
        self.parts.retain(|namespace, _| read.contains_key(namespace));
        for (namespace, read) in read {
            let part = self.parts.entry(namespace).or_default();
            if part.read != read {
                part.snapshot = follow_up(&part.snapshot, &self.known, &read);
                part.read = read;
            }
        }
        let names: BTreeSet<String> = wanted.clone().map(|(name, _)| name.clone()).collect();
        let parts = self.parts.values().map(|part| &part.snapshot);
        let snapshot = Snapshot::of_parts(parts, &names);
        let refused = wanted.filter_map(|(name, canary)| {
            let refusal = self.refusal(&canary.namespace, file(Kind::CANARY, name), &canary.text)?;
            Some((name.clone(), refusal))
        });
        let refused_templates = templates.iter().filter_map(|(name, template)| {
            let file = file(Kind::ANALYSIS_TEMPLATE, name);
            let refusal = self.refusal(&template.namespace, file, &template.text)?;
            Some((name.clone(), refusal))
        });
        Resources {
            snapshot: Arc::new(snapshot),
            canaries: canaries.clone(),
            refused: refused.collect(),
            templates: templates.clone(),
            refused_templates: refused_templates.collect(),
            is_listed: true,
            trouble,
        }
    }

    /// Why what the object of this file says does not hold.
    fn refusal(&self, namespace: &str, file: String, text: &str) -> Option<Vec<Problem>> {
        let snapshot = &self.parts.get(namespace)?.snapshot;
        let listed = snapshot.problems().listed.iter();
        let problems: Vec<Problem> = listed.filter(|problem| problem.file == file).cloned().collect();
        let holds = snapshot.holds(&file, text);
        (!holds || !problems.is_empty()).then_some(problems)
    }
}

fn follow_up(before: &Snapshot, known: &Known, read: &Texts) -> Snapshot {
    let template = file(Kind::ANALYSIS_TEMPLATE, "");
    let rules = Rules {
        known,
        place: &refuse,
        is_leaned_on: &|file| file.starts_with(&template),
    };
    before.after(&rules, read.clone(), Vec::new())
}
