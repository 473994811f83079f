//! Takes a file apart into its documents.

use super::node::{self, Node};
use super::path::FieldPath;
use super::problem::Problem;
use super::yaml;

/// Size of a file. The schema fits on a page; a mebibyte is what Kubernetes takes of one object (1.5 MiB, roughly).
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// Text of the parser's reason in a message. Its own are shorter; some quote what was written.
const MAX_REASON_CHARACTERS: usize = 200;

/// The documents of a file, each read or refused by itself. Empty documents are left out.
pub(crate) fn documents(file: &str, text: &str) -> Vec<Result<Node, Box<Problem>>> {
    let problem = |line, expected: String, found: String| {
        Box::new(Problem {
            file: file.to_owned(),
            line,
            field: None,
            expected,
            found,
            hint: None,
        })
    };
    if text.len() > MAX_FILE_BYTES {
        let expected = format!("at most {MAX_FILE_BYTES} bytes");
        return vec![Err(problem(None, expected, format!("{} bytes", text.len())))];
    }
    yaml::documents(text)
        .into_iter()
        .map(|document| {
            document.map_err(|error| {
                let reason = node::cut(&error.reason, MAX_REASON_CHARACTERS);
                problem(error.line, "YAML".to_owned(), format!("something else: {reason}"))
            })
        })
        .collect()
}

/// Takes out every key that stands a second time in its mapping, and tells each with its field.
pub(crate) fn take_out_repeated_keys(file: &str, root: &mut Node) -> Vec<(FieldPath, Problem)> {
    root.take_out_repeated_keys()
        .into_iter()
        .map(|(field, line, first)| {
            let problem = Problem {
                file: file.to_owned(),
                line: Some(line),
                field: Some(field.to_string()),
                expected: "each field once".to_owned(),
                found: format!("it a second time (first on line {first})"),
                hint: None,
            };
            (field, problem)
        })
        .collect()
}
