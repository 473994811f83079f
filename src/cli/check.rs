//! `serin check FILE…`: whether what users wrote can be relied on, and what it will do.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::configuration::{CheckedConfiguration, check_configurations, print_configuration};
use super::describe::describe;
use super::istio_manifests::IstioManifests;
use super::provable::{never_compared, unprovable};
use super::route::{look_at_route, manifest_of};
use super::{Exit, Output};
use crate::canaries::folder::files::{self, Files};
use crate::config::{Environment, is_configuration};
use crate::spec::{FiledCanary, Known, Note, Problem, Problems, Report, examine, examine_for};

/// What `serin check` takes.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Files (`-` is the standard input), or folders of *.yaml and *.yml files. A Canary's templates may be in any of them. A serin*.yaml without
    /// apiVersion and kind is a configuration.
    #[arg(required_unless_present = "config", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A configuration, whatever the name of its file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What was found, of either kind.
struct Findings {
    configurations: Vec<CheckedConfiguration>,
    report: Report,
}

/// Checks all files together and prints what was found.
pub(super) fn run(arguments: &CheckArguments, output: Output) -> anyhow::Result<Exit> {
    let Files { texts, problems, .. } = files::read(&arguments.files);
    let (of_configurations, of_manifests): (Vec<_>, Vec<_>) = texts
        .iter()
        .map(|(file, text)| (file.as_str(), text.as_str()))
        .partition(|(file, text)| is_configuration(file, text));
    let configurations: Vec<PathBuf> = of_configurations
        .iter()
        .map(|(file, _)| PathBuf::from(file))
        .chain(arguments.config.clone())
        .collect();
    let (configurations, wrong_configurations) =
        check_configurations(&configurations, &Environment::of_this_process());
    let of_istio = IstioManifests::among(&of_manifests);
    let mut report = match all_known(&configurations) {
        Some(known) => examine_for(&known, of_manifests),
        None => examine(of_manifests),
    };
    look_beyond_the_text(&mut report, &of_istio);
    let left_out = report.problems.left_out;
    report.problems = Problems::new(
        [problems, wrong_configurations, report.problems.listed]
            .into_iter()
            .flatten()
            .collect(),
    );
    report.problems.left_out += left_out;
    let findings = Findings {
        configurations,
        report,
    };
    print(findings, arguments, output)
}

/// What all configurations have; none where there is no configuration to say it.
fn all_known(configurations: &[CheckedConfiguration]) -> Option<Known> {
    let known = configurations.iter().map(CheckedConfiguration::known);
    known.cloned().reduce(|all, more| Known {
        channels: &all.channels | &more.channels,
        data_sources: &all.data_sources | &more.data_sources,
        hooks: all.hooks.or(more.hooks),
    })
}

fn print(mut findings: Findings, arguments: &CheckArguments, output: Output) -> anyhow::Result<Exit> {
    let Findings {
        configurations,
        report,
    } = &mut findings;
    let nothing_right =
        report.canaries.is_empty() && report.templates.is_empty() && configurations.is_empty();
    if report.problems.is_empty() && nothing_right {
        report.problems.listed.push(nothing_to_check(arguments));
    }
    match output {
        Output::Text => print_text(&findings)?,
        Output::Json => print_json(&findings)?,
    }
    Ok(if findings.report.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}

/// A Canary is only fine if it can come to a proof, and its route can be moved.
fn look_beyond_the_text(report: &mut Report, of_istio: &IstioManifests<'_>) {
    let canaries = std::mem::take(&mut report.canaries);
    for filed in canaries {
        forget_strangers(&mut report.notes, &filed, of_istio);
        report.notes.extend(never_compared(&filed));
        let unprovable: Vec<Problem> = unprovable(&filed).collect();
        if !unprovable.is_empty() {
            report.problems.listed.extend(unprovable);
            continue;
        }
        match look_at_route(&filed, of_istio) {
            Ok(notes) => {
                let notes = notes.into_iter().map(|text| Note {
                    file: filed.file.clone(),
                    line: 1,
                    text,
                });
                report.notes.extend(notes);
                report.canaries.push(filed);
            }
            Err(problem) => report.problems.listed.push(*problem),
        }
    }
}

/// A manifest that a Canary moves or looks at is not Serin's, and no stranger either.
fn forget_strangers(notes: &mut Vec<Note>, filed: &FiledCanary, of_istio: &IstioManifests<'_>) {
    if let Some(moved) = manifest_of(filed) {
        return notes.retain(|note| Path::new(&note.file) != moved);
    }
    let route = filed.canary.traffic.route();
    let services = of_istio.virtual_services(route);
    let known: Vec<(&str, u64)> = services
        .chain(of_istio.destination_rules(&route.namespace))
        .map(|manifest| (manifest.file, manifest.line()))
        .collect();
    notes.retain(|note| !known.contains(&(note.file.as_str(), note.line)));
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
        expected: "a Canary, an AnalysisTemplate or a configuration".to_owned(),
        found: "none".to_owned(),
        hint: Some("a document of Serin's begins with `apiVersion: serin.dev/v1alpha1`".to_owned()),
    }
}

fn print_text(findings: &Findings) -> io::Result<()> {
    let Findings {
        configurations,
        report,
    } = findings;
    let mut stdout = io::stdout().lock();
    for configuration in configurations {
        print_configuration(configuration, &mut stdout)?;
    }
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

fn print_json(findings: &Findings) -> anyhow::Result<()> {
    /// The object on stdout.
    #[derive(Serialize)]
    struct Checked<'a> {
        configurations: &'a [CheckedConfiguration],
        canaries: &'a [FiledCanary],
        templates: &'a [String],
        problems: &'a [Problem],
        problems_left_out: usize,
        notes: &'a [Note],
    }
    let Findings {
        configurations,
        report,
    } = findings;
    let checked = Checked {
        configurations,
        canaries: &report.canaries,
        templates: &report.templates,
        problems: &report.problems.listed,
        problems_left_out: report.problems.left_out,
        notes: &report.notes,
    };
    writeln!(io::stdout().lock(), "{}", serde_json::to_string(&checked)?)?;
    Ok(())
}
