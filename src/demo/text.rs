//! A demo for people: a line a look, and the news between them.

use std::io::{self, Write};

use super::play::Stage;
use super::summary::Summary;
use super::world::World;
use crate::driver::Progress;
use crate::engine::{Evidence, Measure, Outcome, Phase, Status, Verdict};
use crate::spec::{CheckedCanary, Timestamp};

/// Characters of a bar: a tenth is as fine as a person reads.
const BAR_CHARS: usize = 10;

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
        writeln!(
            out,
            "{:>6}  {:>6}  {:<17}  {:<17}  {:<17}  {:<17}  verdict",
            "time", "weight", "errors can. | sta.", "p95 can. | sta.", "harm", "health"
        )?;
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

/// One look in one line.
fn look(status: &Status) -> String {
    let weight = format!("{} %", status.weight);
    let Some(verdict) = &status.verdict else {
        return format!("{weight:>6}  {:<75}  {}", "", state(status, None));
    };
    let estimate = |is_latency: bool| {
        let metric = verdict
            .metrics
            .iter()
            .find(|metric| matches!(metric.measure, Measure::Quantile(_)) == is_latency);
        metric.map_or_else(String::new, |metric| {
            let value = |estimate| metric.measure.value(estimate);
            format!(
                "{} | {}",
                value(metric.estimate.canary),
                value(metric.estimate.baseline)
            )
        })
    };
    let health = verdict
        .metrics
        .iter()
        .map(|metric| metric.health)
        .min_by(|one, other| one.progress().total_cmp(&other.progress()));
    format!(
        "{weight:>6}  {:<17}  {:<17}  {:<17}  {:<17}  {}",
        estimate(false),
        estimate(true),
        bar(verdict.harm),
        health.map_or_else(String::new, bar),
        state(status, Some(verdict))
    )
}

/// The verdict, the phase where it says more, and the holds in words.
fn state(status: &Status, verdict: Option<&Verdict>) -> String {
    let mut words = Vec::new();
    if status.phase != Phase::Analysing {
        words.push(status.phase.name().to_owned());
    }
    if let Some(verdict) = verdict {
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
