//! The engine's closed sets of words, as schemas: made from the values themselves.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::engine::{HoldReason, Outcome, Phase, VerdictKind};

pub(super) fn phase(_: &mut SchemaGenerator) -> Schema {
    words(&Phase::ALL)
}

pub(super) fn hold_reason(_: &mut SchemaGenerator) -> Schema {
    words(&HoldReason::ALL)
}

pub(super) fn outcome(_: &mut SchemaGenerator) -> Schema {
    words(&[Outcome::Promoted, Outcome::Aborted, Outcome::Inconclusive])
}

pub(super) fn verdict(_: &mut SchemaGenerator) -> Schema {
    use VerdictKind::{Fail, Inconclusive, NoData, Pass};
    words(&[Pass, Fail, Inconclusive, NoData])
}

fn words<T: Serialize>(all: &[T]) -> Schema {
    json_schema!({ "type": "string", "enum": all })
}
