//! The templates that a check has, by name.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::library;
use super::template::check_template;
use crate::document::{FieldPath, Problem, nearest};
use crate::spec::reading::{Content, Document, Note};
use crate::spec::template::TemplateDocument;

/// A template and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Template<'a> {
    /// Where it stands.
    pub(super) document: &'a Document,
    /// What it says.
    pub(super) content: &'a TemplateDocument,
    /// Whether nothing is wrong with it.
    pub(super) sound: bool,
}

/// The templates by namespace and name. One without a namespace is for every Canary; one with is for that namespace's,
/// and goes first there. Last comes what is built in. `None` for a template of which only the name could be read.
pub(super) struct Templates<'a> {
    by_name: BTreeMap<(Option<&'a str>, &'a str), Option<Template<'a>>>,
    in_order: Vec<&'a str>,
    /// Whether there may be more than could be read.
    incomplete: bool,
}

/// What the check of all templates found.
#[derive(Debug, Default)]
pub(super) struct OfTemplates {
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

impl<'a> Templates<'a> {
    /// Checks the templates among `documents`.
    pub(super) fn of(documents: &'a [Document], incomplete: bool) -> (Self, OfTemplates) {
        let mut templates = Self {
            by_name: BTreeMap::new(),
            in_order: Vec::new(),
            incomplete,
        };
        let mut found = OfTemplates::default();
        for document in documents {
            let Content::Template(content) = &document.content else {
                continue;
            };
            let template = content.as_deref().map(|content| {
                let mut findings = Findings::new(document);
                check_template(content, &mut findings);
                let sound = findings.is_sound();
                found.notes.extend(findings.take_notes());
                found.problems.extend(findings.finish());
                Template {
                    document,
                    content,
                    sound,
                }
            });
            match document.root.text_at(&FieldPath::of("metadata.name")) {
                Some(name) => {
                    templates
                        .by_name
                        .entry((document.namespace(), name))
                        .or_insert(template);
                    templates
                        .in_order
                        .extend(template.filter(|template| template.sound).map(|_| name));
                }
                None => templates.incomplete = true,
            }
        }
        (templates, found)
    }

    /// The sound template `name` as seen from `namespace`; else `None`, and the findings know.
    pub(super) fn find(
        &self,
        field: &FieldPath,
        name: &str,
        namespace: &str,
        findings: &mut Findings<'_>,
    ) -> Option<Template<'a>> {
        let found = self
            .by_name
            .get(&(Some(namespace), name))
            .or_else(|| self.by_name.get(&(None, name)));
        match found {
            Some(Some(template)) if template.sound => return Some(*template),
            Some(_) => findings.lean_on_broken(),
            // It may be in what could not be read.
            None if self.incomplete => findings.lean_on_broken(),
            None => match library::built_in(name) {
                Some(template) => return Some(template),
                None => findings.refuse(
                    field,
                    "the name of an AnalysisTemplate",
                    self.hint(name, namespace),
                ),
            },
        }
        None
    }

    /// What somebody may have meant.
    fn hint(&self, name: &str, namespace: &str) -> String {
        let visible = self
            .by_name
            .keys()
            .filter(|(of, _)| of.is_none_or(|of| of == namespace))
            .map(|(_, name)| *name);
        match nearest(name, visible.clone().chain(library::names())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let own = visible.map(|name| format!("`{name}`"));
                let built_in = "those that `serin generate templates` lists".to_owned();
                let known: Vec<String> = own.chain([built_in]).collect();
                format!("known here: {}", known.join(", "))
            }
        }
    }

    /// Names of the templates without a problem, in the order written.
    pub(super) fn sound_names(&self) -> Vec<String> {
        self.in_order.iter().map(|name| (*name).to_owned()).collect()
    }
}
