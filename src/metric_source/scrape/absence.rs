//! Why a template's series are nowhere.
//!
//! A counter with labels has no series before its first use, and then most client libraries (those of Go and
//! Rust among them) do not even describe it. So on one endpoint its absence means nothing. On *every*
//! endpoint of both arms it means either that nobody called the service yet, or that the template names the
//! counter wrongly, and the user must be able to see the second.

use super::exposition::Exposition;
use super::scrapes::Scrapes;
use super::series::Selector;

/// How alike two names must be for one to be offered in place of the other (Jaro–Winkler, 1 is the same).
const SIMILAR: f64 = 0.85;

/// Why no endpoint of either arm has a series that a template means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Absence {
    /// The metric is there, under other labels.
    #[error("no series of any endpoint matches `{wanted}`, though `{metric}` has some with other labels")]
    Unmatched { wanted: String, metric: String },
    /// Series that match are there, but their endpoints' readings were refused.
    #[error("the endpoints that have `{metric}` cannot be read, and this one has none of it yet")]
    Refused { metric: String },
    /// The metric is described and has no series.
    #[error("`{metric}` has no series yet on any endpoint that answered")]
    Untouched { metric: String },
    /// Nothing is known of the metric.
    #[error(
        "no endpoint that answered exposes `{metric}`: nothing was counted yet, or the template names it \
         wrongly{}", hint(.nearest)
    )]
    Unknown { metric: String, nearest: Option<String> },
}

/// Explains why nothing matches `selector`. `suffix` is what the metric's series have after its name.
pub(super) fn explain(selector: &Selector, suffix: &str, scrapes: &Scrapes) -> Absence {
    let metric = selector.metric().to_owned();
    let series = format!("{metric}{suffix}");
    let mut seen = scrapes
        .expositions()
        .flat_map(|exposition| exposition.family(&series))
        .peekable();
    if seen.peek().is_some() {
        return if seen.any(|(labels, _)| selector.matches(labels)) {
            Absence::Refused { metric }
        } else {
            let wanted = selector.to_string();
            Absence::Unmatched { wanted, metric }
        };
    }
    if scrapes
        .expositions()
        .any(|exposition| exposition.describes(&metric))
    {
        return Absence::Untouched { metric };
    }
    let nearest = scrapes
        .expositions()
        .flat_map(Exposition::names)
        .filter_map(|name| name.strip_suffix(suffix))
        .map(|name| (strsim::jaro_winkler(name, &metric), name))
        .filter(|(likeness, _)| *likeness >= SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name.to_owned());
    Absence::Unknown { metric, nearest }
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
