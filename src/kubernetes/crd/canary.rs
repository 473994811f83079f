//! `canaries.serin.dev`.

use serde_json::{Value, json};

use super::definition::{Column, Definition};
use super::rule::{IS_DNS_LABEL, IS_DNS_SUBDOMAIN, Rule, name_rule};
use super::schema::Schema;
use super::structural::structural;
use super::unit::Unit;
use crate::document::{DNS_LABEL, DNS_SUBDOMAIN};
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
    Column {
        is_wide: true,
        ..column(
            "Ready",
            "string",
            ".status.conditions[?(@.type==\"Ready\")].status",
            "Whether what is written can be used.",
        )
    },
    Column {
        is_wide: true,
        ..column("Rollout", "string", ".status.rollout", "The newest rollout's id.")
    },
];

const fn column(name: &'static str, r#type: &'static str, path: &'static str, about: &'static str) -> Column {
    Column {
        name,
        r#type,
        path,
        about,
        is_wide: false,
    }
}

/// Which unit each quantity has. The two that are not here, the `threshold`'s, may be plain numbers.
const UNITS: [(&str, Unit); 12] = [
    ("spec.capacity", Unit::Percent),
    ("spec.maxDuration", Unit::Duration),
    ("spec.steps.[].hold", Unit::Duration),
    ("spec.hooks.[].timeout", Unit::Duration),
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

fn rules() -> Vec<Rule> {
    let mut rules = vec![
        name_rule(),
        Rule::new("spec.workloads.stable", IS_WORKLOAD, WORKLOAD),
        Rule::new("spec.workloads.canary", IS_WORKLOAD, WORKLOAD),
        Rule::new(
            "spec.workloads",
            "!has(self.stable.name) || !has(self.canary.name) || self.stable.name != self.canary.name",
            "another name than `stable`: the name tells the arms apart",
        )
        .of_field(".canary.name"),
        Rule::new(
            "spec.workloads",
            "has(self.stable.kind) == has(self.canary.kind)",
            "workloads of one sort: both in a cluster, or both with `endpoints`",
        )
        .of_field(".canary"),
        Rule::new(
            "spec.workloads",
            "!has(self.baseline)",
            "nothing here in this version: the canary is compared with `stable`, which serves beside it",
        )
        .of_field(".baseline"),
        Rule::new(
            "spec.traffic",
            "has(self.istio) != has(self.file)",
            "exactly one of `file` and `istio`",
        ),
        Rule::new(
            "spec.steps",
            "self.map(step, step.weight).isSorted() && self.all(step, self.exists_one(other, other.weight == step.weight))",
            "weights that rise from step to step; going down is what an abort does",
        ),
        Rule::new(
            "spec",
            "!has(self.hooks) || self.hooks.size() == 0",
            "no hooks in this version: leave the field out",
        )
        .of_field(".hooks"),
        Rule::new("spec.notify.[]", IS_DNS_LABEL, DNS_LABEL),
    ];
    for at in ["spec.workloads.stable.name", "spec.workloads.canary.name"] {
        rules.push(Rule::new(at, IS_DNS_SUBDOMAIN, DNS_SUBDOMAIN));
    }
    rules.push(Rule::new(
        "spec.traffic.*.virtualService",
        IS_DNS_SUBDOMAIN,
        DNS_SUBDOMAIN,
    ));
    rules.push(
        Rule::new("spec.traffic.*", IS_ANOTHER, "another destination than `stable`").of_field(".canary"),
    );
    for at in ["spec.traffic.*.stable", "spec.traffic.*.canary"] {
        rules.push(Rule::new(
            at,
            "has(self.host) || has(self.subset)",
            "`host`, `subset` or both",
        ));
    }
    for at in ["spec.traffic.*.stable.host", "spec.traffic.*.canary.host"] {
        rules.push(Rule::new(at, IS_DNS_SUBDOMAIN, DNS_SUBDOMAIN));
    }
    for at in ["spec.traffic.*.stable.subset", "spec.traffic.*.canary.subset"] {
        rules.push(Rule::new(at, IS_DNS_LABEL, DNS_LABEL));
    }
    rules
}

const IS_ANOTHER: &str = "(has(self.stable.host) ? self.stable.host : '') != (has(self.canary.host) ? self.canary.host : '') \
                          || (has(self.stable.subset) ? self.stable.subset : '') != (has(self.canary.subset) ? self.canary.subset : '')";
const IS_WORKLOAD: &str = "has(self.kind) ? has(self.name) && !has(self.endpoints) : has(self.endpoints)";
const WORKLOAD: &str = "`kind` and `name` of a workload in a cluster, or `endpoints`";
