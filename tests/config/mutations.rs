//! Whatever is written, the check answers.

use proptest::prelude::*;

use super::example::{uncommented, with_secrets};
use super::{TOKEN, World};
use crate::spec::mutations::{changed, changes};

/// Names of variables, right and wrong.
fn names() -> impl Strategy<Value = String> {
    let words = [
        "API", "ADDRESS", "TOKEN", "FILE", "NOTIFY", "CHANNELS", "ONCALL", "URL", "ENV", "STORE", "", "Ä",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..6)
        .prop_map(|words| format!("SERIN_{}", words.join("_")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_configuration_is_answered(changes in changes()) {
        let text = changed(&uncommented(), &changes);
        let world = with_secrets(&text);
        match world.check() {
            Ok(config) => prop_assert!(!config.settings().is_empty()),
            Err(problems) => {
                let lines = 1 + text.matches(['\n', '\r']).count() as u64;
                for problem in &problems.listed {
                    prop_assert!(problem.line.is_none_or(|line| (1..=lines).contains(&line)), "{problem}");
                    let told = problem.to_string();
                    prop_assert!(!told.contains(TOKEN), "{told}");
                    prop_assert!(!told.contains(|character: char| character.is_control() && character != '\n'));
                }
            }
        }
    }

    #[test]
    fn any_variable_is_answered(name in names(), value in any::<String>()) {
        let _ = World::default().variable(&name, &value).check();
    }
}
