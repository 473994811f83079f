//! Why an arm has no series: what there is instead.

mod unknown;
mod wrong_label;

use self::unknown::unknown;
use self::wrong_label::wrong_label;
use super::ask::Ask;
use super::finding::{About, Finding, Level};
use super::selector::Wanted;
use super::shown::count;
use crate::engine::Arm;
use crate::spec::Metric;

/// What explains that an arm has no series.
struct Reason {
    /// Whether it is the metric's fault, whoever is asked for.
    is_of_the_metric: bool,
    said: String,
    hint: Option<String>,
    asked: Vec<String>,
    got: Option<String>,
}

/// Why `arm` has none of the series that are wanted. That the canary alone has none keeps nobody from judging later: it may not be
/// deployed yet.
pub(super) async fn finding(
    ask: &Ask<'_>,
    metric: &Metric,
    wanted: &Wanted<'_>,
    arm: Arm,
    stable_is_here: bool,
) -> Finding {
    let (name, level) = match arm {
        Arm::Canary if stable_is_here => ("the canary", Level::Warning),
        Arm::Canary => ("the canary", Level::Problem),
        Arm::Baseline => ("the stable version", Level::Problem),
    };
    let reason = match reason(ask, metric, wanted, arm).await {
        Ok(reason) => reason,
        Err(error) => Reason {
            is_of_the_metric: false,
            said: format!("and why could not be asked: {error}"),
            hint: None,
            asked: Vec::new(),
            got: None,
        },
    };
    let said = match level {
        _ if reason.is_of_the_metric => reason.said,
        Level::Warning => format!(
            "{name} has no series yet: not deployed, or never called, or named otherwise; {}",
            reason.said
        ),
        _ => format!("{name} has no series: {}", reason.said),
    };
    let mut finding = Finding::new(level, About::Present, said).asked(wanted.selector(arm, ""));
    for asked in reason.asked {
        finding = finding.asked(asked);
    }
    if let Some(hint) = reason.hint {
        finding = finding.hint(hint);
    }
    finding.got(reason.got.unwrap_or_else(|| "nothing".to_owned()))
}

async fn reason(ask: &Ask<'_>, metric: &Metric, wanted: &Wanted<'_>, arm: Arm) -> Result<Reason, String> {
    let all = format!("count({})", wanted.whatever_its_labels());
    let Some(series) = ask.number(&all).await? else {
        return unknown(ask, metric, wanted, all).await;
    };
    for (label, pattern) in wanted.patterns(arm) {
        let with_label = format!("count({})", wanted.with_label(label, pattern));
        if ask.number(&with_label).await?.is_none() {
            return wrong_label(ask, wanted, label, pattern, with_label).await;
        }
    }
    Ok(Reason {
        is_of_the_metric: false,
        said: format!(
            "each of its labels is there, but no series of `{}` has them all",
            wanted.name
        ),
        hint: None,
        asked: vec![all],
        got: Some(format!(
            "{} of `{}`",
            count(series as usize, "series"),
            wanted.name
        )),
    })
}
