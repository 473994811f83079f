//! What the driver needs from the world. The edges implement these; tests bring fakes that behave.
//!
//! Every call may hang or fail, and the driver bounds each with a time-out; an implementation must be safe
//! to drop at any await (the driver then treats the outcome as unknown).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::record::{Entry, Stored};
use crate::engine::words::other_revision;
use crate::engine::{
    FlaggerPhase, HookOutcome, Look, MetricPast, Notice, TrafficState, TrafficWrite, WorkloadState,
};
use crate::spec::{CheckedCanary, Hook, Timestamp};

/// Everything the driver needs from the world.
#[derive(Clone)]
pub struct Ports {
    /// Reads both arms' counters.
    pub metric_source: Arc<dyn MetricSource>,
    /// Reads and writes the managed route.
    pub traffic: Arc<dyn Traffic>,
    /// Sees and changes the workloads.
    pub workloads: Arc<dyn Workloads>,
    /// Calls out to people's gates and tests.
    pub hooks: Arc<dyn Hooks>,
    /// Remembers.
    pub journal: Arc<dyn Journal>,
    /// Tells people.
    pub notifier: Arc<dyn Notifier>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Reads the raw counters of both arms.
#[async_trait]
pub trait MetricSource: Send + Sync {
    /// One poll: a reading for each metric of `canary`, in order. `now` is the time the poll began.
    ///
    /// A failure is a value (the engine has a policy for it), never an error that could be lost.
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look;

    /// What the stable version did before `now`, for each metric of `canary`, in order. A source that keeps no
    /// history leaves this as it is.
    async fn history(&self, canary: &CheckedCanary, _now: Timestamp) -> Vec<MetricPast> {
        MetricPast::unknown_to_all(canary, "this metric source keeps none")
    }
}

/// Reads and writes the managed route.
#[async_trait]
pub trait Traffic: Send + Sync {
    /// A fresh read of the object, never from a cache, at once: what a write is decided on.
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError>;

    /// The same for a poll, where it may wait a moment for others and be read together with theirs.
    async fn observe(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        self.read(canary).await
    }

    /// One guarded write: refused with [`TrafficError::Conflict`] unless the object still has
    /// `seen.version`, or if its epoch is not below `write.epoch`. Changes two weights and Serin's own annotations, nothing else.
    /// Gives the state that was read back after the write.
    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError>;
}

/// Why traffic could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrafficError {
    /// Somebody else wrote in between. Nothing was written; read again.
    #[error("somebody else changed {object} in between")]
    Conflict {
        /// What was to be written.
        object: String,
    },
    /// The object is not one that Serin may change. Nothing was written, and repeating does not help.
    #[error("{object}: {reason}")]
    Refused {
        /// What was to be read or written.
        object: String,
        /// What was expected, what was found, and a hint.
        reason: String,
    },
    /// The object could not be reached. Nothing was written.
    #[error("cannot reach {object}: {reason}")]
    Unreachable {
        /// What was to be read or written.
        object: String,
        /// Why.
        reason: String,
    },
    /// A write was sent and no answer came: it may or may not have happened, or may yet.
    #[error("a write to {object} got no answer: {reason}")]
    Unknown {
        /// What was to be written.
        object: String,
        /// Why.
        reason: String,
    },
}

/// Sees and changes what runs behind the traffic.
#[async_trait]
pub trait Workloads: Send + Sync {
    /// How many pods are there and ready.
    async fn observe(&self, canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError>;

    /// Lets the stable workload take the canary's version, and returns once it is ready with it. Only the revision that was `judged`
    /// ([`WorkloadState::canary_revision`]) is taken. Where stable does not become ready it is put back before the error returns. Doing
    /// it again does no harm.
    async fn promote(
        &self,
        canary: &CheckedCanary,
        rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted>;

    /// Puts the stable workload back to the version it had before this `rollout`'s [`promote`](Self::promote); what another
    /// rollout did is left. After it no promotion that was begun before it changes the workload any more.
    async fn restore(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError>;

    /// Lets the canary ask for at least `replicas` pods, and notes that it is this `rollout` that needs them; only where
    /// [`WorkloadState::scaling`] says that it is Serin's to do. Doing it again does no harm.
    async fn scale(&self, canary: &CheckedCanary, rollout: &str, replicas: u32) -> Result<(), WorkloadError>;

    /// Scales the canary down, where that is Serin's to do and no other rollout needs it by then. May wait until the last requests
    /// are answered.
    async fn scale_down(&self, canary: &CheckedCanary, rollout: &str) -> Result<(), WorkloadError>;
}

/// Why the stable workload does not have the canary's version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPromoted {
    /// The canary is of another revision than the one that was judged: nothing is taken from it.
    #[error("{}", other_revision(judged, found))]
    OtherRevision {
        /// The revision that was judged.
        judged: String,
        /// The canary's at the moment of the promotion.
        found: String,
    },
    /// It did not become ready, or could not be changed; and it is as it was before.
    #[error(transparent)]
    PutBack(WorkloadError),
    /// The same, and it may have the canary's version in part: [`Workloads::restore`] is due.
    #[error(transparent)]
    NotPutBack(WorkloadError),
}

/// Why a workload could not be seen or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{workload}: {reason}")]
pub struct WorkloadError {
    /// Which workload.
    pub workload: String,
    /// What was attempted and why it failed.
    pub reason: String,
    /// Whether trying again does not help.
    pub is_lasting: bool,
}

/// Calls out to people's gates and tests.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// One call, with as many attempts as the hook says, each within its time-out, and pauses of at most
    /// [`HOOK_PAUSE_MAX`](super::HOOK_PAUSE_MAX) between them.
    ///
    /// A failure is a value (the engine has a policy for it), never an error that could be lost.
    async fn call(&self, request: &HookRequest<'_>) -> HookReply;
}

/// What a hook is told.
#[derive(Debug, Clone)]
pub struct HookRequest<'a> {
    /// The Canary whose hook it is.
    pub canary: &'a CheckedCanary,
    /// The hook.
    pub hook: &'a Hook,
    /// The same whenever the same is asked again.
    pub key: &'a str,
    /// Where the rollout is, in Flagger's words.
    pub phase: FlaggerPhase,
    /// The same for every rollout of the same revision.
    pub checksum: &'a str,
    /// What is told beside the hook's own metadata, and in the place of what has the same name there.
    pub news: BTreeMap<&'static str, String>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReply {
    /// Whether it passed.
    pub outcome: HookOutcome,
    /// The status and the first line of the answer, or why there is none; for people.
    pub detail: String,
}

impl HookReply {
    /// Nobody was called, and why.
    pub fn not_called(why: impl Into<String>) -> Self {
        Self {
            outcome: HookOutcome::NotCalled,
            detail: why.into(),
        }
    }
}

/// Where hooks are not called at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

#[async_trait]
impl Hooks for NoHooks {
    async fn call(&self, _: &HookRequest<'_>) -> HookReply {
        HookReply::not_called("no hooks are called here")
    }
}

/// Remembers what happened, so that a restart goes on and every decision can be explained.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Appends `entries` and replaces the rollout's stored state, all of it in one transaction. The
    /// notices among the entries' effects are thereby stored with the decisions they tell of, as one
    /// [`Delivery`](super::Delivery) for each channel.
    ///
    /// The driver repeats an append that got no answer, with later entries behind the same ones, and the first may still
    /// arrive after that. So an entry that is there already is kept once, and a state does not replace one with a greater
    /// `next_sequence`. What does not fit (see [`Stored::split_known`]), or is another entry than the one that is there, is
    /// refused.
    ///
    /// The state is shared, so that a journal which keeps it for a while has no copy to make.
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError>;

    /// The rollouts that have not ended, and those that have and still owe their workloads something.
    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError>;
}

/// The journal could not be read or written. Nothing of the transaction was kept; or all of it, where the
/// connection was lost before the answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal: {reason}")]
pub struct JournalError {
    /// What was attempted and why it failed.
    pub reason: String,
}

/// Tells people.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Tells of one notice, which the journal has by now: whoever delivers from the outbox needs no more than the hint that there is
    /// something in it. `key` is the same whenever the same notice is told again.
    async fn notify(&self, canary: &CheckedCanary, key: &str, notice: &Notice);
}

/// The time. Only `clock.rs` reads the machine's; tests bring their own.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now. Never goes back.
    fn now(&self) -> Timestamp;

    /// Returns once [`now`](Self::now) is at or after `at`.
    async fn sleep_until(&self, at: Timestamp);
}
