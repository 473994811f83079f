//! What a schema cannot say and CEL can.

use serde_json::{Value, json};

use super::schema::Schema;
use crate::document::DNS_LABEL;

/// A rule that an object must keep.
///
/// What it looks at has bounds in the schema (items of lists, length of texts): the API server refuses a definition whose rules
/// could cost too much, and reckons with the largest object that the schema allows.
pub(super) struct Rule {
    /// Where it stands; see [`Schema::at`].
    pub(super) at: &'static str,
    /// In CEL; true of a good object.
    pub(super) rule: String,
    /// What is expected, in the words of the check.
    pub(super) expected: String,
    /// The field below `at` that the refusal names, such as `.canary`.
    pub(super) field: Option<&'static str>,
}

impl Rule {
    pub(super) fn new(at: &'static str, rule: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            at,
            rule: rule.into(),
            expected: expected.into(),
            field: None,
        }
    }

    pub(super) fn of_field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Adds it to the schema.
    pub(super) fn add_to(&self, schema: &mut Schema) {
        let mut rule = json!({ "rule": self.rule, "message": format!("expected {}", self.expected) });
        if let Some(field) = self.field {
            rule["fieldPath"] = field.into();
        }
        schema.at(self.at, &|fields| {
            let rules = fields
                .entry("x-kubernetes-validations")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Some(rules) = rules.as_array_mut() {
                rules.push(rule.clone());
            }
        });
    }
}

/// A name is what other documents and templates call it by.
pub(super) fn name_rule() -> Rule {
    // Kubernetes takes points in names too; the refusal cannot name a field of the metadata.
    let rule = IS_DNS_LABEL.replace("self", "self.metadata.name");
    Rule::new("", rule, format!("for metadata.name {DNS_LABEL}"))
}

/// A rule in CEL that a text is a DNS label.
pub(super) const IS_DNS_LABEL: &str = "self.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')";
/// A rule in CEL that a text is DNS labels with points between.
pub(super) const IS_DNS_SUBDOMAIN: &str =
    "self.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$')";
