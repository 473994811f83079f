//! Whether samples still come.

use std::time::Duration;

use super::arms::{Seen, questions};
use super::finding::{About, Finding, Level};
use super::interval::Scraped;
use super::selector::Wanted;
use super::shown::{list, seconds};
use crate::engine::PerArm;

/// Scrapes that may fail one after the other before samples are called old.
const SCRAPES: u32 = 3;

/// How old a sample may be where nobody knows how often there is one: Prometheus' default is one a minute.
const UNKNOWN_MAX: Duration = Duration::from_secs(3 * 60);

/// How old each arm's newest sample is. An arm whose newest one is old is not judged; one of several pods whose newest is, is not
/// heard.
pub(super) fn fresh_finding(
    wanted: &Wanted<'_>,
    seen: &PerArm<Seen>,
    scraped: &Scraped,
    interval: Duration,
) -> Finding {
    let age_max = scraped
        .distance()
        .map_or(UNKNOWN_MAX, |distance| distance * SCRAPES)
        .max(interval);
    let mut level = Level::Ok;
    let mut told = Vec::new();
    for (name, seen) in [("stable", &seen.baseline), ("canary", &seen.canary)] {
        let Some(newest) = seen.pods.values().min() else {
            continue;
        };
        let old: Vec<&str> = seen
            .pods
            .iter()
            .filter(|(_, age)| **age > age_max)
            .map(|(pod, _)| pod.as_str())
            .collect();
        if *newest > age_max {
            level = Level::Problem;
            told.push(format!("{name}: nothing new for {}", seconds(*newest)));
        } else if old.is_empty() {
            told.push(format!("{name}: newest sample {} old", seconds(*newest)));
        } else {
            level = level.max(Level::Warning);
            told.push(format!(
                "{name}: newest sample {} old, but nothing new of {}",
                seconds(*newest),
                list(old)
            ));
        }
    }
    let questions = questions(wanted);
    let finding = Finding::new(level, About::Fresh, told.join("; "))
        .asked(questions.baseline)
        .asked(questions.canary)
        .got(format!("older than {} is stale", seconds(age_max)));
    match level {
        Level::Ok => finding,
        _ => finding.hint(
            "are the targets up (`up` in the server), and does this server still scrape or receive them?",
        ),
    }
}
