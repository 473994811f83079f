//! Why an arm has no series: what there is instead.

use super::ask::Ask;
use super::finding::{About, Finding, Level};
use super::selector::Wanted;
use super::shown::{count, list};
use crate::document::nearest;
use crate::engine::Arm;
use crate::spec::{Metric, Question};

/// Values of one label that are looked at.
const VALUES_MAX: usize = 100;

/// What explains that `arm` has no series.
struct Reason {
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
            said: format!("and why could not be asked: {error}"),
            hint: None,
            asked: Vec::new(),
            got: None,
        },
    };
    let is_general = reason.hint.is_some() && reason.said.starts_with("there is no metric");
    let said = match level {
        _ if is_general => reason.said,
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

/// No series has `pattern` in `label`: the values that there are, or the labels.
async fn wrong_label(
    ask: &Ask<'_>,
    wanted: &Wanted<'_>,
    label: &str,
    pattern: &str,
    with_label: String,
) -> Result<Reason, String> {
    let whole = wanted.whatever_its_labels();
    let values = format!("topk({VALUES_MAX}, count by ({label}) ({whole}))");
    let rows = ask.rows(&values).await?;
    let mut known: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.labels.get(label))
        .map(String::as_str)
        .collect();
    known.sort_unstable();
    let meant = pattern.replace('\\', "");
    if !known.is_empty() {
        let hint = nearest(&meant, known.iter().copied())
            .map(|value| format!("did you mean {label}=`{value}`?"))
            .unwrap_or_else(|| {
                format!("the template's labels, or the workload's name, are to match one of these")
            });
        return Ok(Reason {
            said: format!(
                "`{}` never has {label}=`{meant}`; {label} is {}",
                wanted.name,
                list(known.iter().copied())
            ),
            hint: Some(hint),
            asked: vec![with_label, values],
            got: Some(list(known)),
        });
    }
    let one = format!("topk(1, {whole})");
    let rows = ask.rows(&one).await?;
    let labels = rows.iter().flat_map(|row| row.labels.keys());
    let labels: Vec<&str> = labels
        .map(String::as_str)
        .filter(|label| *label != "__name__")
        .collect();
    Ok(Reason {
        said: format!(
            "no series of `{}` has the label `{label}`; it has {}",
            wanted.name,
            list(labels.iter().copied())
        ),
        hint: nearest(label, labels.iter().copied()).map(|label| format!("did you mean `{label}`?")),
        asked: vec![with_label, one],
        got: Some(list(labels)),
    })
}

/// No series has this name at all.
async fn unknown(ask: &Ask<'_>, metric: &Metric, wanted: &Wanted<'_>, all: String) -> Result<Reason, String> {
    let name = &wanted.name;
    if let Question::Latency { histogram, .. } = &metric.question {
        let native = format!("count(histogram_count({}))", histogram.metric);
        // A server that does not know the function has no such histograms.
        if let Ok(Some(series)) = ask.number(&native).await {
            return Ok(Reason {
                said: format!("there is no metric `{name}`: `{}` is a native histogram, which cannot be judged", histogram.metric),
                hint: Some(
                    "let the server keep the classic one too: `always_scrape_classic_histograms: true` in its scrape \
                     configuration (`scrape_classic_histograms` before 3.0)"
                        .to_owned(),
                ),
                asked: vec![all, native],
                got: Some(count(series as usize, "native series")),
            });
        }
    }
    let names = ask.metric_names().await?;
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "is it exposed, and is its target scraped by this server?".to_owned(),
    };
    Ok(Reason {
        said: format!("there is no metric `{name}`"),
        hint: Some(hint),
        asked: vec![all, "api/v1/label/__name__/values".to_owned()],
        got: Some(format!("{}, none of them this", count(names.len(), "name"))),
    })
}
