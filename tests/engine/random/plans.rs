//! Random Canaries: small, so that a sequence of a few looks gets anywhere, and together with every option
//! that the engine knows.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use serin::spec::{
    AfterDeadline, AfterExpiry, CheckedCanary, Expiry, Hook, HookType, Mode, NoDataPolicy, OnInconclusive,
    PromotionWorkload, Step,
};

use super::dice::Dice;
use crate::engine::scenario::ONE_RATE;
use crate::world::canary::{canary, canary_in_prometheus};

/// What is asked: mostly one success rate, which is the cheapest to judge.
static ANALYSES: LazyLock<Vec<CheckedCanary>> = LazyLock::new(|| {
    let rate = "template: success-rate, margin: {relative: 50%, absolute: 0.5%}";
    let latency = "template: latency, margin: {relative: 20%}";
    [
        ONE_RATE.to_owned(),
        format!("analysis: {{metrics: [{{{rate}, threshold: {{min: 99%}}}}]}}"),
        format!("analysis: {{metrics: [{{{rate}, threshold: {{min: 99%, strict: true}}}}]}}"),
        format!("analysis: {{metrics: [{{{rate}, onFail: hold}}]}}"),
        "analysis: {metrics: [{template: success-rate, margin: {relative: 10%, absolute: 0%}}]}".to_owned(),
        format!("analysis: {{warmup: 0s, metrics: [{{{latency}}}]}}"),
        format!("analysis: {{warmup: 15s, metrics: [{{{rate}}}, {{{latency}}}]}}"),
    ]
    .iter()
    .map(|fields| canary(fields))
    .chain(with_values(rate))
    .collect()
});

/// The rate beside values: first, last, on both sides, strict, holding, and within two looks or one.
fn with_values(rate: &str) -> Vec<CheckedCanary> {
    [
        format!("analysis: {{metrics: [{{template: memory, threshold: {{max: 150}}}}, {{{rate}}}]}}"),
        format!("analysis: {{metrics: [{{{rate}}}, {{template: memory, threshold: {{max: 150, looks: 2, strict: true}}}}]}}"),
        format!("analysis: {{metrics: [{{{rate}}}, {{template: memory, threshold: {{min: 50, looks: 1}}, onFail: hold}}]}}"),
    ]
    .iter()
    .map(|fields| canary_in_prometheus(fields))
    .collect()
}

const STEPS: [&[u8]; 5] = [&[50], &[100], &[20, 100], &[10, 40], &[5, 30, 100]];

/// A random Canary.
pub(super) fn draw(dice: &mut Dice) -> CheckedCanary {
    let analysis = dice.one_of(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 7, 8, 9]);
    let mut canary = ANALYSES[analysis].clone();
    if dice.percent(10) {
        canary.mode = Mode::Observe;
    }
    let weights = dice.one_of(&STEPS);
    canary.steps = weights.iter().map(|weight| step(*weight, dice)).collect();
    canary.max_duration = Duration::from_secs(dice.one_of(&[60, 150, 400, 3600, 36_000]));
    canary.on_inconclusive = dice.one_of(&[
        OnInconclusive::Hold,
        OnInconclusive::Advance,
        OnInconclusive::Abort,
    ]);
    canary.promotion.bake = Duration::from_secs(dice.one_of(&[0, 20, 60]));
    canary.promotion.workload = dice.one_of(&[PromotionWorkload::None, PromotionWorkload::Copy]);
    canary.analysis.false_abort_rate = dice.one_of(&[0.01, 0.01, 0.2]);
    canary.analysis.interval = Duration::from_secs(dice.one_of(&[10, 10, 10, 60]));
    if dice.percent(60) {
        let policies = &mut canary.analysis.no_data;
        for policy in [
            &mut policies.source_down,
            &mut policies.stale,
            &mut policies.no_traffic,
            &mut policies.canary_silent,
            &mut policies.baseline_silent,
        ] {
            *policy = NoDataPolicy {
                after: Duration::from_secs(dice.one_of(&[0, 10, 30])),
                then: dice.one_of(&[AfterDeadline::Hold, AfterDeadline::Lower, AfterDeadline::Abort]),
            };
        }
    }
    canary
}

fn step(weight: u8, dice: &mut Dice) -> Step {
    Step {
        weight,
        hold: Duration::from_secs(dice.one_of(&[0, 0, 0, 25])),
        min_requests: dice.one_of(&[0, 0, 0, 3000]),
        approval: dice.percent(8),
    }
}

/// One to three random hooks.
pub(super) fn hooks(dice: &mut Dice) -> Vec<Hook> {
    let number = 1 + dice.below(3);
    let hook = |number| {
        let r#type = dice.one_of(&HookType::ALL);
        Hook {
            name: format!("hook-{number}"),
            r#type,
            url: "http://gate.test/".to_owned(),
            timeout: Duration::from_secs(10),
            retries: 0,
            metadata: BTreeMap::new(),
            failure_limit: r#type.is_check().then(|| dice.one_of(&[None, Some(2)])).flatten(),
            expires: Expiry {
                after: Duration::from_secs(dice.one_of(&[30, 24 * 60 * 60])),
                then: dice.one_of(&[AfterExpiry::Hold, AfterExpiry::Abort]),
            },
        }
    };
    (0..number).map(hook).collect()
}
