//! A demo for people: a line a look, and the news between them.

use std::io::{self, Write};

use super::play::Stage;
use super::summary::Summary;
use super::world::World;
use crate::driver::Progress;
use crate::engine::{Evidence, Measure, Outcome, Phase, Status};
use crate::spec::{CheckedCanary, Timestamp};

/// Characters of a bar: a tenth is as fine as a person reads.
const BAR_CHARS: usize = 10;

/// The columns of a line; [`look`] fills them.
const HEADINGS: &str = "              error rate          p95
  time  weight  canary    stable    canary    stable    harm                health              verdict";

/// Writes lines to `out`.
#[derive(Debug)]
pub struct Text<W> {
    out: W,
    started_at: Option<Timestamp>,
}

impl Text<io::Stdout> {
    /// A stage on stdout.
    #[must_use]
    pub fn stdout() -> Self {
        Self {
            out: io::stdout(),
            started_at: None,
        }
    }
}

impl<W: Write> Stage for Text<W> {
    fn opens(&mut self, world: &World, canary: &CheckedCanary, seed: u64) -> anyhow::Result<()> {
        let out = &mut self.out;
        writeln!(
            out,
            "Two versions of a service, a router before them, and Serin beside them, all on this machine."
        )?;
        writeln!(out, "  Canary          {}", world.manifests().canary.display())?;
        writeln!(
            out,
            "  VirtualService  {}",
            world.manifests().virtual_service.display()
        )?;
        if world.kept_folder().is_none() {
            writeln!(
                out,
                "                  (gone when the demo ends; --dir FOLDER keeps them)"
            )?;
        }
        let steps: Vec<String> = canary
            .steps
            .iter()
            .map(|step| format!("{} %", step.weight))
            .collect();
        writeln!(out, "  steps           {}", steps.join(" → "))?;
        writeln!(out, "  seed            {seed}")?;
        writeln!(out)?;
        writeln!(out, "harm   = evidence that the canary is harmful; full: abort")?;
        writeln!(
            out,
            "health = evidence that it is healthy enough for the next weight; full: step up"
        )?;
        writeln!(out)?;
        writeln!(out, "{HEADINGS}")?;
        Ok(())
    }

    fn shows(&mut self, progress: &Progress) -> anyhow::Result<()> {
        let started_at = *self.started_at.get_or_insert(progress.status.started_at);
        let seconds = progress.at.since(started_at).as_secs_f64();
        if progress.looked {
            writeln!(self.out, "{:>5.1}s  {}", seconds, look(&progress.status))?;
        }
        for notice in &progress.notices {
            writeln!(self.out, "{:>5.1}s  » {}", seconds, notice.text)?;
        }
        self.out.flush()?;
        Ok(())
    }

    fn closes(&mut self, world: &World, summary: &Summary) -> anyhow::Result<()> {
        let out = &mut self.out;
        let outcome = match summary.outcome {
            Outcome::Promoted => "PROMOTED",
            Outcome::Aborted => "ABORTED",
            Outcome::Inconclusive => "INCONCLUSIVE",
        };
        writeln!(out)?;
        writeln!(
            out,
            "{outcome} after {:.1} s: {}",
            summary.seconds, summary.reason
        )?;
        writeln!(
            out,
            "  weight    {} % canary, {} % stable in the VirtualService",
            summary.weight,
            100 - summary.weight
        )?;
        writeln!(
            out,
            "  counted   {} canary and {} baseline requests",
            summary.requests.canary, summary.requests.baseline
        )?;
        let lost = summary.lost();
        let exact = if lost.canary + lost.baseline == 0 {
            "the same numbers".to_owned()
        } else {
            format!(
                "{} and {} of them after the last look that was answered",
                lost.canary, lost.baseline
            )
        };
        writeln!(
            out,
            "  served    {} canary and {} baseline requests, by the services' own counters: {exact}",
            summary.served.canary, summary.served.baseline
        )?;
        writeln!(
            out,
            "  harmed    {} requests beyond what the baseline's rate explains",
            summary.harmed_requests
        )?;
        match world.kept_folder() {
            Some(folder) => writeln!(out, "  files     kept in {}", folder.display())?,
            None if summary.outcome == Outcome::Promoted => {
                writeln!(
                    out,
                    "\nNext: serin demo --fault errors=5% (or latency=+50%, crash) shows a canary that is aborted."
                )?;
            }
            None => {}
        }
        Ok(())
    }
}

/// One look in one line, below [`HEADINGS`].
fn look(status: &Status) -> String {
    let weight = format!("{} %", status.weight);
    let metrics = status
        .verdict
        .as_ref()
        .map_or(&[][..], |verdict| &verdict.metrics);
    let estimates = |is_latency: bool| {
        let metric = metrics
            .iter()
            .find(|metric| matches!(metric.measure, Measure::Quantile(_)) == is_latency);
        let value = |estimate| metric.map_or_else(String::new, |metric| metric.measure.value(estimate));
        let estimate = metric.map(|metric| metric.estimate).unwrap_or_default();
        format!("{:<8}  {:<8}", value(estimate.canary), value(estimate.baseline))
    };
    let weakest = metrics.iter().map(|metric| metric.health);
    let health = weakest.min_by(|one, other| one.progress().total_cmp(&other.progress()));
    format!(
        "{weight:>6}  {}  {}  {:<18}  {:<18}  {}",
        estimates(false),
        estimates(true),
        status
            .verdict
            .as_ref()
            .map_or_else(String::new, |verdict| bar(verdict.harm)),
        health.map_or_else(String::new, bar),
        state(status)
    )
}

/// The verdict, the phase where it says more, and the holds in words.
fn state(status: &Status) -> String {
    let mut words = Vec::new();
    if status.phase != Phase::Analysing {
        words.push(status.phase.name().to_owned());
    }
    if let Some(verdict) = &status.verdict {
        words.push(verdict.kind.name().to_owned());
        if verdict.no_concurrent_baseline {
            words.push("no concurrent baseline".to_owned());
        }
    }
    if let Some((first, others)) = status.holds.split_first() {
        let also: String = others
            .iter()
            .map(|hold| format!(", {}", hold.reason.name()))
            .collect();
        words.push(format!("holds: {first}{also}"));
    }
    words.join(", ")
}

/// Evidence on its way to its limit: `[####......]  41 %`.
fn bar(evidence: Evidence) -> String {
    let progress = evidence.progress();
    let full = (progress * BAR_CHARS as f64).floor() as usize;
    format!(
        "[{}{}] {:>3.0} %",
        "#".repeat(full),
        ".".repeat(BAR_CHARS - full),
        (progress * 100.0).floor()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_at_its_limit() {
        let bar = |log| bar(Evidence { log, limit: 4.0 });
        assert_eq!(bar(f64::NEG_INFINITY), "[..........]   0 %");
        assert_eq!(bar(3.999), "[#########.]  99 %");
        assert_eq!(bar(4.0), "[##########] 100 %");
        assert_eq!(bar(9.0), "[##########] 100 %");
    }
}
