//! What a Canary must keep beyond its shape.

use super::rule::{IS_DNS_LABEL, IS_DNS_SUBDOMAIN, Rule, name_rule};
use crate::document::{DNS_LABEL, DNS_SUBDOMAIN};

const IS_ANOTHER: &str = "(has(self.stable.host) ? self.stable.host : '') != (has(self.canary.host) ? self.canary.host : '') \
                          || (has(self.stable.subset) ? self.stable.subset : '') != (has(self.canary.subset) ? self.canary.subset : '')";
const IS_WORKLOAD: &str = "has(self.kind) ? has(self.name) && !has(self.endpoints) : has(self.endpoints)";
const WORKLOAD: &str = "`kind` and `name` of a workload in a cluster, or `endpoints`";

/// The rules, each in the words of the check.
pub(super) fn rules() -> Vec<Rule> {
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
            "spec.hooks",
            "self.all(hook, self.exists_one(other, other.name == hook.name))",
            "each hook's own name",
        ),
        Rule::new(
            "spec.hooks.[]",
            "!has(self.failureLimit) || self.type in ['pre-rollout', 'rollout']",
            "a hook of type `pre-rollout` or `rollout`",
        )
        .of_field(".failureLimit"),
        Rule::new(
            "spec.hooks.[]",
            "!has(self.expires) || self.type in ['confirm-rollout', 'pre-rollout', 'confirm-traffic-increase', 'confirm-promotion']",
            "a hook that a rollout waits for: `confirm-rollout`, `pre-rollout`, `confirm-traffic-increase` or `confirm-promotion`",
        )
        .of_field(".expires"),
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
