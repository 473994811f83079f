//! What somebody meant by a variable that no field has.

use super::environment::{CONFIG, ENV, PREFIX};
use crate::config::field::variable;
use crate::config::table::entries;
use crate::document::nearest;

/// Variables that are suggested in place of one; more are no suggestion.
const MAX_SUGGESTIONS: usize = 3;

/// A hint: the variable is a slip of another, or another with words left out, or else nobody knows.
pub(super) fn suggestion(name: &str) -> String {
    let variables: Vec<String> = entries().map(|entry| variable(entry.path)).collect();
    // Without what all have in common: else each short name would be near to each other one.
    let known: Vec<&str> = variables
        .iter()
        .map(String::as_str)
        .chain([ENV, CONFIG])
        .filter_map(|known| known.strip_prefix(PREFIX).filter(|known| !known.contains('*')))
        .collect();
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    let meant = match nearest(name, known.iter().copied()) {
        Some(near) => vec![near],
        None => with_more_words(name, &known),
    };
    if meant.is_empty() || meant.len() > MAX_SUGGESTIONS {
        return "`serin generate config` lists the fields; the variable of `api.address` is `SERIN_API_ADDRESS`"
            .to_owned();
    }
    format!(
        "did you mean `{PREFIX}{}`?",
        meant.join(&format!("` or `{PREFIX}"))
    )
}

/// Those of `known` that have all the words of `name`.
fn with_more_words<'k>(name: &str, known: &[&'k str]) -> Vec<&'k str> {
    let has_all = |known: &&str| {
        name.split('_')
            .all(|word| known.split('_').any(|other| other == word))
    };
    known.iter().copied().filter(has_all).collect()
}
