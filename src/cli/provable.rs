//! Whether a Canary's plan can come to a proof at all, as far as that can be known before it runs.

use crate::engine::judge::Judge;
use crate::spec::{DataSource, FiledCanary, Note, Problem};

/// The metrics whose margins are too narrow for a source without history, which endpoints are: their rollout would hold for ever.
pub(super) fn unprovable(filed: &FiledCanary) -> impl Iterator<Item = Problem> + '_ {
    let keeps_none = filed.canary.analysis.data_source == DataSource::Scrape;
    let metrics = filed.canary.analysis.metrics.iter().enumerate();
    metrics.filter(move |_| keeps_none).filter_map(|(index, metric)| {
        let mut alone = filed.canary.clone();
        alone.analysis.metrics = [metric.clone()].into();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::examine;

    /// What is unprovable where the workloads are written like this and the data source is named so.
    fn told(workloads: [&str; 2], data_source: &str) -> Vec<Option<String>> {
        let [stable, canary] = workloads;
        let canary = format!(
            "apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {{name: shop}}
spec:
  workloads:
    stable: {{{stable}endpoints: ['http://127.0.0.1:8081']}}
    canary: {{{canary}endpoints: ['http://127.0.0.1:8082']}}
  traffic:
    file: {{path: r.yaml, virtualService: shop, stable: {{subset: stable}}, canary: {{subset: canary}}}}
  analysis:
    dataSource: {data_source}
    metrics: [{{template: http-success-rate, margin: {{relative: 5%}}}}]
"
        );
        let report = examine([("canary.yaml", canary.as_str())]);
        assert!(report.problems.is_empty(), "{}", report.problems);
        unprovable(&report.canaries[0])
            .map(|problem| problem.field)
            .collect()
    }

    #[test]
    fn a_narrow_margin_is_refused_where_no_source_keeps_a_history() {
        let field = Some("spec.analysis.metrics[0].margin".to_owned());
        assert_eq!(told(["", ""], "scrape"), [field]);
        assert_eq!(told(["name: a, ", "name: b, "], "default"), []);
    }
}
