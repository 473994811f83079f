//! Reads a document into the structs of [`canary`](super::canary) and [`template`](super::template), and tells everything that
//! does not fit their shape.
//!
//! serde stops at the first thing that it cannot take. Here that thing is noted, a stand-in is put into its place, and the
//! document is read again: so that one run tells every mistake, and the rest can still be looked at.

mod misfit;
mod reader;

use serde::de::DeserializeOwned;

use self::misfit::{Misfit, Reason};
use self::reader::Reader;
use super::node::{Node, Value};
use super::path::FieldPath;
use super::problem::MAX_PROBLEMS;

/// Rounds of reading. Each tells a problem, or fills a field of a stand-in; what has more is not worth the time.
const MAX_ROUNDS: usize = 2 * MAX_PROBLEMS;

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// Where.
    pub(crate) field: FieldPath,
    /// What should be there.
    pub(crate) expected: String,
    /// What is there, where it is not the value.
    pub(crate) found: Option<String>,
    /// What to write instead, where that can be said.
    pub(crate) hint: Option<String>,
}

/// Reads `node` as a `T`, and tells what did not fit. Where that is anything, the value has stand-ins and is only good for
/// looking at the fields that were not refused.
pub(crate) fn read<T: DeserializeOwned>(mut node: Node) -> (Option<T>, Vec<Refusal>) {
    let mut refusals: Vec<Refusal> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let misfit = match T::deserialize(Reader(&node)) {
            Ok(value) => return (Some(value), refusals),
            Err(misfit) => misfit,
        };
        let mended = mend(&mut node, &misfit);
        let refusal = misfit.refusal();
        // What is missing in a stand-in is not the user's mistake.
        if !refusals
            .iter()
            .any(|earlier| earlier.field.overlaps(&refusal.field))
        {
            refusals.push(refusal);
        }
        if !mended {
            break;
        }
    }
    (None, refusals)
}

/// Changes the tree so that serde gets past the misfit. False where that cannot be done.
fn mend(node: &mut Node, misfit: &Misfit) -> bool {
    match &misfit.reason {
        Reason::UnknownField { .. } => node.take_out(&misfit.field),
        Reason::MissingField(name) => node
            .at_mut(&misfit.field)
            .is_some_and(|around| around.put(name, Value::StandIn)),
        Reason::Expected { .. } | Reason::UnknownVariant { .. } => match node.at_mut(&misfit.field) {
            Some(Node {
                value: Value::StandIn,
                ..
            })
            | None => false,
            Some(misfitting) => {
                misfitting.value = Value::StandIn;
                true
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Plan {
        #[serde(default)]
        steps: Vec<PlanStep>,
        #[expect(dead_code, reason = "only its shape matters here")]
        note_text: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PlanStep {
        weight: u64,
    }

    fn refusals(text: &str) -> Vec<(String, String, Option<String>)> {
        let node = crate::document::yaml::documents(text).remove(0).unwrap();
        read::<Plan>(node)
            .1
            .into_iter()
            .map(|refusal| (refusal.field.to_string(), refusal.expected, refusal.hint))
            .collect()
    }

    #[test]
    fn tells_every_misfit_in_one_run() {
        let told = refusals("{noteTxt: x, noteText: 5, steps: [{weight: 5, hold: 5m}, {weight: -1}]}");
        assert_eq!(
            told,
            [
                (
                    "noteTxt".to_owned(),
                    "a field that Serin knows".to_owned(),
                    Some("did you mean `noteText`?".to_owned())
                ),
                (
                    "noteText".to_owned(),
                    "text".to_owned(),
                    Some("put it in quotes".to_owned())
                ),
                (
                    "steps[0].hold".to_owned(),
                    "a field that Serin knows".to_owned(),
                    Some("known here: `weight`".to_owned())
                ),
                (
                    "steps[1].weight".to_owned(),
                    "a whole number, 0 or more".to_owned(),
                    None
                ),
            ]
        );
    }

    #[test]
    fn reads_the_rest_of_a_document() {
        let node = crate::document::yaml::documents("{steps: [{weight: 5}], extra: 1}")
            .remove(0)
            .unwrap();
        let (plan, refusals) = read::<Plan>(node);
        assert_eq!(refusals.len(), 1);
        assert_eq!(plan.unwrap().steps[0].weight, 5);
    }

    #[test]
    fn a_mistake_in_one_element_does_not_hide_those_in_the_next() {
        let told = refusals("steps: [{weight: 5%}, 5, {}, {weight: x}]");
        let fields: Vec<&str> = told.iter().map(|(field, ..)| field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "steps[0].weight",
                "steps[1]",
                "steps[2].weight",
                "steps[3].weight"
            ]
        );
    }

    #[test]
    fn takes_no_list_for_a_mapping() {
        assert_eq!(
            refusals("[[], x]"),
            [(String::new(), "a mapping".to_owned(), None)]
        );
        assert_eq!(
            refusals("steps: [[5]]"),
            [("steps[0]".to_owned(), "a mapping".to_owned(), None)]
        );
    }
}
