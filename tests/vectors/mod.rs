//! The judge against streams whose evidence was computed elsewhere, with 50 digits.
//!
//! `SERIN_VECTORS=DIR cargo test --release --test main vectors` runs every JSON file below a folder. The
//! files are not part of this repository: without the variable the test says that it was skipped. It fails on
//! the first number that disagrees, and tells of the rest by kind how much was compared; kinds and formats
//! that are not judged are named.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agreement;
mod decisions;
mod latency;
mod rates;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use agreement::Agreement;
use serde_json::Value;

const VARIABLE: &str = "SERIN_VECTORS";

#[test]
fn vectors_agree() {
    let Some(folder) = std::env::var_os(VARIABLE) else {
        return say(&format!("vectors: skipped, {VARIABLE} is not set\n"));
    };
    let files = json_files_below(Path::new(&folder));
    let mut judged: BTreeMap<String, Agreement> = BTreeMap::new();
    let mut not_judged: BTreeMap<String, u32> = BTreeMap::new();
    for path in files {
        let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        match run(&name, &read(&path)) {
            Outcome::Judged(kind, agreement) => judged.entry(kind).or_default().add(&agreement),
            Outcome::NotJudged(what) => *not_judged.entry(what).or_default() += 1,
            Outcome::NoVector => say(&format!("vectors: {name} is none\n")),
        }
    }
    say(&report(&judged, &not_judged));
    assert!(
        judged.len() + not_judged.len() > 0,
        "{VARIABLE}: no vector file below {}",
        Path::new(&folder).display()
    );
}

/// What became of one file.
enum Outcome {
    /// Every number agrees.
    Judged(String, Agreement),
    /// A kind or format that the judge does not know, by name.
    NotJudged(String),
    /// Some other JSON.
    NoVector,
}

fn run(name: &str, file: &Value) -> Outcome {
    let (kind, schema) = (file["kind"].as_str(), file["schema"].as_str());
    let Some(kind) = kind.filter(|_| file["expected"].is_array()) else {
        return schema.map_or(Outcome::NoVector, |schema| {
            Outcome::NotJudged(format!("format {schema}"))
        });
    };
    let (compare, config): (fn(&Value, &mut Agreement), _) = match kind {
        "abort" | "slo" => (rates::abort, rates::CONFIG),
        "health" => (rates::health, rates::CONFIG),
        "robust" => (rates::robust, rates::CONFIG),
        "latency" => (latency::abort, latency::CONFIG),
        "latency_health" => (latency::health, latency::CONFIG),
        "combine" => (decisions::combine, decisions::CONFIG_COMBINE),
        "policy" => (decisions::policy, decisions::CONFIG_POLICY),
        "dispersion" => (decisions::dispersion, decisions::CONFIG_DISPERSION),
        other => return Outcome::NotJudged(format!("kind {other}")),
    };
    for field in file["config"]
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
    {
        assert!(
            config.contains(&field.as_str()),
            "{name}: config.{field}: nobody reads this field"
        );
    }
    let mut agreement = Agreement::of_file(name);
    compare(file, &mut agreement);
    assert!(agreement.numbers > 0, "{name}: nothing to compare");
    Outcome::Judged(kind.to_owned(), agreement)
}

fn report(judged: &BTreeMap<String, Agreement>, not_judged: &BTreeMap<String, u32>) -> String {
    let mut text = String::from("\nvectors: kind, files, intervals, numbers, worst relative difference\n");
    for (kind, agreement) in judged {
        let Agreement {
            files,
            intervals,
            numbers,
            worst,
            lost_digits,
            ..
        } = agreement;
        write!(
            text,
            "  {kind:<15} {files:>3} {intervals:>5} {numbers:>6}   {worst:.1e}"
        )
        .unwrap();
        if *lost_digits > 0 {
            write!(
                text,
                "   ({lost_digits} dead experts that the file keeps alive by its last digit)"
            )
            .unwrap();
        }
        text.push('\n');
    }
    for (what, files) in not_judged {
        writeln!(text, "  not judged: {what} ({files} files)").unwrap();
    }
    text
}

/// Straight to the process's standard error, which the test harness does not capture.
fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json_files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let mut found: Vec<PathBuf> = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    found.extend(folders.iter().flat_map(|folder| json_files_below(folder)));
    found
}
