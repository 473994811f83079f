//! `canaries.serin.dev`.

use serde_json::{Value, json};

use super::canary_rules::rules;
use super::definition::{Column, Definition, column};
use super::schema::Schema;
use super::structural::structural;
use super::unit::Unit;
use crate::kubernetes::Kind;
use crate::kubernetes::status::CanaryStatus;
use crate::spec::canary::CanarySpec;

const ABOUT: &str = "What to watch, how to move traffic, which metrics, which steps: Serin compares the canary with what serves \
                     beside it, raises its share of the traffic step by step, and takes it back when it does harm.";

const COLUMNS: [Column; 8] = [
    column(
        "Phase",
        "string",
        ".status.phase",
        "Where the newest rollout is in its life.",
    ),
    column(
        "Step",
        "integer",
        ".status.step",
        "The step under way, counted from 1.",
    ),
    column(
        "Weight",
        "integer",
        ".status.weight",
        "The canary's share of the traffic in percent.",
    ),
    column(
        "Verdict",
        "string",
        ".status.verdict",
        "What the newest look says.",
    ),
    column("Since", "date", ".status.since", "How long it is in this phase."),
    column(
        "Reason",
        "string",
        ".status.reason",
        "What it waits for, or why it ended.",
    ),
    column(
        "Ready",
        "string",
        ".status.conditions[?(@.type==\"Ready\")].status",
        "Whether what is written can be used.",
    )
    .in_wide(),
    column("Rollout", "string", ".status.rollout", "The newest rollout's id.").in_wide(),
];

/// Which unit each quantity has. The two that are not here, the `threshold`'s, may be plain numbers.
const UNITS: [(&str, Unit); 13] = [
    ("spec.capacity", Unit::Percent),
    ("spec.maxDuration", Unit::Duration),
    ("spec.steps.[].hold", Unit::Duration),
    ("spec.hooks.[].timeout", Unit::Duration),
    ("spec.hooks.[].expires.after", Unit::Duration),
    ("spec.promotion.bake", Unit::Duration),
    ("spec.analysis.interval", Unit::Duration),
    ("spec.analysis.warmup", Unit::Duration),
    ("spec.analysis.falseAbortRate", Unit::Percent),
    ("spec.analysis.noData.*.after", Unit::Duration),
    ("spec.analysis.metrics.[].quantile", Unit::Percent),
    ("spec.analysis.metrics.[].margin.relative", Unit::Percent),
    // A share of the requests, or a time.
    ("spec.analysis.metrics.[].margin.absolute", Unit::Either),
];

/// Sections that are filled in as wholes, so that their fields' defaults show in every object.
const SECTIONS: [&str; 2] = ["spec.promotion", "spec.analysis.noData"];

/// The definition.
pub(super) fn definition() -> Value {
    let mut schema = Schema::of_resource(ABOUT, structural::<CanarySpec>(), structural::<CanaryStatus>());
    for (at, unit) in UNITS {
        unit.add_to(at, &mut schema);
    }
    for rule in rules() {
        rule.add_to(&mut schema);
    }
    for at in SECTIONS {
        schema.at(at, &|fields| {
            fields.insert("default".to_owned(), json!({}));
        });
    }
    for at in ["spec.notify", "spec.workloads.*.endpoints"] {
        schema.at(at, &|fields| {
            fields.insert("x-kubernetes-list-type".to_owned(), "set".into());
        });
    }
    Definition {
        kind: Kind::CANARY,
        short_names: &["scn"],
        // As with Deployments: it is what people look for when they ask what runs in a namespace.
        categories: &["all", "serin"],
        columns: &COLUMNS,
        schema: schema.into_value(),
    }
    .into_value()
}
