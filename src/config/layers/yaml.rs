//! A configuration file as a layer.

use super::Layers;
use crate::config::field::Entry;
use crate::config::scalar::{Form, Scalar};
use crate::config::source::Source;
use crate::config::table::{Place, elsewhere, is_named_below, known_below, place};
use crate::document::{self, DNS_LABEL, Node, Value, did_you_mean, is_dns_label, nearest, shown};

/// Adds what `text` writes; `source` makes the source of a line.
pub(super) fn add(name: &str, text: &str, source: fn(String, u64) -> Source, layers: &mut Layers) {
    let mut documents = document::documents(name, text);
    let count = documents.len();
    if count > 1 {
        layers.refuse(
            &source(name.to_owned(), 1),
            None,
            "one document in a file",
            count.to_string(),
            "a configuration has no `---` between its sections".to_owned(),
        );
    }
    match documents.drain(..).next() {
        None => {}
        Some(Err(problem)) => layers.problems.push(*problem),
        Some(Ok(mut root)) => {
            let repeated = document::take_out_repeated_keys(name, &mut root);
            layers
                .problems
                .extend(repeated.into_iter().map(|(_, problem)| problem));
            let mut walk = Walk { name, source, layers };
            walk.mapping(&[], &root);
        }
    }
}

/// Goes through the tree of one file.
struct Walk<'a> {
    name: &'a str,
    source: fn(String, u64) -> Source,
    layers: &'a mut Layers,
}

impl Walk<'_> {
    fn mapping(&mut self, path: &[&str], node: &Node) {
        match &node.value {
            // A section whose fields are all commented out.
            Value::Null => {}
            Value::Mapping(entries) => {
                for (key, child) in entries {
                    let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
                    self.entry(&path, child);
                }
            }
            other => {
                let found = other.to_string();
                let expected = format!("a mapping with {}", below(path));
                self.refuse(path, node, expected, found, None);
            }
        }
    }

    fn entry(&mut self, path: &[&str], node: &Node) {
        let Some((key, around)) = path.split_last() else {
            return;
        };
        if is_named_below(around) {
            if !is_dns_label(key) {
                let found = format!("`{}`", shown(key));
                self.refuse(path, node, DNS_LABEL.to_owned(), found, None);
                return;
            }
            self.layers.name(&path.join("."), &self.source(node));
        }
        match place(path) {
            Place::Field(entry) => self.field(path, entry, node),
            Place::Group => self.mapping(path, node),
            Place::Nothing => {
                let found = format!("`{}`", shown(key));
                let expected = "a field that Serin knows".to_owned();
                self.refuse(path, node, expected, found, meant(key, around));
            }
        }
    }

    fn field(&mut self, path: &[&str], entry: &Entry, node: &Node) {
        let (text, form) = match &node.value {
            Value::Text(text) => (text.clone(), Form::YamlText),
            Value::Bool(value) => (value.to_string(), Form::YamlOther),
            Value::Whole(value) => (value.to_string(), Form::YamlOther),
            Value::Big(value) => (value.to_string(), Form::YamlOther),
            // With its point: `1e3` is no whole number.
            Value::Float(value) => (format!("{value:?}"), Form::YamlOther),
            Value::Null | Value::StandIn => {
                let hint = "without a value, leave the line out".to_owned();
                self.refuse(
                    path,
                    node,
                    entry.expected.to_owned(),
                    "nothing".to_owned(),
                    Some(hint),
                );
                return;
            }
            Value::List(_) | Value::Mapping(_) => {
                let found = node.value.to_string();
                self.refuse(path, node, entry.expected.to_owned(), found, None);
                return;
            }
        };
        let source = self.source(node);
        self.layers.write(&path.join("."), Scalar { text, form }, source);
    }

    fn source(&self, node: &Node) -> Source {
        (self.source)(self.name.to_owned(), node.line)
    }

    fn refuse(&mut self, path: &[&str], node: &Node, expected: String, found: String, hint: Option<String>) {
        let field = (!path.is_empty()).then(|| path.join("."));
        let source = self.source(node);
        self.layers
            .refuse(&source, field.as_deref(), expected, found, hint);
    }
}

/// What somebody meant who wrote `key` below `around`.
fn meant(key: &str, around: &[&str]) -> Option<String> {
    if let (Some((outer, inner)), true) = (key.split_once('.'), around.is_empty())
        && matches!(place(&key.split('.').collect::<Vec<_>>()), Place::Field(_))
    {
        return Some(format!(
            "write `{outer}:`, and `{inner}` on a line of its own below it"
        ));
    }
    let known = known_below(around);
    let elsewhere = || elsewhere(key).map(|path| format!("did you mean `{path}`?"));
    nearest(key, known.iter().copied())
        .map(|near| format!("did you mean `{near}`?"))
        .or_else(elsewhere)
        .or_else(|| did_you_mean(key, known))
}

/// What may stand below `path`, in words.
fn below(path: &[&str]) -> String {
    if is_named_below(path) {
        return "names of your choice".to_owned();
    }
    format!("`{}`", known_below(path).join("`, `"))
}
