//! What the API says, as types that both sides share.
//!
//! Not the engine's own types: those may change with the engine, these are a contract. Field names are as in the documents
//! that users write; times are RFC 3339 in UTC, with milliseconds; a number that does not exist (no requests, no limit) is null.

mod canary;
mod command;
mod delivery;
mod event;
mod flagger;
mod judgement;
mod page;
mod per_arm;
mod rollout;
mod stream;
mod table;
mod verdict;
pub(super) mod words;

pub use canary::{CanaryDetail, CanaryList, CanaryView, DefinitionView, ProblemInFile, StepView};
pub use command::{AbortRequest, CommandAnswer, CommandRequest, StartRequest};
pub use delivery::DeliveryView;
pub use event::{EventView, POLL};
pub use flagger::FlaggerPayload;
pub use judgement::{JudgedMetricView, JudgementView, NumbersView};
pub use page::Page;
pub use per_arm::PerArmView;
pub use rollout::{CauseView, EndingView, HoldView, OwedView, RolloutRowView, RolloutView, TallyView};
pub use stream::{MissedEvent, NoticeEvent, StatusEvent};
pub use table::RowView;
pub use verdict::{EdgeView, EvidenceView, MeasureView, MetricView, NoDataView, ThresholdView, VerdictView};

pub(super) use canary::problems;

/// A number, unless it is none: JSON has no infinities.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
