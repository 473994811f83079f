//! What tells errors from other requests.

use super::ask::Ask;
use super::finding::{About, Finding};
use super::selector::Wanted;
use super::shown::list;
use crate::document::nearest;
use crate::engine::Arm;
use crate::spec::{Metric, Question};

/// Whether errors can be seen when there are some. That there are none now is no finding, but a label that no series has, and a metric
/// that nobody exposes, may be a slip that makes every canary look healthy.
pub(super) async fn finding(ask: &Ask<'_>, metric: &Metric, wanted: &Wanted<'_>) -> Option<Finding> {
    let Question::SuccessRate { requests, errors } = &metric.question else {
        return None;
    };
    let of_errors = wanted.other(errors, "");
    let asked = format!("count({})", of_errors.selector(Arm::Baseline, ""));
    Some(match ask.number(&asked).await {
        Err(error) => Finding::problem(About::Errors, error).asked(asked),
        Ok(Some(_)) => Finding::ok(About::Errors, "the stable version has series of errors").asked(asked),
        Ok(None) if requests.metric == errors.metric => {
            let own = errors
                .labels
                .keys()
                .filter(|label| !requests.labels.contains_key(*label));
            let own: Vec<&str> = own.map(String::as_str).collect();
            by_label(ask, wanted, &own).await.asked(asked)
        }
        Ok(None) => Finding::warning(
            About::Errors,
            format!(
                "no series of `{}` in the stable version: zero errors so far, or the name is wrong",
                of_errors.name
            ),
        )
        .asked(asked)
        .got("nothing"),
    })
}

/// Whether the requests have the labels that errors are known by.
async fn by_label(ask: &Ask<'_>, wanted: &Wanted<'_>, labels: &[&str]) -> Finding {
    let one = format!("topk(1, {})", wanted.selector(Arm::Baseline, ""));
    let rows = match ask.rows(&one).await {
        Ok(rows) => rows,
        Err(error) => return Finding::problem(About::Errors, error).asked(one),
    };
    let Some(row) = rows.first() else {
        return Finding::ok(About::Errors, "nothing to tell errors by yet").asked(one);
    };
    let known: Vec<&str> = row.labels.keys().map(String::as_str).collect();
    let Some(missing) = labels.iter().find(|label| !known.contains(label)) else {
        let said = format!(
            "no errors so far; the label that tells them, {}, is there",
            list(labels.iter().copied())
        );
        return Finding::ok(About::Errors, said).asked(one);
    };
    let known: Vec<&str> = known.into_iter().filter(|label| *label != "__name__").collect();
    let finding = Finding::warning(
        About::Errors,
        format!("requests have no label `{missing}`, which tells errors: none would ever be seen"),
    )
    .asked(one)
    .got(format!("a series with {}", list(known.iter().copied())));
    match nearest(missing, known) {
        Some(label) => finding.hint(format!("did you mean `{label}`?")),
        None => finding,
    }
}
