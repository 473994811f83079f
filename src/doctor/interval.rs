//! How often there is a sample, against how often a rollout looks.

use std::time::Duration;

use super::ask::{Ask, Row};
use super::finding::{About, Finding};
use super::selector::Wanted;
use super::shown::{count, seconds};
use crate::engine::Arm;
use crate::spec::Timestamp;
use crate::spec::matcher::quoted;

/// What samples are looked at over: as long as an instant query remembers a series.
const WINDOW: &str = "[5m]";

/// A poll may come this much earlier than its scrape: nobody's clock is that exact.
const SLACK: f64 = 0.9;

/// The distance of one series' samples, or why it is not known; each with what was asked.
pub(super) struct Scraped {
    distance: Result<(Duration, usize), String>,
    asked: Vec<String>,
}

impl Scraped {
    /// The median distance.
    pub(super) fn distance(&self) -> Option<Duration> {
        self.distance.as_ref().ok().map(|(distance, _)| *distance)
    }

    /// Whether each look can find something new.
    pub(super) fn finding(&self, interval: Duration) -> Finding {
        let (looks, finding) = (seconds(interval), |finding: Finding| {
            self.asked
                .iter()
                .fold(finding, |finding, asked| finding.asked(asked))
        });
        let (distance, samples) = match &self.distance {
            Ok(known) => known,
            Err(reason) => {
                return finding(Finding::warning(About::ScrapeInterval, reason.clone()));
            }
        };
        let told = format!("a sample each {}, a look each {looks}", seconds(*distance));
        let is_too_often = interval.as_secs_f64() < distance.as_secs_f64() * SLACK;
        finding(if is_too_often {
            Finding::warning(
                About::ScrapeInterval,
                format!("{told}: the looks in between find nothing new, and count as stale"),
            )
            .hint(format!(
                "`analysis.interval: {}` or longer, or scrape more often",
                seconds(*distance).replace(' ', "")
            ))
        } else {
            Finding::ok(About::ScrapeInterval, told)
        })
        .got(format!("{} of one series", count(*samples, "sample")))
    }
}

/// Asks for one series of `arm`, and for its raw samples.
pub(super) async fn scraped(ask: &Ask<'_>, wanted: &Wanted<'_>, arm: Arm) -> Scraped {
    let one = format!("topk(1, {})", wanted.selector(arm, ""));
    let mut asked = vec![one.clone()];
    let distance = match ask.rows(&one).await {
        Err(error) => Err(error),
        Ok(rows) => match rows.first() {
            None => Err("the series has gone".to_owned()),
            Some(row) => {
                let samples = exactly(row);
                asked.push(samples.clone());
                samples_of(ask, row, &samples).await
            }
        },
    };
    Scraped { distance, asked }
}

async fn samples_of(ask: &Ask<'_>, row: &Row, question: &str) -> Result<(Duration, usize), String> {
    let series = ask.samples(question).await?;
    // The selector lets a series with more labels through.
    let samples = series.iter().find(|series| series.labels == row.labels);
    let times = samples.map(|samples| samples.at.as_slice()).unwrap_or_default();
    median_distance(times)
        .map(|distance| (distance, times.len()))
        .ok_or_else(|| {
            format!(
                "{} in the last five minutes: how often there is one cannot be told",
                count(times.len(), "sample")
            )
        })
}

/// A selector of the series of `row` by all its labels. Names that older servers cannot read are left out.
fn exactly(row: &Row) -> String {
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let labels: Vec<String> = row
        .labels
        .iter()
        .filter(|(name, _)| is_plain(name))
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    format!("{{{}}}{WINDOW}", labels.join(","))
}

fn median_distance(times: &[Timestamp]) -> Option<Duration> {
    let mut distances: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gap_does_not_move_the_median() {
        let times = [0, 15_000, 30_000, 90_000, 105_000].map(Timestamp);
        assert_eq!(median_distance(&times), Some(Duration::from_secs(15)));
        assert_eq!(median_distance(&times[..1]), None);
    }
}
