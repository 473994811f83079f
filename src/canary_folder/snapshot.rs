//! The Canaries of a folder at one moment, and how the next moment follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::Files;
use crate::spec::{CheckedCanary, FiledCanary, Known, MAX_PROBLEMS, Problem, Problems, Traffic, examine_for};

/// What a folder says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    canaries: BTreeMap<String, FiledCanary>,
    problems: Problems,
    /// The texts that the Canaries are from, by file: together they are without a problem.
    good: BTreeMap<String, String>,
    is_complete: bool,
}

impl Snapshot {
    /// The Canaries by `namespace/name`. Paths in them are absolute.
    #[must_use]
    pub const fn canaries(&self) -> &BTreeMap<String, FiledCanary> {
        &self.canaries
    }

    /// One Canary.
    #[must_use]
    pub fn canary(&self, namespace: &str, name: &str) -> Option<&CheckedCanary> {
        self.canaries
            .get(&format!("{namespace}/{name}"))
            .map(|filed| &filed.canary)
    }

    /// What is wrong in the folder, and is therefore not in force.
    #[must_use]
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Whether a Canary that is not here is nowhere: not in a file that could never be read either.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The state that follows when `read` was read from `folder`: every file as it is now, but for those that are broken, which stay
    /// as they were.
    pub(super) fn after(&self, folder: &Path, known: &Known, read: Files) -> Self {
        let Files { texts, problems } = read;
        let mut now: BTreeMap<String, String> = texts.into_iter().collect();
        let folder = folder.display().to_string();
        if now.is_empty() || problems.iter().any(|problem| problem.file == folder) {
            // Missing or empty: more likely a volume that went away than that nobody wants a canary any more.
            return self.unchanged(problems);
        }
        let mut never_good = false;
        for problem in &problems {
            never_good |= !self.put_back(&problem.file, &mut now);
        }
        let mut told = problems;
        loop {
            let report = examine_for(
                known,
                now.iter().map(|(file, text)| (file.as_str(), text.as_str())),
            );
            if report.problems.is_empty() {
                let canaries = report.canaries.into_iter().map(at_its_place).collect();
                return Self {
                    canaries,
                    problems: Problems::new(told),
                    good: now,
                    is_complete: !never_good,
                };
            }
            let broken: BTreeSet<String> = files_of(&report.problems.listed);
            let changed = |file: &&String| now.get(*file) != self.good.get(*file);
            let changed: Vec<String> = broken.iter().filter(changed).cloned().collect();
            for problem in report.problems.listed {
                if told.len() < MAX_PROBLEMS && !told.contains(&problem) {
                    told.push(problem);
                }
            }
            if changed.is_empty() {
                // What changed elsewhere broke a file that did not change: a template went away, say.
                return self.unchanged(told);
            }
            for file in changed {
                never_good |= !self.put_back(&file, &mut now);
            }
        }
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
            tracing::info!("the folder of the Canaries is without a problem again");
        }
    }

    fn unchanged(&self, problems: Vec<Problem>) -> Self {
        Self {
            problems: Problems::new(problems),
            // Another file may have come meanwhile that nobody has looked into.
            is_complete: false,
            ..self.clone()
        }
    }

    /// Puts the last good text of `file` in its place, and says whether there was one.
    fn put_back(&self, file: &str, now: &mut BTreeMap<String, String>) -> bool {
        match self.good.get(file) {
            Some(text) => {
                now.insert(file.to_owned(), text.clone());
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

/// Lets the paths in a Canary start at its own file's folder.
fn at_its_place(mut filed: FiledCanary) -> (String, FiledCanary) {
    if let Traffic::File(traffic) = &mut filed.canary.traffic
        && let Some(folder) = Path::new(&filed.file).parent()
    {
        traffic.path = folder.join(&traffic.path).display().to_string();
    }
    let name = format!("{}/{}", filed.canary.namespace, filed.canary.name);
    (name, filed)
}
