//! `analysistemplates.serin.dev`.

use serde_json::Value;

use super::definition::{Column, Definition, column};
use super::rule::{Rule, name_rule};
use super::schema::Schema;
use super::structural::structural;
use crate::kubernetes::Kind;
use crate::kubernetes::status::AnalysisTemplateStatus;
use crate::spec::template::TemplateSpec;

const ABOUT: &str = "A metric's definition, for many Canaries to use: how requests, their errors or their durations are found in \
                     a Prometheus server or at the endpoints themselves.";

const COLUMNS: [Column; 6] = [
    column(
        "Requests",
        "string",
        ".spec.successRate.requests.metric",
        "The counter of requests, of a success rate.",
    ),
    column(
        "Histogram",
        "string",
        ".spec.latency.histogram",
        "The histogram of durations, of a latency.",
    ),
    column(
        "Unit",
        "string",
        ".spec.value.unit",
        "What the number is in, of a value.",
    ),
    column(
        "Ready",
        "string",
        ".status.conditions[?(@.type==\"Ready\")].status",
        "Whether Canaries can use it.",
    ),
    column(
        "Age",
        "date",
        ".metadata.creationTimestamp",
        "Since when there is one of this name.",
    ),
    column(
        "Reason",
        "string",
        ".status.conditions[?(@.type==\"Ready\")].message",
        "What is wrong with it.",
    )
    .in_wide(),
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
