//! The steps.

use std::time::Duration;

use super::DURATION;
use super::findings::Findings;
use crate::document::FieldPath;
use crate::spec::canary::StepSpec;
use crate::spec::checked::Step;

/// Weights where none are written: few users see a bad canary, and half the traffic is proof enough for the rest.
pub(in crate::spec) const DEFAULT_WEIGHTS: [u8; 4] = [5, 25, 50, 100];

/// Checks that there is a step and that the weights rise.
pub(super) fn steps(
    here: &FieldPath,
    spec: Option<&Vec<StepSpec>>,
    findings: &mut Findings<'_>,
) -> Vec<Step> {
    let Some(written) = spec else {
        return DEFAULT_WEIGHTS.map(plain_step).to_vec();
    };
    if written.is_empty() {
        findings.refuse_found(
            here,
            "at least one step",
            "none",
            "such as `[{weight: 5}, {weight: 100}]`".to_owned(),
        );
    }
    let mut before: Option<(usize, u64)> = None;
    let mut steps = Vec::new();
    for (index, spec) in written.iter().enumerate() {
        let here = here.index(index);
        if weight_rises(&here.key("weight"), spec.weight, before, index + 1, findings) {
            before = Some((index + 1, spec.weight));
        }
        steps.push(Step {
            weight: u8::try_from(spec.weight).unwrap_or(u8::MAX),
            hold: findings.duration(&here.key("hold"), spec.hold.as_ref(), Duration::ZERO, &DURATION),
            min_requests: spec.min_requests.unwrap_or(0),
            approval: spec.approval.unwrap_or(false),
        });
    }
    steps
}

/// `before` is the last step with a good weight, `number` this step's; both counted from 1, as people do.
fn weight_rises(
    field: &FieldPath,
    weight: u64,
    before: Option<(usize, u64)>,
    number: usize,
    findings: &mut Findings<'_>,
) -> bool {
    if !(1..=100).contains(&weight) {
        findings.refuse(field, "a whole percentage from 1 to 100", None);
        return false;
    }
    match before {
        Some((earlier, above)) if weight <= above => {
            findings.refuse_found(
                field,
                format!("a weight above the {above} of step {earlier}"),
                format!("{weight} in step {number}"),
                "weights rise from step to step; going down is what an abort does".to_owned(),
            );
            false
        }
        _ => true,
    }
}

fn plain_step(weight: u8) -> Step {
    Step {
        weight,
        hold: Duration::ZERO,
        min_requests: 0,
        approval: false,
    }
}
