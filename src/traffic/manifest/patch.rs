//! One edit made in the text of one document.
//!
//! Only the bytes of the entry itself change. A place that is written in a way that cannot be changed by itself (an
//! alias, a block scalar, a key in an unusual spelling) is a [`PatchProblem`]; whether the result means what was
//! intended is checked by the caller, who parses it again.

use std::ops::Range;

use serde_json::Value;

use super::tree::{self, Content, Entry, Node};
use crate::traffic::virtual_service::{Edit, unescape};

/// Why an edit cannot be made in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatchProblem {
    /// The text is not one YAML document. It was before the edits, so an earlier edit hit something odd.
    #[error("the document around it is written in an unusual way")]
    Document,
    /// The place is not written out where the edit looks for it.
    #[error("it is not written out in place (an alias or a merge key may bring it)")]
    NotWrittenOut,
    /// The value is not one that can be replaced by itself.
    #[error("its value is a block scalar, an alias or a collection")]
    Value,
}

/// Makes `edit` in `document`, the text of one YAML document.
pub(super) fn apply(document: &str, edit: &Edit) -> Result<String, PatchProblem> {
    let parsed = tree::documents(document).map_err(|_| PatchProblem::Document)?;
    let [parsed] = &parsed[..] else {
        return Err(PatchProblem::Document);
    };
    let (parent, key) = edit.parent_and_key();
    let mapping = walk(&parsed.root, parent)?;
    let Content::Mapping { flow, entries } = &mapping.content else {
        return Err(PatchProblem::NotWrittenOut);
    };
    let position = entries.iter().position(|entry| entry.key.text() == Some(&key));
    let (place, text) = match (edit, position) {
        (Edit::Set { value, .. }, Some(position)) => replacement(document, &entries[position].value, value)?,
        (Edit::Set { value, .. }, None) if *flow => insertion_in_flow(mapping, entries, &key, value),
        (Edit::Set { value, .. }, None) => insertion_in_block(document, entries, &key, value)?,
        (Edit::Remove { .. }, Some(position)) if *flow => {
            (removal_in_flow(entries, position)?, String::new())
        }
        (Edit::Remove { .. }, Some(position)) => {
            (removal_in_block(document, &entries[position])?, String::new())
        }
        (Edit::Remove { .. }, None) => return Err(PatchProblem::NotWrittenOut),
    };
    let mut edited = document.to_owned();
    edited.replace_range(place, &text);
    Ok(edited)
}

/// The node at a JSON pointer.
fn walk<'a>(root: &'a Node, pointer: &str) -> Result<&'a Node, PatchProblem> {
    let mut node = root;
    for part in pointer.split('/').skip(1) {
        let next = match &node.content {
            Content::Sequence(items) => part.parse().ok().and_then(|index: usize| items.get(index)),
            _ => node.get(&unescape(part)),
        };
        node = next.ok_or(PatchProblem::NotWrittenOut)?;
    }
    Ok(node)
}

fn replacement(document: &str, node: &Node, value: &Value) -> Result<(Range<usize>, String), PatchProblem> {
    match node.content {
        Content::Scalar { block: false, .. } if !node.range.is_empty() => {
            Ok((node.range.clone(), inline(value)))
        }
        // `weight:` with nothing after it: the empty value sits on the colon.
        Content::Scalar { block: false, .. } if document[node.range.start..].starts_with(':') => {
            let after_colon = node.range.start + 1;
            Ok((after_colon..after_colon, format!(" {}", inline(value))))
        }
        _ => Err(PatchProblem::Value),
    }
}

fn insertion_in_flow(mapping: &Node, entries: &[Entry], key: &str, value: &Value) -> (Range<usize>, String) {
    let after_brace = mapping.range.start + 1;
    let separator = if entries.is_empty() { "" } else { ", " };
    let text = format!("{}: {}{separator}", inline(&key.into()), inline(value));
    (after_brace..after_brace, text)
}

/// Before the first entry: the one place in a block mapping whose indentation is certain and that no comment or
/// block scalar reaches into.
fn insertion_in_block(
    document: &str,
    entries: &[Entry],
    key: &str,
    value: &Value,
) -> Result<(Range<usize>, String), PatchProblem> {
    let first = &entries.first().ok_or(PatchProblem::Document)?.key;
    let newline = if document.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = format!("{key}:");
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                text += newline;
                text += &" ".repeat(first.column + 2);
                text += &format!("{key}: {}", inline(value));
            }
        }
        scalar => text += &format!(" {}", inline(scalar)),
    }
    text += newline;
    text += &" ".repeat(first.column);
    Ok((first.range.start..first.range.start, text))
}

fn removal_in_flow(entries: &[Entry], position: usize) -> Result<Range<usize>, PatchProblem> {
    let entry = &entries[position];
    let before = position.checked_sub(1).map(|before| &entries[before]);
    match (entries.get(position + 1), before) {
        _ if !is_inline_scalar(&entry.value) => Err(PatchProblem::Value),
        (Some(next), _) => Ok(entry.key.range.start..next.key.range.start),
        (None, Some(before)) => Ok(before.value.range.end..entry.value.range.end),
        (None, None) => Ok(entry.key.range.start..entry.value.range.end),
    }
}

/// The entry's whole lines.
fn removal_in_block(document: &str, entry: &Entry) -> Result<Range<usize>, PatchProblem> {
    if !is_inline_scalar(&entry.value) {
        return Err(PatchProblem::Value);
    }
    let key_start = entry.key.range.start;
    let line_start = document[..key_start].rfind('\n').map_or(0, |end| end + 1);
    if !document[line_start..key_start].chars().all(|c| c == ' ') {
        return Err(PatchProblem::NotWrittenOut);
    }
    let value_end = entry.value.range.end;
    let line_end = document[value_end..]
        .find('\n')
        .map_or(document.len(), |end| value_end + end + 1);
    Ok(line_start..line_end)
}

/// Whether the value ends where its own text ends: not so for a block scalar, a block collection or an alias.
const fn is_inline_scalar(value: &Node) -> bool {
    matches!(value.content, Content::Scalar { block: false, .. })
}

/// A value on one line: JSON with a space after each colon, which every YAML reader takes.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}: {}", inline(&key.as_str().into()), inline(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
