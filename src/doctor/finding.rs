//! One thing that was found.

use serde::Serialize;

use crate::document::Printable;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing; the Canary can be judged.
    Warning,
    /// The Canary cannot be judged as things are.
    Problem,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Whether a server answers, and what it says that it is.
    Reachable,
    /// A server's clock against this machine's.
    Clock,
    /// Whether a metric has series, of either arm.
    Present,
    /// Whether its labels tell pods and arms apart.
    Labels,
    /// The label that tells errors from other requests, or the errors' own metric.
    Errors,
    /// The pods of each arm.
    Pods,
    /// Age of the newest samples.
    Fresh,
    /// Distance of samples against the Canary's own interval.
    ScrapeInterval,
    /// The bucket edges around the quantile.
    Buckets,
    /// What is known of the stable version before the rollout.
    History,
    /// What one look of a rollout gives.
    Look,
    /// The number of each arm.
    Value,
    /// The time that there was for all of it.
    Time,
}

impl About {
    /// The same as in JSON, in words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Clock => "clock",
            Self::Present => "present",
            Self::Labels => "labels",
            Self::Errors => "errors",
            Self::Pods => "pods",
            Self::Fresh => "fresh",
            Self::ScrapeInterval => "scrape interval",
            Self::Buckets => "buckets",
            Self::History => "history",
            Self::Look => "look",
            Self::Value => "value",
            Self::Time => "time",
        }
    }
}

/// One thing that was found. Its texts are for people, and printable whatever a server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about.
    pub about: About,
    /// What was found, in one sentence.
    pub said: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What was asked, complete: PromQL, or the path of the API.
    pub asked: Vec<String>,
    /// What came, in short; nothing where nothing came.
    pub got: Option<String>,
}

impl Finding {
    pub(super) fn new(level: Level, about: About, said: impl Into<String>) -> Self {
        Self {
            level,
            about,
            said: printable(&said.into()),
            hint: None,
            asked: Vec::new(),
            got: None,
        }
    }

    pub(super) fn ok(about: About, said: impl Into<String>) -> Self {
        Self::new(Level::Ok, about, said)
    }

    pub(super) fn warning(about: About, said: impl Into<String>) -> Self {
        Self::new(Level::Warning, about, said)
    }

    pub(super) fn problem(about: About, said: impl Into<String>) -> Self {
        Self::new(Level::Problem, about, said)
    }

    /// With what to do about it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(printable(&hint.into()));
        self
    }

    /// With a question that led to it.
    pub(super) fn asked(mut self, asked: impl Into<String>) -> Self {
        self.asked.push(printable(&asked.into()));
        self
    }

    /// With what came.
    pub(super) fn got(mut self, got: impl Into<String>) -> Self {
        self.got = Some(printable(&got.into()));
        self
    }
}

fn printable(text: &str) -> String {
    Printable(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_moves_no_cursor() {
        let finding = Finding::ok(About::Reachable, "\u{1b}[2J").got("a\nb");
        assert_eq!(
            (finding.said.as_str(), finding.got.as_deref()),
            ("\\u{1b}[2J", Some("a\\nb"))
        );
    }
}
