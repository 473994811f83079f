//! Whatever the text, the check answers.

use proptest::prelude::*;
use serin::spec::check;

use crate::world::canary::{TEMPLATES, document_with};

/// Pieces that YAML and the schema give a meaning to.
const PIECES: [&str; 32] = [
    "apiVersion: serin.dev/v1alpha1\n",
    "kind: Canary\n",
    "kind: AnalysisTemplate\n",
    "spec:\n",
    "  ",
    "\n",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    "\"",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "|\n",
    "---\n",
    "...\n",
    "%",
    "${",
    "~",
    "1e999",
    "-1",
    "\t",
    "\u{feff}",
    "é",
    "? ",
];

fn anything() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => "[a-z0-9.%]{0,6}",
        1 => any::<char>().prop_map(|character| character.to_string()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// One change: where (as a share of the text), how many characters go, what comes.
pub(crate) fn changes() -> impl Strategy<Value = Vec<(f64, usize, String)>> {
    let new = prop_oneof![
        prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        "[0-9]{1,25}[a-z%]{0,2}",
        any::<char>().prop_map(|character| character.to_string()),
        Just(String::new()),
    ];
    prop::collection::vec((0.0..1.0, 0usize..12, new), 1..6)
}

pub(crate) fn changed(text: &str, changes: &[(f64, usize, String)]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for (place, gone, new) in changes {
        let from = (place * characters.len() as f64) as usize;
        let to = (from + gone).min(characters.len());
        characters.splice(from..to, new.chars());
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in anything()) {
        let _ = check([("any.yaml", text.as_str())]);
    }

    #[test]
    fn a_changed_document_is_answered(changes in changes()) {
        let valid = format!("{}---{TEMPLATES}", document_with("steps: [{weight: 5, hold: 1m}]\nmaxDuration: 1h"));
        let text = changed(&valid, &changes);
        match check([("changed.yaml", text.as_str())]) {
            Ok(canaries) => for canary in canaries {
                prop_assert!(!canary.steps.is_empty() && !canary.analysis.metrics.is_empty());
            },
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let lines = 1 + text.matches(['\n', '\r']).count() as u64;
                for problem in &problems.listed {
                    prop_assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem}");
                    let told = problem.to_string();
                    prop_assert!(!told.contains(|character: char| character.is_control() && character != '\n'));
                }
            }
        }
    }
}
