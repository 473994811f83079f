//! How fine a histogram is where its quantile lies.

use super::ask::Ask;
use super::finding::{About, Finding};
use super::selector::Wanted;
use super::shown::milliseconds;
use crate::engine::{Arm, Measure, PerArm};
use crate::spec::{Margin, Metric, Question};

/// What the quantile is taken over: enough for the usual scrape interval of a minute.
const WINDOW: &str = "[5m]";

/// Two edges with the quantile between them, in milliseconds. The upper one may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bracket {
    low_ms: f64,
    high_ms: f64,
}

/// Between which edges each arm's quantile lies now, and whether a margin can be seen there. `None` where nothing is a histogram.
pub(super) async fn finding(ask: &Ask<'_>, metric: &Metric, wanted: &Wanted<'_>) -> Option<Finding> {
    let Question::Latency {
        histogram,
        unit_ms,
        quantile,
    } = &metric.question
    else {
        return None;
    };
    let buckets = wanted.other(histogram, "_bucket");
    let question = |arm: Arm| format!("sum by (le) (rate({}))", buckets.selector(arm, WINDOW));
    let questions = PerArm {
        canary: question(Arm::Canary),
        baseline: question(Arm::Baseline),
    };
    let stable = bracket(ask, &questions.baseline, *unit_ms, *quantile).await;
    let canary = bracket(ask, &questions.canary, *unit_ms, *quantile).await;
    let name = Measure::Quantile(*quantile).name();
    let finding = match (stable, canary) {
        (Err(error), _) | (_, Err(error)) => Finding::problem(About::Buckets, error),
        (Ok(stable), Ok(canary)) => {
            let said = format!(
                "{name} of stable {}, of the canary {}",
                told(stable),
                told(canary)
            );
            judged(said, stable, metric.margin)
        }
    };
    Some(finding.asked(questions.baseline).asked(questions.canary))
}

/// Against the margin, which the stable version's bracket has to show.
fn judged(said: String, stable: Option<Bracket>, margin: Margin) -> Finding {
    let Some(bracket) = stable else {
        return Finding::warning(About::Buckets, said)
            .hint("nobody called the stable version in the last five minutes");
    };
    if bracket.high_ms.is_infinite() {
        return Finding::warning(About::Buckets, said)
            .hint("beyond the last edge slower cannot be told from slow: the histogram needs higher edges");
    }
    let Margin::Latency {
        relative,
        absolute_ms,
    } = margin
    else {
        return Finding::ok(About::Buckets, said);
    };
    let (width_ms, allowed_ms) = (
        bracket.high_ms - bracket.low_ms,
        (relative * bracket.high_ms).max(absolute_ms),
    );
    let said = format!(
        "{said}; {} wide, the margin is {} there",
        milliseconds(width_ms),
        milliseconds(allowed_ms)
    );
    if width_ms > allowed_ms {
        Finding::warning(About::Buckets, said).hint(
            "the margin is finer than the buckets can show: a canary slower by more than it may stay in the same bucket; \
             closer edges there, or a wider margin",
        )
    } else {
        Finding::ok(About::Buckets, said)
    }
}

fn told(bracket: Option<Bracket>) -> String {
    match bracket {
        None => "unknown (no requests in five minutes)".to_owned(),
        Some(bracket) if bracket.high_ms.is_infinite() => {
            format!("above the last edge, {}", milliseconds(bracket.low_ms))
        }
        Some(Bracket { low_ms, high_ms }) => {
            format!("between {} and {}", milliseconds(low_ms), milliseconds(high_ms))
        }
    }
}

async fn bracket(
    ask: &Ask<'_>,
    question: &str,
    unit_ms: f64,
    quantile: f64,
) -> Result<Option<Bracket>, String> {
    let rows = ask.rows(question).await?;
    let edge = |le: &String| match le.as_str() {
        "+Inf" => Some(f64::INFINITY),
        le => le.parse::<f64>().ok().map(|edge| edge * unit_ms),
    };
    let buckets = rows
        .iter()
        .filter_map(|row| Some((edge(row.labels.get("le")?)?, row.value)));
    Ok(around(buckets.collect(), quantile))
}

/// The edges around the quantile of cumulative buckets; `None` without requests.
fn around(mut buckets: Vec<(f64, f64)>, quantile: f64) -> Option<Bracket> {
    buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let (_, all) = buckets.last().copied().filter(|(_, all)| *all > 0.0)?;
    let above = buckets.iter().position(|(_, within)| *within >= quantile * all)?;
    Some(Bracket {
        low_ms: above.checked_sub(1).map_or(0.0, |below| buckets[below].0),
        high_ms: buckets[above].0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn the_quantile_lies_between_two_edges() {
        let buckets = vec![(f64::INFINITY, 100.0), (10.0, 50.0), (25.0, 96.0)];
        let found = around(buckets.clone(), 0.95);
        assert_eq!(
            found,
            Some(Bracket {
                low_ms: 10.0,
                high_ms: 25.0
            })
        );
        assert_eq!(around(buckets, 0.99).unwrap().high_ms, f64::INFINITY);
        assert_eq!(around(vec![(10.0, 0.0), (f64::INFINITY, 0.0)], 0.95), None);
        assert_eq!(around(Vec::new(), 0.95), None);
    }

    #[test]
    fn a_margin_finer_than_the_bracket_is_a_warning() {
        let bracket = Some(Bracket {
            low_ms: 10.0,
            high_ms: 25.0,
        });
        let margin = |relative| Margin::Latency {
            relative,
            absolute_ms: 0.0,
        };
        assert_eq!(judged(String::new(), bracket, margin(0.2)).level, Level::Warning);
        assert_eq!(judged(String::new(), bracket, margin(0.7)).level, Level::Ok);
        assert_eq!(judged(String::new(), None, margin(0.7)).level, Level::Warning);
    }
}
