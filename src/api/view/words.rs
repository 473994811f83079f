//! The closed sets of words, as schemas: made from the values themselves.

use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::driver::DeliveryState;
use crate::engine::{
    ConfirmationState, EvidencePath, HoldReason, HookState, NoDataState, Outcome, Phase, Urgency,
    VerdictKind, Work,
};
use crate::spec::{Bound, HookType, Mode, OnFail};

pub(super) fn phase() -> Schema {
    words(&Phase::ALL)
}

pub(super) fn hold_reason() -> Schema {
    words(&HoldReason::ALL)
}

pub(super) fn hook_type() -> Schema {
    words(&HookType::ALL)
}

pub(super) fn hook_state() -> Schema {
    words(&HookState::ALL)
}

pub(super) fn confirmation() -> Schema {
    words(&ConfirmationState::ALL)
}

pub(super) fn work() -> Schema {
    words(&[Work::RestoreStable, Work::ScaleDownCanary])
}

pub(in crate::api) fn outcome() -> Schema {
    words(&[Outcome::Promoted, Outcome::Aborted, Outcome::Inconclusive])
}

pub(super) fn verdict() -> Schema {
    use VerdictKind::{Fail, Inconclusive, NoData, Pass};
    words(&[Pass, Fail, Inconclusive, NoData])
}

pub(super) fn optional_verdict() -> Schema {
    use VerdictKind::{Fail, Inconclusive, NoData, Pass};
    let all = [Pass, Fail, Inconclusive, NoData];
    optional_words(all.map(Some).iter().chain([&None]))
}

pub(super) fn no_data() -> Schema {
    use NoDataState::{BaselineSilent, CanarySilent, NoTraffic, SourceDown, Stale};
    words(&[SourceDown, Stale, CanarySilent, BaselineSilent, NoTraffic])
}

pub(super) fn optional_outcome() -> Schema {
    let all = [Outcome::Promoted, Outcome::Aborted, Outcome::Inconclusive];
    optional_words(all.map(Some).iter().chain([&None]))
}

pub(super) fn optional_path() -> Schema {
    use EvidencePath::{Hedged, HedgedWithoutHistory, TemperedOnly};
    let all = [Hedged, HedgedWithoutHistory, TemperedOnly];
    optional_words(all.map(Some).iter().chain([&None]))
}

pub(super) fn urgency() -> Schema {
    words(&[Urgency::Info, Urgency::Warning, Urgency::Page])
}

pub(super) fn mode() -> Schema {
    words(&[Mode::Control, Mode::Observe])
}

pub(super) fn on_fail() -> Schema {
    words(&[OnFail::Abort, OnFail::Hold])
}

pub(super) fn bound() -> Schema {
    words(&[Bound::Max, Bound::Min])
}

pub(super) fn delivery_state() -> Schema {
    words(&DeliveryState::ALL)
}

fn words<T: Serialize>(all: &[T]) -> Schema {
    of_type(SchemaType::new(Type::String), all.iter())
}

/// Words, and null for none.
fn optional_words<'a, T: Serialize + 'a>(all: impl Iterator<Item = &'a Option<T>>) -> Schema {
    of_type(SchemaType::from_iter([Type::String, Type::Null]), all)
}

fn of_type<'a, T: Serialize + 'a>(schema_type: SchemaType, all: impl Iterator<Item = &'a T>) -> Schema {
    let words = all.filter_map(|word| serde_json::to_value(word).ok());
    ObjectBuilder::new()
        .schema_type(schema_type)
        .enum_values(Some(words))
        .into()
}
