//! What the doctor found, for people: a line a finding, and under the first problem of a metric what was asked and what came.

use std::fmt::{self, Write};

use humantime::format_duration;

use crate::doctor::{CanaryDiagnosis, Diagnosis, Finding, Level, SourceDiagnosis};

/// All of it; `verbose`, with every question and answer.
pub(super) fn text(diagnosis: &Diagnosis, verbose: bool) -> String {
    let mut page = Page {
        text: String::new(),
        verbose,
    };
    page.all(diagnosis)
        .expect("a String takes all that is written to it");
    page.text
}

struct Page {
    text: String,
    verbose: bool,
}

impl Page {
    fn all(&mut self, diagnosis: &Diagnosis) -> fmt::Result {
        for source in &diagnosis.data_sources {
            self.source(source)?;
        }
        for hook in &diagnosis.hooks {
            writeln!(self.text, "hooks to {}", hook.server)?;
            self.findings(2, &hook.findings)?;
            writeln!(self.text)?;
        }
        let canaries: Vec<&CanaryDiagnosis> = diagnosis.canaries().collect();
        let unjudged: Vec<&str> = canaries
            .iter()
            .filter(|canary| !canary.can_be_judged)
            .map(|canary| canary.canary.as_str())
            .collect();
        match (canaries.len(), unjudged.as_slice()) {
            (0, _) => Ok(()),
            (1, []) => writeln!(self.text, "The Canary can be judged."),
            (all, []) => writeln!(self.text, "All {all} Canaries can be judged."),
            (_, names) => writeln!(self.text, "Cannot be judged as things are: {}.", names.join(", ")),
        }
    }

    fn source(&mut self, source: &SourceDiagnosis) -> fmt::Result {
        match &source.address {
            Some(address) => writeln!(self.text, "data source {}, {address}", source.name)?,
            None => writeln!(self.text, "data source {}", source.name)?,
        }
        self.findings(2, &source.findings)?;
        for canary in &source.canaries {
            let interval = format_duration(canary.interval);
            writeln!(self.text, "\n  {}, a look every {interval}", canary.canary)?;
            self.findings(4, &canary.findings)?;
            for metric in &canary.metrics {
                writeln!(self.text, "    {}", metric.template)?;
                self.findings(6, &metric.findings)?;
            }
        }
        writeln!(self.text)
    }

    fn findings(&mut self, indent: usize, findings: &[Finding]) -> fmt::Result {
        // What is wrong below the first problem follows from it, most of the time.
        let first_problem = findings
            .iter()
            .position(|finding| finding.level == Level::Problem);
        for (position, finding) in findings.iter().enumerate() {
            let level = match finding.level {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Problem => "problem",
            };
            let about = finding.about.words();
            writeln!(
                self.text,
                "{:indent$}{level:<7}  {about:<15}  {}",
                "", finding.said
            )?;
            let is_explained = self.verbose || first_problem == Some(position);
            self.details(indent + 9, finding, is_explained)?;
        }
        Ok(())
    }

    fn details(&mut self, indent: usize, finding: &Finding, is_explained: bool) -> fmt::Result {
        if is_explained {
            for asked in &finding.asked {
                writeln!(self.text, "{:indent$}asked  {asked}", "")?;
            }
            if let Some(got) = &finding.got {
                writeln!(self.text, "{:indent$}got    {got}", "")?;
            }
        }
        match &finding.hint {
            Some(hint) => writeln!(self.text, "{:indent$}hint   {hint}", ""),
            None => Ok(()),
        }
    }
}
