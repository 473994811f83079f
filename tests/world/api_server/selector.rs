//! Which objects a list or a watch is of.

use serde_json::Value;

use super::refusal::Refusal;
use super::target::Parameters;

/// What labels and fields must be.
#[derive(Debug, Clone, Default)]
pub(super) struct Selector {
    labels: Vec<(String, Wanted)>,
    fields: Vec<(String, Wanted)>,
}

/// What one of them must be.
#[derive(Debug, Clone)]
enum Wanted {
    In(Vec<String>),
    NotIn(Vec<String>),
    There,
    NotThere,
}

impl Selector {
    /// That of a request.
    pub(super) fn of(parameters: &Parameters) -> Result<Self, Refusal> {
        let parse = |name| parse(parameters.get(name).unwrap_or_default());
        Ok(Self {
            labels: parse("labelSelector")?,
            fields: parse("fieldSelector")?,
        })
    }

    /// Whether it leaves any object out.
    pub(super) const fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it is an object of it.
    pub(super) fn takes(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let field = |path: &str| object.pointer(&format!("/{}", path.replace('.', "/")));
        let fits = |there: Option<&Value>, wanted: &Wanted| wanted.takes(there.and_then(Value::as_str));
        self.labels
            .iter()
            .all(|(key, wanted)| fits(labels.get(key), wanted))
            && self.fields.iter().all(|(path, wanted)| fits(field(path), wanted))
    }
}

impl Wanted {
    fn takes(&self, there: Option<&str>) -> bool {
        let among = |values: &[String]| there.is_some_and(|there| values.iter().any(|value| value == there));
        match self {
            Self::In(values) => among(values),
            Self::NotIn(values) => !among(values),
            Self::There => there.is_some(),
            Self::NotThere => there.is_none(),
        }
    }
}

fn parse(text: &str) -> Result<Vec<(String, Wanted)>, Refusal> {
    let mut inside = false;
    let parts = text.split(|letter| {
        inside = letter == '(' || (inside && letter != ')');
        letter == ',' && !inside
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    let parsed: Option<Vec<_>> = parts.map(requirement).collect();
    parsed.ok_or_else(|| {
        let found = text.split_whitespace().nth(1).unwrap_or_default();
        let expected = "in, notin, =, ==, !=, gt, lt";
        Refusal::bad_request(format!(
            "unable to parse requirement: found '{found}', expected: {expected}"
        ))
    })
}

fn requirement(part: &str) -> Option<(String, Wanted)> {
    let named = |key: &str, wanted| Some((key.trim().to_owned(), wanted));
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((key, set)) = part.split_once('(') {
        let values = set
            .strip_suffix(')')?
            .split(',')
            .map(|value| value.trim().to_owned());
        let values = values.collect();
        return match key.split_whitespace().collect::<Vec<_>>()[..] {
            [key, "in"] => named(key, Wanted::In(values)),
            [key, "notin"] => named(key, Wanted::NotIn(values)),
            _ => None,
        };
    }
    if let Some((key, value)) = part.split_once("!=") {
        return named(key, Wanted::NotIn(one(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return named(key, Wanted::In(one(value)));
    }
    match part.strip_prefix('!') {
        Some(key) => named(key, Wanted::NotThere),
        None if part.contains(char::is_whitespace) => None,
        None => named(part, Wanted::There),
    }
}
