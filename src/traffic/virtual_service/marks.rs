//! Serin's own annotations.
//!
//! They live in the object that they speak about, so that a write and its fence are one change, and an abort is durable
//! where the weights are.

use serde_json::{Map, Value};

use super::edit::{Edit, escape};
use super::refusal::{Refusal, clip};
use crate::engine::TrafficWrite;

/// Counts Serin's writes: a decimal integer, one up with every write at least; absent means 0.
pub const EPOCH: &str = "serin.dev/epoch";
/// The rollout that wrote last.
pub const ROLLOUT: &str = "serin.dev/rollout";
/// The rollout that was aborted; counts only while it equals [`ROLLOUT`].
pub const ABORTED: &str = "serin.dev/aborted";

/// Serin's annotations, as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// [`EPOCH`]; 0 where it is absent.
    pub epoch: u64,
    /// [`ROLLOUT`].
    pub rollout: Option<String>,
    /// [`ABORTED`].
    pub aborted: Option<String>,
    /// Whether `metadata.annotations` is a mapping; where it is not there, a write brings it.
    pub has_annotations: bool,
}

impl Marks {
    /// Reads the marks. Whoever cannot read the epoch cannot guard a write, so a malformed one is refused.
    pub(super) fn read(object: &Value) -> Result<Self, Refusal> {
        let metadata = object.get("metadata").and_then(Value::as_object);
        let metadata = metadata.ok_or_else(|| Refusal::Field {
            field: "metadata".to_owned(),
            expected: "a mapping",
            found: object.get("metadata").map_or_else(|| "nothing".to_owned(), clip),
            hint: "give the object its metadata.name",
        })?;
        let annotations = match metadata.get("annotations") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(annotations)) => annotations,
            Some(other) => {
                return Err(Refusal::Field {
                    field: "metadata.annotations".to_owned(),
                    expected: "a mapping of strings",
                    found: clip(other),
                    hint: "write it as `key: \"value\"` entries, or remove it",
                });
            }
        };
        Ok(Self {
            epoch: epoch(annotations)?,
            rollout: text(annotations, ROLLOUT)?.map(ToOwned::to_owned),
            aborted: text(annotations, ABORTED)?.map(ToOwned::to_owned),
            has_annotations: true,
        })
    }

    /// What `write` changes among the marks.
    pub(super) fn edits(&self, write: &TrafficWrite) -> Vec<Edit> {
        let mut wanted = Map::new();
        wanted.insert(EPOCH.to_owned(), write.epoch.to_string().into());
        if self.rollout.as_ref() != Some(&write.rollout) {
            wanted.insert(ROLLOUT.to_owned(), write.rollout.clone().into());
        }
        if write.aborted && self.aborted.as_ref() != Some(&write.rollout) {
            wanted.insert(ABORTED.to_owned(), write.rollout.clone().into());
        }
        if !self.has_annotations {
            return vec![Edit::Set {
                pointer: "/metadata/annotations".to_owned(),
                value: wanted.into(),
            }];
        }
        let mut edits: Vec<Edit> = wanted
            .into_iter()
            .map(|(key, value)| Edit::Set {
                pointer: pointer(&key),
                value,
            })
            .collect();
        if !write.aborted && self.aborted.is_some() {
            edits.push(Edit::Remove {
                pointer: pointer(ABORTED),
            });
        }
        edits
    }
}

fn pointer(annotation: &str) -> String {
    format!("/metadata/annotations/{}", escape(annotation))
}

fn epoch(annotations: &Map<String, Value>) -> Result<u64, Refusal> {
    let Some(found) = text(annotations, EPOCH)? else {
        return Ok(0);
    };
    // Only the spelling that Serin writes: "+7" and "007" are somebody else's.
    let epoch = found
        .parse::<u64>()
        .ok()
        .filter(|epoch| epoch.to_string() == found);
    epoch.ok_or_else(|| Refusal::Field {
        field: format!("metadata.annotations[\"{EPOCH}\"]"),
        expected: "a decimal integer of at most 64 bits, as Serin writes it",
        found: clip(&found.into()),
        hint: "restore the number that was last written; while no rollout runs it may be removed",
    })
}

fn text<'a>(annotations: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Refusal> {
    match annotations.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Refusal::Field {
            field: format!("metadata.annotations[\"{key}\"]"),
            expected: "a string",
            found: clip(other),
            hint: "annotations are strings: put the value in quotes",
        }),
    }
}
