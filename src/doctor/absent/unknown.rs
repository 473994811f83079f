//! A metric that the server does not have.

use super::Reason;
use crate::doctor::ask::Ask;
use crate::doctor::selector::Wanted;
use crate::doctor::shown::count;
use crate::document::nearest;
use crate::spec::{Metric, Question};

/// No series has this name at all.
pub(super) async fn unknown(
    ask: &Ask<'_>,
    metric: &Metric,
    wanted: &Wanted<'_>,
    all: String,
) -> Result<Reason, String> {
    let name = &wanted.name;
    if let Question::Latency { histogram, .. } = &metric.question {
        let native = format!("count(histogram_count({}))", histogram.metric);
        // A server that does not know the function has no such histograms.
        if let Ok(Some(series)) = ask.number(&native).await {
            return Ok(Reason {
                is_of_the_metric: true,
                said: format!(
                    "there is no metric `{name}`: `{}` is a native histogram, which cannot be judged",
                    histogram.metric
                ),
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
        Some(nearest) => format!("did you mean `{}`?", written(nearest, metric)),
        None => "is it exposed, and is its target scraped by this server?".to_owned(),
    };
    Ok(Reason {
        is_of_the_metric: true,
        said: format!("there is no metric `{name}`"),
        hint: Some(hint),
        asked: vec![all, "api/v1/label/__name__/values".to_owned()],
        got: Some(format!("{}, none of them this", count(names.len(), "name"))),
    })
}

/// As a template writes it: of a histogram the family's name.
fn written<'a>(name: &'a str, metric: &Metric) -> &'a str {
    match metric.question {
        Question::Latency { .. } => name.strip_suffix("_bucket").unwrap_or(name),
        _ => name,
    }
}
