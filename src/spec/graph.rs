//! A metric as a graph for people.

use super::matcher::matcher;
use super::{ArmLabels, Metric, Question, Series};

/// Time that a rate is taken over: two samples lie in it where a target is asked once a minute, as Prometheus does by itself.
const RATE_OVER: &str = "2m";

impl Metric {
    /// PromQL that draws the metric, a line an arm; none where no server of PromQL has it. It is for people to look at: by rates, which
    /// extrapolate. What is judged are counts.
    #[must_use]
    pub fn graph(&self) -> Option<String> {
        if let Question::Value { query, .. } = &self.question {
            return Some(format!("{} or {}", query.canary, query.stable));
        }
        let arms = self.arms.as_ref()?;
        let labels: Vec<&str> = arms.stable.keys().map(String::as_str).collect();
        let by = labels.join(", ");
        let rate = |series: &Series, suffix: &str, by: &str| {
            let selector = selector(series, suffix, arms);
            format!("sum by ({by}) (rate({selector}[{RATE_OVER}]))")
        };
        Some(match &self.question {
            Question::SuccessRate { requests, errors } => {
                format!("{} / {}", rate(errors, "", &by), rate(requests, "", &by))
            }
            Question::Latency {
                histogram, quantile, ..
            } => format!(
                "histogram_quantile({quantile}, {})",
                rate(histogram, "_bucket", &format!("{by}, le"))
            ),
            Question::Value { .. } => return None,
        })
    }
}

/// The series of both arms.
fn selector(series: &Series, suffix: &str, arms: &ArmLabels) -> String {
    let own = series
        .labels
        .iter()
        .map(|(label, pattern)| matcher(label, [pattern.as_str()]));
    let of_arms = arms.stable.iter().map(|(label, stable)| {
        let canary = arms.canary.get(label).map(String::as_str);
        matcher(label, [stable.as_str()].into_iter().chain(canary))
    });
    let matchers: Vec<String> = own.chain(of_arms).collect();
    format!("{}{suffix}{{{}}}", series.metric, matchers.join(","))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::spec::{Labels, Margin, OnFail};

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        let owned = pairs
            .iter()
            .map(|(label, pattern)| ((*label).into(), (*pattern).into()));
        owned.collect()
    }

    fn drawn(question: Question) -> String {
        let metric = Metric {
            template: "any".to_owned(),
            question,
            arms: Some(Arc::new(ArmLabels {
                canary: labels(&[("app", "checkout\\-canary"), ("ns", "shop")]),
                stable: labels(&[("app", "checkout"), ("ns", "shop")]),
                pod: "pod".to_owned(),
            })),
            margin: Margin::NotCompared,
            threshold: None,
            on_fail: OnFail::Abort,
        };
        metric.graph().unwrap()
    }

    #[test]
    fn errors_are_drawn_as_a_share_of_the_requests() {
        let counter = |labels| Series {
            metric: "http_requests_total".to_owned(),
            labels,
        };
        let graph = drawn(Question::SuccessRate {
            requests: counter(Labels::new()),
            errors: counter(labels(&[("code", "5..")])),
        });
        assert_eq!(
            graph,
            r#"sum by (app, ns) (rate(http_requests_total{code=~"5..",app=~"checkout|checkout\\-canary",ns="shop"}[2m])) / sum by (app, ns) (rate(http_requests_total{app=~"checkout|checkout\\-canary",ns="shop"}[2m]))"#
        );
        promql_parser::parser::parse(&graph).unwrap();
    }

    #[test]
    fn latencies_are_drawn_as_their_quantile() {
        let graph = drawn(Question::Latency {
            histogram: Series {
                metric: "latency_seconds".to_owned(),
                labels: Labels::new(),
            },
            unit_ms: 1000.0,
            quantile: 0.95,
        });
        assert_eq!(
            graph,
            r#"histogram_quantile(0.95, sum by (app, ns, le) (rate(latency_seconds_bucket{app=~"checkout|checkout\\-canary",ns="shop"}[2m])))"#
        );
        promql_parser::parser::parse(&graph).unwrap();
    }
}
