//! The two workloads: always ready, unless told otherwise, and a record of what was done to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::ports::{NotPromoted, WorkloadError, Workloads};
use serin::engine::WorkloadState;
use serin::spec::CheckedCanary;
use tokio::sync::watch;

/// What can be done to the workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    PromotionBegun,
    Promoted,
    Restored,
    ScaledDown,
}

/// Both workloads. Clones are the same ones.
#[derive(Clone, Default)]
pub(crate) struct FakeWorkloads {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    hangs: bool,
    promotions_on_hold: watch::Sender<bool>,
    changes: Vec<Change>,
    restores_to_fail: u32,
    scale_down_takes: Duration,
    revision: Option<String>,
}

impl FakeWorkloads {
    /// From now on no call is answered.
    pub(crate) fn hang(&self) {
        self.state.lock().unwrap().hangs = true;
    }

    /// From now on no promotion comes to its end; everything else does.
    pub(crate) fn hold_promotions(&self) {
        self.state.lock().unwrap().promotions_on_hold.send_replace(true);
    }

    /// From now on promotions come to their end again.
    pub(crate) fn let_promotions_end(&self) {
        self.state.lock().unwrap().promotions_on_hold.send_replace(false);
    }

    /// Somebody gives the canary this version; before that nobody says which one it is.
    pub(crate) fn set_revision(&self, revision: &str) {
        self.state.lock().unwrap().revision = Some(revision.to_owned());
    }

    fn revision(&self) -> Option<String> {
        self.state.lock().unwrap().revision.clone()
    }

    /// The next restores fail, so many of them.
    pub(crate) fn fail_restores(&self, number: u32) {
        self.state.lock().unwrap().restores_to_fail = number;
    }

    /// From now on a scale-down waits so long before it is done.
    pub(crate) fn scale_down_takes(&self, time: Duration) {
        self.state.lock().unwrap().scale_down_takes = time;
    }

    /// What was done, in order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.state.lock().unwrap().changes.clone()
    }

    fn note(&self, change: Change) {
        self.state.lock().unwrap().changes.push(change);
    }

    async fn answer(&self) {
        if self.state.lock().unwrap().hangs {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Workloads for FakeWorkloads {
    async fn observe(&self, _canary: &CheckedCanary) -> Result<WorkloadState, WorkloadError> {
        self.answer().await;
        Ok(WorkloadState {
            stable_replicas: 4,
            canary_ready: 4,
            canary_reason: None,
            canary_failing: None,
            canary_revision: self.revision(),
            scaling: None,
        })
    }

    async fn promote(
        &self,
        _canary: &CheckedCanary,
        _rollout: &str,
        judged: Option<&str>,
    ) -> Result<(), NotPromoted> {
        self.note(Change::PromotionBegun);

        self.answer().await;
        let mut on_hold = self.state.lock().unwrap().promotions_on_hold.subscribe();
        on_hold.wait_for(|on_hold| !on_hold).await.unwrap();
        if let Some(found) = self.revision().filter(|found| judged != Some(found)) {
            let judged = judged.unwrap_or_default().to_owned();
            return Err(NotPromoted::OtherRevision { judged, found });
        }
        self.note(Change::Promoted);
        Ok(())
    }

    async fn restore(&self, _canary: &CheckedCanary, _rollout: &str) -> Result<(), WorkloadError> {
        self.answer().await;
        let fails = {
            let mut state = self.state.lock().unwrap();
            let fails = state.restores_to_fail > 0;
            state.restores_to_fail = state.restores_to_fail.saturating_sub(1);
            fails
        };
        if fails {
            return Err(WorkloadError {
                workload: "checkout".into(),
                reason: "connection refused".into(),
                is_lasting: false,
            });
        }
        self.note(Change::Restored);
        Ok(())
    }

    async fn scale(
        &self,
        _canary: &CheckedCanary,
        _rollout: &str,
        _replicas: u32,
    ) -> Result<(), WorkloadError> {
        Ok(())
    }

    async fn scale_down(&self, _canary: &CheckedCanary, _rollout: &str) -> Result<(), WorkloadError> {
        self.answer().await;
        let takes = self.state.lock().unwrap().scale_down_takes;
        tokio::time::sleep(takes).await;
        self.note(Change::ScaledDown);
        Ok(())
    }
}
