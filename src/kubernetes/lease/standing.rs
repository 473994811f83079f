//! Who leads, for those outside the election.

use std::sync::Arc;

use tokio::sync::watch;

use crate::driver::ports::Clock;
use crate::driver::{Leader, Leadership};
use crate::spec::Timestamp;

/// What the elector shows of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// Who holds the Lease, by what was seen last.
    pub(super) holder: Option<String>,
    /// Until when this replica leads.
    pub(super) leads_until: Option<Timestamp>,
    /// Why the last attempt brought nothing.
    pub(super) fault: Option<String>,
    /// The Lease was looked at.
    pub(super) has_looked: bool,
}

/// Who leads, as this replica knows it. Cheap to clone.
#[derive(Clone)]
pub struct Standing {
    pub(super) lease: String,
    pub(super) shown: watch::Receiver<Shown>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Standing {
    /// Waits until the first attempt to look at the Lease, whatever came of it.
    pub async fn tried(&self) {
        let mut shown = self.shown.clone();
        // An elector that is gone shows nothing more.
        let _ = shown
            .wait_for(|shown| shown.has_looked || shown.fault.is_some())
            .await;
    }
}

impl Leadership for Standing {
    fn leader(&self) -> Leader {
        let shown = self.shown.borrow().clone();
        let now = self.clock.now();
        Leader {
            lease: self.lease.clone(),
            is_here: shown.leads_until.is_some_and(|until| now < until),
            name: shown.holder,
            is_known: shown.has_looked,
            fault: shown.fault,
        }
    }
}
