//! Who may import whom, held against the sources.
//!
//! (Who may read the time is clippy's to check: `disallowed-methods` in `.clippy.toml`.)

mod generated;

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate, each with those it may import beside itself.
const MAY_IMPORT: [(&str, &[&str]); 28] = [
    ("document", &[]),
    ("spec", &["document"]),
    ("config", &["document"]),
    ("gather", &[]),
    ("file", &[]),
    ("authorities", &["file"]),
    ("engine", &["spec"]),
    ("driver", &["spec", "engine"]),
    ("clock", &["spec", "driver"]),
    ("metric_source", &["gather", "spec", "engine", "driver"]),
    ("kubernetes", &["document", "gather", "spec", "engine", "driver"]),
    ("traffic", &["spec", "engine", "driver", "kubernetes"]),
    ("workload", &["spec", "engine", "driver", "kubernetes"]),
    ("hook", &["spec", "engine", "driver", "authorities"]),
    ("store", &["spec", "engine", "driver"]),
    ("signature", &[]),
    (
        "notify",
        &["spec", "engine", "driver", "signature", "authorities"],
    ),
    ("canaries", &["spec", "kubernetes"]),
    (
        "controller",
        &["spec", "engine", "driver", "kubernetes", "canaries"],
    ),
    ("replay", &["spec", "engine", "driver"]),
    (
        "doctor",
        &[
            "document",
            "spec",
            "engine",
            "driver",
            "clock",
            "metric_source",
            "hook",
        ],
    ),
    ("audit", &["spec", "config"]),
    ("shutdown", &["clock"]),
    (
        "telemetry",
        &[
            "spec",
            "engine",
            "driver",
            "clock",
            "metric_source",
            "hook",
            "notify",
        ],
    ),
    (
        "api",
        &[
            "document",
            "spec",
            "engine",
            "driver",
            "clock",
            "signature",
            "file",
            "telemetry",
        ],
    ),
    ("app", &EVERYTHING_BELOW_THE_DAEMON),
    (
        "demo",
        &[
            "spec",
            "engine",
            "driver",
            "clock",
            "metric_source",
            "traffic",
            "workload",
            "notify",
        ],
    ),
    (
        "cli",
        &[
            "document",
            "spec",
            "config",
            "engine",
            "driver",
            "clock",
            "traffic",
            "store",
            "canaries",
            "kubernetes",
            "replay",
            "doctor",
            "audit",
            "shutdown",
            "telemetry",
            "api",
            "app",
            "demo",
        ],
    ),
];

/// What the daemon is put together from.
const EVERYTHING_BELOW_THE_DAEMON: [&str; 23] = [
    "audit",
    "authorities",
    "signature",
    "document",
    "kubernetes",
    "spec",
    "config",
    "engine",
    "driver",
    "clock",
    "metric_source",
    "traffic",
    "workload",
    "hook",
    "store",
    "notify",
    "canaries",
    "controller",
    "replay",
    "doctor",
    "shutdown",
    "telemetry",
    "api",
];

/// Crates that do I/O, tell the time, draw random numbers or log: nothing for the pure modules.
const IMPURE: [&str; 12] = [
    "tokio",
    "reqwest",
    "axum",
    "hyper",
    "rand",
    "tracing",
    "notify",
    "sqlx",
    "tempfile",
    "std::fs",
    "std::thread",
    "std::env",
];

#[test]
fn imports_point_one_way() {
    let mut imports = 0;
    for (module, allowed) in MAY_IMPORT {
        for file in sources(module) {
            for imported in crate_imports(&read(&file)) {
                imports += 1;
                assert!(
                    imported == module || allowed.contains(&imported.as_str()),
                    "{} imports crate::{imported}, and {module} may not",
                    file.display()
                );
            }
        }
    }
    assert!(
        imports > 100,
        "the walk found {imports} imports; it looks in the wrong place"
    );
}

#[test]
fn the_map_names_every_module() {
    let library = read(Path::new("src/lib.rs"));
    let declared = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let known: Vec<&str> = MAY_IMPORT.iter().map(|(module, _)| *module).collect();
    for module in declared {
        assert!(
            known.contains(&module),
            "{module} has no place in the import order"
        );
    }
}

#[test]
fn what_is_pure_uses_nothing_impure() {
    let mut files = 0;
    for file in ["document", "spec", "engine", "signature"]
        .into_iter()
        .flat_map(sources)
    {
        files += 1;
        let text = read(&file);
        for crate_name in IMPURE {
            let used = text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains(&format!("{crate_name}::"))
            });
            assert!(!used, "{} uses {crate_name}, and is pure", file.display());
        }
    }
    assert!(
        files > 20,
        "the walk found {files} files; it looks in the wrong place"
    );
}

#[test]
fn the_configuration_looks_at_the_process_in_one_file() {
    let outside = |file: &PathBuf| file != Path::new("src/config/disk.rs");
    for file in sources("config").into_iter().filter(outside) {
        let text = read(&file);
        for impure in ["std::fs", "std::env", "std::{env", "std::{fs", "tokio::"] {
            assert!(!text.contains(impure), "{} uses {impure}", file.display());
        }
    }
}

/// The modules that a text imports by `crate::`.
fn crate_imports(text: &str) -> Vec<String> {
    let starts = text.match_indices("crate::").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != '$')
    });
    starts
        .filter_map(|(at, found)| {
            let rest = &text[at + found.len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            (!name.is_empty()).then_some(name)
        })
        .collect()
}

fn sources(module: &str) -> Vec<PathBuf> {
    let single = PathBuf::from(format!("src/{module}.rs"));
    let mut files = if single.exists() { vec![single] } else { Vec::new() };
    walk(&PathBuf::from(format!("src/{module}")), &mut files);
    assert!(!files.is_empty(), "{module} has no source");
    files
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
