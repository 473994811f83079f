//! `analysistemplates.serin.dev`.

use serde_json::Value;

use super::definition::{Column, Definition};
use super::rule::{Rule, name_rule};
use super::schema::Schema;
use super::structural::structural;
use crate::kubernetes::Kind;
use crate::kubernetes::status::AnalysisTemplateStatus;
use crate::spec::template::TemplateSpec;

const ABOUT: &str = "A metric's definition, for many Canaries to use: how requests, their errors or their durations are found in \
                     a Prometheus server or at the endpoints themselves.";

const COLUMNS: [Column; 3] = [
    Column {
        name: "Ready",
        r#type: "string",
        path: ".status.conditions[?(@.type==\"Ready\")].status",
        about: "Whether Canaries can use it.",
        is_wide: false,
    },
    Column {
        name: "Reason",
        r#type: "string",
        path: ".status.conditions[?(@.type==\"Ready\")].message",
        about: "What is wrong with it, where it cannot be used.",
        is_wide: false,
    },
    Column {
        name: "Age",
        r#type: "date",
        path: ".metadata.creationTimestamp",
        about: "Since when there is one of this name.",
        is_wide: false,
    },
];

/// The definition.
pub(super) fn definition() -> Value {
    let mut schema = Schema::of_resource(
        ABOUT,
        structural::<TemplateSpec>(),
        structural::<AnalysisTemplateStatus>(),
    );
    for rule in rules() {
        rule.add_to(&mut schema);
    }
    Definition {
        kind: Kind::ANALYSIS_TEMPLATE,
        short_names: &["sat"],
        categories: &["serin"],
        columns: &COLUMNS,
        schema: schema.into_value(),
    }
    .into_value()
}

fn rules() -> [Rule; 2] {
    [
        name_rule(),
        Rule::new(
            "spec",
            "[has(self.successRate), has(self.latency), has(self.value)].exists_one(given, given)",
            "exactly one of `successRate`, `latency` and `value`",
        ),
    ]
}
