//! The Canaries at one moment, and how the next moment follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::spec::{
    CheckedCanary, FiledCanary, Known, MAX_PROBLEMS, Problem, Problems, examine_for, namespace_of,
};

/// What every text has in it that has a template.
const TEMPLATE: &str = "AnalysisTemplate";

/// The name of a document that is in no file. No file has it: all of them have paths, or a kind and a name.
const UNFILED: &str = "request";

/// What is written, by file.
pub(super) type Texts = BTreeMap<String, Arc<str>>;

/// What is written, as far as it holds. A file is whatever is edited, and refused, as one: a file of a folder, or an object of a
/// cluster.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    canaries: BTreeMap<String, Arc<FiledCanary>>,
    problems: Problems,
    /// The namespace that a file with problems is of, as it is written now; none for one that is of several, or of nobody knows which.
    namespaces: BTreeMap<String, Option<String>>,
    /// The texts that the Canaries are from, by file: together they are without a problem.
    good: Texts,
    is_complete: bool,
    /// Whether the source was read and is empty, and never had a Canary.
    is_empty: bool,
    /// The Canaries that are there, and of which nothing is known that could be used.
    unusable: BTreeSet<String>,
}

/// How one source of Canaries differs from another.
pub(super) struct Rules<'a> {
    /// What Canaries may name.
    pub(super) known: &'a Known,
    /// Makes a Canary what it is at its place; or says why it cannot be there.
    pub(super) place: &'a dyn Fn(&mut FiledCanary) -> Option<Problem>,
    /// Whether a file is put back where its change broke another one.
    pub(super) is_leaned_on: &'a dyn Fn(&str) -> bool,
}

impl Rules<'_> {
    fn examine(&self, texts: &Texts) -> (Vec<FiledCanary>, Vec<Problem>) {
        let texts = texts.iter().map(|(file, text)| (file.as_str(), &**text));
        let report = examine_for(self.known, texts);
        let mut problems = report.problems.listed;
        let mut canaries = report.canaries;
        problems.extend(canaries.iter_mut().filter_map(|filed| (self.place)(filed)));
        (canaries, problems)
    }
}

impl Snapshot {
    /// The Canaries by `namespace/name`. Paths in them are absolute.
    #[must_use]
    pub const fn canaries(&self) -> &BTreeMap<String, Arc<FiledCanary>> {
        &self.canaries
    }

    /// One Canary.
    #[must_use]
    pub fn canary(&self, namespace: &str, name: &str) -> Option<&CheckedCanary> {
        self.canaries
            .get(&format!("{namespace}/{name}"))
            .map(|filed| &filed.canary)
    }

    /// What is wrong, and is therefore not in force.
    #[must_use]
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Of what is wrong, what is in files that are of this namespace alone: what may be told whoever asks for it.
    pub fn problems_in(&self, namespace: &str) -> impl Iterator<Item = &Problem> {
        let is_in = move |problem: &&Problem| {
            let of = self.namespaces.get(&problem.file);
            of.is_some_and(|of| of.as_deref() == Some(namespace))
        };
        self.problems.listed.iter().filter(is_in)
    }

    /// Whether everything that is written was read at least once.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Whether this Canary is nowhere: neither here nor in what could not be read.
    #[must_use]
    pub fn is_gone(&self, namespace: &str, name: &str) -> bool {
        let name = format!("{namespace}/{name}");
        self.is_complete && !self.canaries.contains_key(&name) && !self.unusable.contains(&name)
    }

    /// Whether nobody wrote this Canary, as far as can be known: as [`is_gone`](Self::is_gone), and also where the source is empty. That is
    /// no reason to end a rollout, since the files may come a moment later; and none to wait for a document that may never come.
    #[must_use]
    pub fn is_unwritten(&self, namespace: &str, name: &str) -> bool {
        self.is_empty || self.is_gone(namespace, name)
    }

    /// The one Canary of a document that is in no file, checked beside the templates that hold here.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, known: &Known, document: &str) -> Result<CheckedCanary, Problems> {
        let has_template = |(_, text): &(&String, &Arc<str>)| text.contains(TEMPLATE);
        let beside = self.good.iter().filter(has_template);
        let files = beside.map(|(file, text)| (file.as_str(), &**text));
        let report = examine_for(known, files.chain([(UNFILED, document)]));
        let mut canaries = report.canaries.into_iter();
        match canaries.find(|filed| filed.file == UNFILED) {
            Some(filed) => Ok(filed.canary),
            None => Err(Problems::new(
                report
                    .problems
                    .listed
                    .into_iter()
                    .filter(|problem| problem.file == UNFILED)
                    .collect(),
            )),
        }
    }

    /// The state that follows when `now` is what is written, by file: all of it as it is now, but for what is broken, which stays
    /// as it was. `problems` are those of files that could not be read.
    pub(super) fn after(&self, rules: &Rules<'_>, mut now: Texts, problems: Vec<Problem>) -> Self {
        let mut never_good = false;
        for problem in &problems {
            never_good |= !self.put_back(&problem.file, &mut now);
        }
        let unread = problems.iter().map(|problem| (problem.file.clone(), None));
        let mut namespaces: BTreeMap<String, Option<String>> = unread.collect();
        let mut told = problems;
        loop {
            let (canaries, found) = rules.examine(&now);
            if found.is_empty() {
                return Self {
                    canaries: canaries.into_iter().map(named).collect(),
                    problems: Problems::new(told),
                    namespaces,
                    good: now,
                    is_complete: !never_good,
                    is_empty: false,
                    unusable: BTreeSet::new(),
                };
            }
            for file in files_of(&found) {
                // As it is written: further on its last good text takes the place of that.
                let namespace = now.get(&file).and_then(|text| namespace_of(text));
                namespaces.entry(file).or_insert(namespace);
            }
            let is_changed = |file: &String| now.get(file) != self.good.get(file);
            let mut changed: Vec<String> = files_of(&found).into_iter().filter(is_changed).collect();
            if changed.is_empty() {
                // What changed elsewhere broke a file that did not change: a template went away, say.
                let leaned_on = self.good.keys().filter(|file| (rules.is_leaned_on)(file));
                changed = leaned_on.filter(|file| is_changed(file)).cloned().collect();
            }
            for problem in found {
                if told.len() < MAX_PROBLEMS && !told.contains(&problem) {
                    told.push(problem);
                }
            }
            if changed.is_empty() {
                return Self {
                    namespaces,
                    ..self.unchanged(told)
                };
            }
            for file in changed {
                never_good |= !self.put_back(&file, &mut now);
            }
        }
    }

    /// Several states as one, where `names` are the Canaries that there are, and all of them.
    pub(super) fn of_parts<'a>(parts: impl Iterator<Item = &'a Self>, names: &BTreeSet<String>) -> Self {
        let mut whole = Self {
            is_complete: true,
            ..Self::default()
        };
        let mut problems = Vec::new();
        for part in parts {
            let canaries = part.canaries.iter().filter(|(name, _)| names.contains(*name));
            whole
                .canaries
                .extend(canaries.map(|(name, filed)| (name.clone(), Arc::clone(filed))));
            problems.extend(part.problems.listed.iter().cloned().map(without_line));
            let namespaces = part.namespaces.iter();
            whole
                .namespaces
                .extend(namespaces.map(|(file, namespace)| (file.clone(), namespace.clone())));
            let templates = part.good.iter().filter(|(_, text)| text.contains(TEMPLATE));
            whole
                .good
                .extend(templates.map(|(file, text)| (file.clone(), Arc::clone(text))));
        }
        whole.problems = Problems::new(problems);
        let is_unusable = |name: &&String| !whole.canaries.contains_key(*name);
        whole.unusable = names.iter().filter(is_unusable).cloned().collect();
        whole
    }

    /// Whether it is this text of the file that holds.
    pub(super) fn holds(&self, file: &str, text: &str) -> bool {
        self.good.get(file).is_some_and(|good| &**good == text)
    }

    /// Whether `before` had a Canary that is not here.
    pub(super) fn lacks_any_of(&self, before: &Self) -> bool {
        before
            .canaries
            .keys()
            .any(|name| !self.canaries.contains_key(name))
    }

    /// Logs what is different from `before`.
    pub(super) fn tell_since(&self, before: &Self) {
        for (name, filed) in &self.canaries {
            match before.canaries.get(name) {
                None => tracing::info!(canary = name, file = filed.file, "a Canary is there"),
                Some(old) if old.canary != filed.canary => {
                    tracing::info!(canary = name, file = filed.file, "the Canary was edited");
                }
                Some(_) => {}
            }
        }
        for name in before
            .canaries
            .keys()
            .filter(|name| !self.canaries.contains_key(*name))
        {
            tracing::info!(canary = name, "the Canary is gone");
        }
        for problem in &self.problems.listed {
            if !before.problems.listed.contains(problem) {
                tracing::warn!("refused, and what was there before goes on: {problem}");
            }
        }
        if self.problems.is_empty() && !before.problems.is_empty() {
            tracing::info!("the Canaries are without a problem again");
        }
    }

    /// The same once more, with other problems.
    pub(super) fn unchanged(&self, problems: Vec<Problem>) -> Self {
        Self {
            problems: Problems::new(problems),
            namespaces: BTreeMap::new(),
            // Another file may have come meanwhile that nobody has looked into.
            is_complete: false,
            is_empty: false,
            ..self.clone()
        }
    }

    /// A source that is empty; `problems` say so.
    pub(super) fn of_nothing(problems: Vec<Problem>) -> Self {
        Self {
            problems: Problems::new(problems),
            is_empty: true,
            ..Self::default()
        }
    }

    /// Puts the last good text of `file` in its place, and says whether there was one.
    fn put_back(&self, file: &str, now: &mut Texts) -> bool {
        match self.good.get(file) {
            Some(text) => {
                now.insert(file.to_owned(), Arc::clone(text));
                true
            }
            None => {
                now.remove(file);
                false
            }
        }
    }
}

fn files_of(problems: &[Problem]) -> BTreeSet<String> {
    problems.iter().map(|problem| problem.file.clone()).collect()
}

fn named(filed: FiledCanary) -> (String, Arc<FiledCanary>) {
    let name = format!("{}/{}", filed.canary.namespace, filed.canary.name);
    (name, Arc::new(filed))
}

/// An object has no lines that anybody saw.
fn without_line(problem: Problem) -> Problem {
    Problem {
        line: None,
        ..problem
    }
}
