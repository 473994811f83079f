//! The configuration as an example: every field, with what it is for and what may stand in it, at its default.

use serde::Serialize;

use super::field::{Entry, Section, Unwritten, variable};
use super::table::{SECTIONS, entries};

/// Length of a line of the comments.
const MAX_COLUMNS: usize = 110;

const HEAD: &str = "\
# The configuration of Serin: every field, at its default.
#
# Later wins, field by field: this file; then the overlay `serin.<environment>.yaml` beside it, if SERIN_ENV is
# `development`, `staging` or `production`; then variables; then flags. The names of both follow from the path:
# `api.bodyLimit` is SERIN_API_BODY_LIMIT and --api-body-limit.
#
# A secret stands in a file of its own, which a field that ends in `File` names, or in a variable; never in here.
# A relative path starts at the folder of the file that it is written in, or else at the working directory.
#
# To use a line that begins with `#` and no space, take out the `#`; with `##` it stands in place of another line.
";

/// The example: as it stands, it says nothing but the defaults.
#[must_use]
pub fn example() -> String {
    let sections = SECTIONS.iter().map(|section| section_text(section));
    [HEAD.to_owned()].into_iter().chain(sections).collect()
}

/// What there is to know about a field, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldReference {
    /// Its path; `*` stands for a name that the user chooses.
    pub field: &'static str,
    /// Its variable.
    pub variable: String,
    /// Its flag, if it has one.
    pub flag: Option<String>,
    /// Its default, if it has one.
    pub default: Option<&'static str>,
    /// What may stand in it.
    pub expected: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// Every field, in the order of the example.
#[must_use]
pub fn reference() -> Vec<FieldReference> {
    let reference = |entry: &'static Entry| FieldReference {
        field: entry.path,
        variable: variable(entry.path),
        flag: entry.flag().filter(|_| entry.is_for_files()),
        default: entry.default(),
        expected: entry.expected,
        about: entry.about,
    };
    entries().map(reference).collect()
}

fn section_text(section: &Section) -> String {
    let mut text = format!("\n{}{}:\n", comment(0, section.about), section.name);
    let mut open = vec![section.name];
    for entry in section.entries {
        let keys: Vec<&str> = entry.path.split('.').collect();
        let Some((key, groups)) = keys.split_last() else {
            continue;
        };
        let shared = open
            .iter()
            .zip(groups)
            .take_while(|(one, other)| one == other)
            .count();
        open.truncate(shared);
        for group in &groups[shared..] {
            let off = if is_chosen_by_the_user(entry) { "#" } else { "" };
            let name = if *group == "*" {
                chosen_name(section)
            } else {
                group
            };
            text.push_str(&format!("{}{off}{name}:\n", indent(open.len())));
            open.push(group);
        }
        text.push_str(&field_text(section, entry, key, open.len()));
    }
    text
}

/// Whether nothing of the kind is there until the user chooses a name for it.
fn is_chosen_by_the_user(entry: &Entry) -> bool {
    entry.path.contains('*')
}

/// What stands for the `*` in the paths of a section.
fn chosen_name(section: &Section) -> &'static str {
    section.example_name.unwrap_or("*")
}

fn field_text(section: &Section, entry: &Entry, key: &str, depth: usize) -> String {
    let flag = entry
        .short_flag
        .map(|flag| format!(" The flag is --{flag}."))
        .unwrap_or_default();
    let about = comment(depth, &format!("{} Takes {}.{flag}", entry.about, entry.expected));
    let line = |off: &str, value: &str| format!("{about}{}{off}{key}: {value}\n", indent(depth));
    match entry.unwritten {
        Unwritten::Is(value) if is_chosen_by_the_user(entry) => line("#", value),
        Unwritten::Is(value) => line("", value),
        Unwritten::Nothing(value) => line("#", value),
        Unwritten::Other(value) => line("##", value),
        Unwritten::OnlyAVariable => {
            let name = variable(&entry.path.replace('*', chosen_name(section)));
            comment(
                depth,
                &format!(
                    "Only as a variable, {name}: {} Takes {}.",
                    entry.about, entry.expected
                ),
            )
        }
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

/// Sentences as lines of a comment.
fn comment(depth: usize, sentences: &str) -> String {
    let start = format!("{}#", indent(depth));
    let mut lines = vec![start.clone()];
    for word in sentences.split_whitespace() {
        let fits = lines
            .last()
            .is_some_and(|line| line.chars().count() + 1 + word.chars().count() <= MAX_COLUMNS);
        if !fits {
            lines.push(start.clone());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
