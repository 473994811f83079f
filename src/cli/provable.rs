//! Whether a Canary's plan can come to a proof at all, as far as that can be known before it runs.

use crate::engine::judge::Judge;
use crate::spec::{FiledCanary, Note, Problem};

/// The metrics whose margins are too narrow for a source without history, which endpoints are: their rollout would hold for ever.
pub(super) fn unprovable(filed: &FiledCanary) -> impl Iterator<Item = Problem> + '_ {
    let metrics = filed.canary.analysis.metrics.iter().enumerate();
    metrics.filter_map(|(index, metric)| {
        let mut alone = filed.canary.clone();
        alone.analysis.metrics = vec![metric.clone()];
        Judge::new(&alone, &[]).is_err().then(|| Problem {
            file: filed.file.clone(),
            line: None,
            field: Some(format!("spec.analysis.metrics[{index}].margin")),
            expected: "a relative margin of at least 15 % (error rate) or 5 % (latency)".to_owned(),
            found: "a narrower one".to_owned(),
            hint: Some(
                "a narrow margin needs the stable version's history, which endpoints do not keep: the rollout would hold with `no-history`"
                    .to_owned(),
            ),
        })
    })
}

/// A plan that never has both arms side by side.
pub(super) fn never_compared(filed: &FiledCanary) -> Option<Note> {
    let compared = filed.canary.steps.iter().any(|step| step.weight < 100);
    (!compared).then(|| Note {
        file: filed.file.clone(),
        line: 1,
        text: format!(
            "{} goes from 0 to 100 % at once: no baseline is ever beside its canary, so only thresholds judge it",
            filed.canary.name
        ),
    })
}
