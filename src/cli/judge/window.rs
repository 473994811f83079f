//! A past window of Prometheus, for `serin judge`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use url::Url;

use super::super::{Output, stored};
use crate::app::{self, PastSource};
use crate::canaries::folder::files;
use crate::clock::SystemClock;
use crate::config::Flags;
use crate::driver::ports::Clock;
use crate::replay::counts::CountsLine;
use crate::spec::{CheckedCanary, Timestamp, examine};

/// Which window.
#[derive(Debug, Args)]
pub(super) struct WindowArguments {
    /// Judge a past window instead: the files with the Canary and its templates.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "from")]
    canary: Vec<PathBuf>,
    /// Which of the files' Canaries, as NAME or NAMESPACE/NAME; needed where there are several.
    #[arg(long, value_name = "NAME", requires = "canary")]
    name: Option<String>,
    /// The Prometheus server that remembers. Without it, the data source of the configuration that the Canary names.
    #[arg(long, value_name = "URL", requires = "canary")]
    prometheus: Option<Url>,
    /// The configuration that has the data source.
    #[arg(long, value_name = "FILE", requires = "canary", conflicts_with = "prometheus")]
    config: Option<PathBuf>,
    /// When it begins: a time such as 2026-11-24T13:00:00Z, or how long ago, such as 2h.
    #[arg(long, value_name = "TIME", requires = "canary")]
    from: Option<String>,
    /// When it ends, as --from. Without it, now.
    #[arg(long, value_name = "TIME", requires = "canary")]
    to: Option<String>,
}

impl WindowArguments {
    /// What there is to hear.
    pub(super) async fn lines(&self, output: Output) -> anyhow::Result<Vec<CountsLine>> {
        let now = SystemClock::start().now();
        let from = self.from.as_deref().context("--from is missing")?;
        let from = time("--from", from, now)?;
        let to = self.to.as_deref().map_or(Ok(now), |to| time("--to", to, now))?;
        let canary = self.one_canary()?;
        if output == Output::Text {
            eprintln!("{}/{} from {from} to {to}", canary.namespace, canary.name);
        }
        if let Some(address) = &self.prometheus {
            return app::past(PastSource::Address(address), &canary, from, to).await;
        }
        let flags = self.config.clone().map(Flags::config).unwrap_or_default();
        let config = stored::configuration(&flags)?;
        app::past(PastSource::Configured(&config), &canary, from, to).await
    }

    fn one_canary(&self) -> anyhow::Result<CheckedCanary> {
        let read = files::read(&self.canary);
        let mut problems = read.problems;
        let report = examine(
            read.texts
                .iter()
                .map(|(file, text)| (file.as_str(), text.as_str())),
        );
        problems.extend(report.problems.listed);
        if !problems.is_empty() {
            let mut told = String::new();
            for problem in problems {
                writeln!(told, "{problem}")?;
            }
            bail!("{}", told.trim_end());
        }
        let is_meant = |canary: &CheckedCanary| match self.name.as_deref().map(|name| name.split_once('/')) {
            None => true,
            Some(None) => self.name.as_deref() == Some(&canary.name),
            Some(Some((namespace, name))) => canary.namespace == namespace && canary.name == name,
        };
        let canaries = report.canaries.into_iter().map(|filed| filed.canary);
        let mut meant: Vec<CheckedCanary> = canaries.filter(is_meant).collect();
        match (meant.pop(), meant.pop()) {
            (Some(canary), None) => Ok(canary),
            (None, _) => bail!("expected a Canary in the files of --canary, found none of that name"),
            (Some(_), Some(_)) => {
                bail!("expected one Canary, found several\n  hint: say which with --name NAMESPACE/NAME")
            }
        }
    }
}

/// A time as people write one: a point in time, or so long before `now`.
fn time(flag: &str, text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        let ms = u64::try_from(time.as_millisecond());
        return ms
            .map(Timestamp)
            .map_err(|_| anyhow!("{flag}: expected a time after 1970, found `{text}`"));
    }
    let ago = humantime::parse_duration(text).map_err(|_| {
        anyhow!("{flag}: expected a time such as `2026-11-24T13:00:00Z`, or how long ago, such as `2h`; found `{text}`")
    })?;
    Ok(now.before(ago))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_point_or_so_long_ago() {
        let now = Timestamp(1_700_000_000_000);
        assert_eq!(time("--from", "2023-11-14T22:13:20Z", now).unwrap(), now);
        assert_eq!(time("--from", "90s", now).unwrap(), Timestamp(now.0 - 90_000));
        let refused = time("--to", "yesterday", now).unwrap_err().to_string();
        assert!(refused.starts_with("--to: expected a time such as"), "{refused}");
    }
}
