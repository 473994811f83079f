//! Checks everything that users wrote, at once, and makes what can be relied on of it.
//!
//! A check goes on past a mistake, so that one run tells them all; and it makes a [`CheckedCanary`] only of a document in
//! which it found none. It sees nothing but the texts: whether a manifest or an endpoint is there is the edges' to say.

mod analysis;
mod arms;
mod canary;
mod context;
mod data_source;
mod endpoint;
mod findings;
mod habits;
mod hooks;
mod library;
mod meaning;
mod metric;
mod names;
mod patterns;
mod places;
mod plan;
mod promql;
mod template;
mod templates;
mod value;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

/// What the schemas say too.
pub(super) use self::analysis::{
    DEFAULT_CANARY_SILENT_AFTER, DEFAULT_FALSE_ABORT_RATE, DEFAULT_INTERVAL, DEFAULT_NO_DATA_AFTER,
    DEFAULT_WARMUP, MAX_METRICS,
};
use self::canary::check_canary;
pub(super) use self::canary::{
    DEFAULT_BAKE, DEFAULT_CAPACITY, DEFAULT_MAX_DURATION, DEFAULT_NAMESPACE, MAX_CHANNELS,
};
pub(super) use self::endpoint::MAX_ENDPOINT_BYTES;
use self::findings::{Findings, Range};
pub(super) use self::hooks::{
    DEFAULT_EXPIRY, DEFAULT_HOOK_TIMEOUT, MAX_FAILURE_LIMIT, MAX_HOOK_NAME, MAX_HOOK_URL, MAX_HOOKS,
    MAX_METADATA, MAX_METADATA_VALUE, MAX_RETRIES,
};
pub use self::library::{BuiltInTemplate, LIBRARY};
pub(super) use self::places::MAX_ENDPOINTS;
pub(super) use self::plan::DEFAULT_WEIGHTS;
use self::templates::Templates;
pub(super) use self::value::MAX_LOOKS;
use super::allow_list::AllowList;
use super::canary::Metadata;
use super::checked::CheckedCanary;
use super::reading::{Content, Document, Note, Reading};
use crate::document::{DNS_LABEL, FieldPath, Problem, Problems, is_dns_label};

/// Documents of one check. A platform has some hundreds of Canaries.
pub const MAX_DOCUMENTS: usize = 10_000;

/// Any duration in a Canary. A rollout of a month is a mistake in the unit.
const DURATION: Range<Duration> = Range {
    expected: "a duration of at most `30d`",
    holds: |duration| duration <= Duration::from_secs(30 * 24 * 60 * 60),
};

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The Canaries without a problem, in the order written.
    pub canaries: Vec<FiledCanary>,
    /// Names of the AnalysisTemplates without a problem, in the order written.
    pub templates: Vec<String>,
    /// What is wrong.
    pub problems: Problems,
    /// What is worth knowing and not wrong.
    pub notes: Vec<Note>,
}

/// A Canary and the file that it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FiledCanary {
    /// Name of the file, as it was given. Relative paths in the Canary start at its folder.
    pub file: String,
    /// The Canary.
    pub canary: CheckedCanary,
}

/// The Canaries in `files`, each a name and a text; or everything that is wrong in any of them.
///
/// A Canary's templates may be in any of the files; or they are of the [`LIBRARY`].
///
/// ```
/// let canary = "
/// apiVersion: serin.dev/v1alpha1
/// kind: Canary
/// metadata: {name: shop}
/// spec:
///   workloads:
///     stable: {endpoints: ['http://127.0.0.1:8081']}
///     canary: {endpoints: ['http://127.0.0.1:8082']}
///   traffic:
///     file: {path: routes.yaml, virtualService: shop, stable: {subset: stable}, canary: {subset: canary}}
///   analysis: {metrics: [{template: latency}]}
/// ";
/// let template = "
/// apiVersion: serin.dev/v1alpha1
/// kind: AnalysisTemplate
/// metadata: {name: latency}
/// spec:
///   latency: {histogram: http_request_duration_seconds, unit: s}
/// ";
/// let checked = serin::spec::check([("canary.yaml", canary), ("template.yaml", template)])?;
/// assert_eq!(checked[0].steps.len(), 4);
/// # Ok::<(), serin::spec::Problems>(())
/// ```
///
/// # Errors
///
/// [`Problems`], if there is one problem or more in any of the files.
pub fn check<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<CheckedCanary>, Problems> {
    let report = examine(files);
    if report.problems.is_empty() {
        Ok(report.canaries.into_iter().map(|filed| filed.canary).collect())
    } else {
        Err(report.problems)
    }
}

/// As [`check()`], for people who want to see what is right and what is wrong side by side.
pub fn examine<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Report {
    examine_with(files, None)
}

/// What a configuration has that Canaries name: they may name those and no others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Notification channels.
    pub channels: BTreeSet<String>,
    /// Data sources, without the built-in `scrape`.
    pub data_sources: BTreeSet<String>,
    /// Where hooks may go.
    pub hooks: AllowList,
}

/// As [`examine`], where the daemon's configuration is known.
pub fn examine_for<'a>(known: &Known, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Report {
    examine_with(files, Some(known))
}

fn examine_with<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, known: Option<&Known>) -> Report {
    let mut reading = Reading::default();
    let mut file_order = BTreeMap::new();
    for (file, text) in files {
        let position = file_order.len();
        file_order.entry(file.to_owned()).or_insert(position);
        reading.add(file, text);
    }
    let Reading {
        mut documents,
        mut problems,
        mut notes,
        incomplete,
    } = reading;
    if documents.len() > MAX_DOCUMENTS {
        problems.push(too_many(&documents[MAX_DOCUMENTS], documents.len()));
        documents.truncate(MAX_DOCUMENTS);
    }
    problems.extend(repeated_names(&documents));
    let (templates, of_templates) = Templates::of(&documents, incomplete);
    problems.extend(of_templates.problems);
    notes.extend(of_templates.notes);
    let mut canaries = Vec::new();
    for document in &documents {
        if let Content::Canary(Some(content)) = &document.content {
            let mut findings = Findings::new(document);
            let checked = check_canary(content, &templates, known, &mut findings);
            let sound = findings.is_sound();
            notes.extend(findings.take_notes());
            problems.extend(findings.finish());
            canaries.extend(checked.filter(|_| sound).map(|canary| FiledCanary {
                file: document.file.clone(),
                canary,
            }));
        }
    }
    problems.sort_by_key(|problem| (file_order.get(&problem.file).copied(), problem.line));
    notes.sort_by_key(|note| (file_order.get(&note.file).copied(), note.line));
    Report {
        canaries,
        templates: templates.sound_names(),
        problems: Problems::new(problems),
        notes,
    }
}

fn too_many(first_beyond: &Document, count: usize) -> Problem {
    Problem {
        file: first_beyond.file.clone(),
        line: Some(first_beyond.root.line),
        field: None,
        expected: format!("at most {MAX_DOCUMENTS} documents in one check"),
        found: count.to_string(),
        hint: None,
    }
}

/// Two documents of one kind, namespace and name: nobody could say which counts.
fn repeated_names(documents: &[Document]) -> Vec<Problem> {
    let mut first: BTreeMap<(bool, Option<&str>, &str), &Document> = BTreeMap::new();
    let mut problems = Vec::new();
    let field = FieldPath::of("metadata.name");
    for document in documents {
        let Some(name) = document.root.text_at(&field) else {
            continue;
        };
        let is_canary = matches!(document.content, Content::Canary(_));
        let namespace = document
            .namespace()
            .or_else(|| is_canary.then_some(DEFAULT_NAMESPACE));
        match first.get(&(is_canary, namespace, name)) {
            Some(earlier) => problems.push(Problem {
                file: document.file.clone(),
                line: Some(document.root.line_of(&field)),
                field: Some(field.to_string()),
                expected: "a name of its own".to_owned(),
                found: format!(
                    "`{}` again (first at {}:{})",
                    crate::document::shown(name),
                    earlier.file,
                    earlier.root.line_of(&field)
                ),
                hint: None,
            }),
            None => {
                first.insert((is_canary, namespace, name), document);
            }
        }
    }
    problems
}

/// Checks the names that every document has.
fn check_metadata(metadata: &Metadata, findings: &mut Findings<'_>) {
    let here = FieldPath::of("metadata");
    if !is_dns_label(&metadata.name) {
        findings.refuse(&here.key("name"), DNS_LABEL, None);
    }
    if metadata
        .namespace
        .as_deref()
        .is_some_and(|namespace| !is_dns_label(namespace))
    {
        findings.refuse(&here.key("namespace"), DNS_LABEL, None);
    }
}
