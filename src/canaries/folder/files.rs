//! Reads the files that a command, or a daemon, names.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::spec::{MAX_FILE_BYTES, Problem};

/// Files of one reading. Each may have a mebibyte, and all are held at once.
const MAX_FILES: usize = 1_000;

/// What is read where a command names this: its standard input.
const STDIN: (&str, &str) = ("-", "/dev/stdin");

/// What was read.
#[derive(Debug, Default)]
pub struct Files {
    /// Name, as it was given, and text.
    pub texts: Vec<(String, String)>,
    /// Why others could not be read.
    pub problems: Vec<Problem>,
    /// Whether one of the folders was read, and has no file.
    pub has_empty_folder: bool,
}

/// Reads each of `paths`; of a folder, its `*.yaml` and `*.yml`, by name; `-` is the standard input. A file that is named twice is read once.
pub fn read(paths: &[PathBuf]) -> Files {
    let mut files = Files::default();
    let mut all: Vec<PathBuf> = Vec::new();
    for path in paths {
        match within(path) {
            Ok(found) if found.is_empty() => {
                files.has_empty_folder = true;
                files.refuse(path, "a `*.yaml` or `*.yml` file in this folder", "none");
            }
            Ok(found) => all.extend(found),
            Err(error) => files.refuse(path, "a folder that can be read", &error.to_string()),
        }
    }
    if let Some(first_beyond) = all.get(MAX_FILES) {
        files.refuse(
            first_beyond,
            &format!("at most {MAX_FILES} files"),
            &all.len().to_string(),
        );
        return files;
    }
    let mut seen = BTreeSet::new();
    for path in all {
        if seen.insert(path.clone()) {
            files.add(&path);
        }
    }
    files
}

fn within(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let file = entry?.path();
        let is_yaml = file
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && file.is_file() {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}

impl Files {
    fn add(&mut self, path: &Path) {
        let mut bytes = Vec::new();
        let opened = if path == Path::new(STDIN.0) {
            Path::new(STDIN.1)
        } else {
            path
        };
        // One byte more than a file may have is enough to see that it has too many.
        let read =
            File::open(opened).and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            self.refuse(path, "a file that can be read", &error.to_string());
        } else if bytes.len() > MAX_FILE_BYTES {
            self.refuse(path, &format!("at most {MAX_FILE_BYTES} bytes"), "more");
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => self.texts.push((path.display().to_string(), text)),
                Err(error) => {
                    let position = error.utf8_error().valid_up_to();
                    self.refuse(path, "UTF-8 text", &format!("something else at byte {position}"));
                }
            }
        }
    }

    fn refuse(&mut self, path: &Path, expected: &str, found: &str) {
        self.problems.push(Problem {
            file: path.display().to_string(),
            line: None,
            field: None,
            expected: expected.to_owned(),
            found: found.to_owned(),
            hint: None,
        });
    }
}
