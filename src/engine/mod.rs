//! The pure middle: one value a rollout, events in, effects out.
//!
//! [`Rollout::handle`] takes what happened and the time, and gives what is to be done; [`Rollout::next_wakeup`]
//! says when time alone has to be told. Nothing in here reads a clock, does I/O, draws a random number or
//! logs: the same events give the same effects, bit for bit, live, in a replay and in a simulation.
//!
//! Follow one look: [`reading`](Look) → [`judge::counting`] takes differences → `intake.rs` counts and judges →
//! [`Verdict`] → `abort.rs`, `raise.rs`, `holds.rs` decide → [`Effect`].

mod abort;
mod afterwards;
mod arm;
mod briefing;
mod change;
mod commands;
mod confirmation;
mod drift;
mod effect;
mod ending;
mod event;
mod exposure;
mod holds;
mod hooking;
mod hooks;
mod intake;
pub mod judge;
mod no_data;
mod no_data_watch;
mod observed;
mod owed;
mod pause;
mod phase;
mod plan;
mod promotion;
mod raise;
mod reading;
mod rollback;
mod rollout;
mod route;
mod scaling;
mod share;
mod silence;
mod status;
mod table;
pub mod tally;
mod trail;
mod verdict;
pub mod words;
mod writing;

pub use arm::{Arm, PerArm};
pub use briefing::Briefing;
pub use change::Change;
pub use confirmation::{Confirmation, ConfirmationState};
pub use effect::{Effect, Leave, Lower, Notice, NoticeKind, Raise, Refusal, Urgency};
pub use ending::{Cause, Ending};
pub use event::{Action, Command, Event, Fault, FaultKind, Undone};
pub use exposure::Exposure;
pub use hooks::{FlaggerPhase, HookAnswer, HookCall, HookOutcome, HookState, HookStatus};
pub use judge::hedge::Path as EvidencePath;
pub use no_data::{NoData, NoDataState};
pub use observed::{CanaryScaling, TrafficState, TrafficWrite, WorkloadState};
pub use owed::{OwedWork, Work};
pub use phase::{Hold, HoldReason, Outcome, Phase};
pub use reading::{
    ArmReading, CounterReading, CounterSum, Look, MetricHistory, MetricPast, MetricReading, PodCounts,
    PodReading, SourceDown,
};
pub use rollback::{Rollback, Version};
pub use rollout::Rollout;
pub use status::Status;
pub use table::{Row, Table};
pub use tally::Tally;
pub use trail::Trail;
pub use verdict::{
    EdgeVerdict, Evidence, Measure, MetricVerdict, Run, ThresholdVerdict, ValueVerdict, Verdict, VerdictKind,
};
