//! `serin check FILE…`: whether what users wrote can be relied on, and what it will do.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::describe::describe;
use super::files::{self, Files};
use super::route::{RouteFinding, look_at_route};
use super::{Exit, Output};
use crate::spec::{FiledCanary, Note, Problem, Problems, Report, examine};

/// What `serin check` takes.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Files, or folders of *.yaml and *.yml files. A Canary's templates may be in any of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Checks all files together and prints what was found.
pub(super) fn run(arguments: &CheckArguments, output: Output) -> anyhow::Result<Exit> {
    let Files {
        texts,
        problems: unreadable,
    } = files::read(&arguments.files);
    let mut report = examine(texts.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    let all_read = unreadable.is_empty();
    let left_out = report.problems.left_out;
    report.problems = Problems::new(unreadable.into_iter().chain(report.problems.listed).collect());
    report.problems.left_out += left_out;
    look_at_routes(&mut report);
    if all_read && report.problems.is_empty() && report.canaries.is_empty() && report.templates.is_empty() {
        report.problems.listed.push(nothing_to_check(arguments));
    }
    match output {
        Output::Text => print_text(&report)?,
        Output::Json => print_json(&report)?,
    }
    Ok(if report.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}

/// A Canary is only fine if its route can be moved.
fn look_at_routes(report: &mut Report) {
    let canaries = std::mem::take(&mut report.canaries);
    for filed in canaries {
        match look_at_route(&filed) {
            RouteFinding::Fine => report.canaries.push(filed),
            RouteFinding::Note(text) => {
                report.notes.push(Note {
                    file: filed.file.clone(),
                    line: 1,
                    text,
                });
                report.canaries.push(filed);
            }
            RouteFinding::Problem(problem) => report.problems.listed.push(problem),
        }
    }
}

fn nothing_to_check(arguments: &CheckArguments) -> Problem {
    let names: Vec<String> = arguments
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Problem {
        file: names.join(", "),
        line: None,
        field: None,
        expected: "a Canary or an AnalysisTemplate".to_owned(),
        found: "none".to_owned(),
        hint: Some("a document of Serin's begins with `apiVersion: serin.dev/v1alpha1`".to_owned()),
    }
}

fn print_text(report: &Report) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for FiledCanary { canary, .. } in &report.canaries {
        writeln!(stdout, "{}", describe(canary))?;
    }
    if report.canaries.is_empty() {
        for template in &report.templates {
            writeln!(stdout, "AnalysisTemplate {template} is well formed")?;
        }
    }
    stdout.flush()?;
    let mut stderr = io::stderr().lock();
    for note in &report.notes {
        writeln!(stderr, "note: {note}")?;
    }
    for problem in &report.problems.listed {
        writeln!(stderr, "error: {problem}")?;
    }
    if report.problems.left_out > 0 {
        writeln!(stderr, "error: … and {} more", report.problems.left_out)?;
    }
    Ok(())
}

fn print_json(report: &Report) -> anyhow::Result<()> {
    /// The object on stdout.
    #[derive(Serialize)]
    struct Checked<'a> {
        canaries: &'a [FiledCanary],
        templates: &'a [String],
        problems: &'a [Problem],
        problems_left_out: usize,
        notes: &'a [Note],
    }
    let checked = Checked {
        canaries: &report.canaries,
        templates: &report.templates,
        problems: &report.problems.listed,
        problems_left_out: report.problems.left_out,
        notes: &report.notes,
    };
    writeln!(io::stdout().lock(), "{}", serde_json::to_string(&checked)?)?;
    Ok(())
}
