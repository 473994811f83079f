//! What a replica does while another one leads: it is ready, and answers questions.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::LISTENER_STOP_MAX;
use super::apart::Apart;
use super::catalog::Catalog;
use super::history::HistoryHere;
use super::late::Late;
use super::listening::again;
use crate::api::health::Health;
use crate::api::{Api, ApiSettings, Follower};
use crate::driver::Leadership;
use crate::driver::ports::Clock;
use crate::shutdown::Drain;

/// What it needs of the daemon that it may become.
pub(super) struct Following<'a> {
    pub(super) leadership: &'a Arc<dyn Leadership>,
    pub(super) canaries: &'a Arc<Catalog>,
    pub(super) history: &'a Arc<HistoryHere>,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) late: &'a Late,
    pub(super) health: &'a Health,
    pub(super) apart: &'a Arc<Apart>,
    /// The API's, which the leader answers at as well: what this one does not take any more, that one does.
    pub(super) listener: &'a TcpListener,
    pub(super) settings: &'a ApiSettings,
    /// Ends it, once this replica leads.
    pub(super) stop: &'a CancellationToken,
}

impl Following<'_> {
    /// Begins, and says to `drain` how it ends.
    ///
    /// # Errors
    /// Where the API's listener cannot be had twice.
    pub(super) fn start(&self, drain: &mut Drain) -> anyhow::Result<()> {
        self.late.follow();
        let follower = Follower {
            leadership: Arc::clone(self.leadership),
            canaries: Arc::clone(self.canaries) as Arc<_>,
            history: Arc::clone(self.history) as Arc<_>,
            clock: Arc::clone(self.clock),
        };
        let api = Api::following(follower, self.settings.clone(), self.stop.clone());
        let listener = again(self.listener)?;
        let answering = self.apart.serve(listener, |listener| api.serve(listener))?;
        drain.add("API of a follower", LISTENER_STOP_MAX, {
            let (apart, health, stop) = (Arc::clone(self.apart), self.health.clone(), self.stop.clone());
            async move {
                health.stopping();
                stop.cancel();
                drop(answering.await);
                drop(apart);
            }
        });
        self.health.started();
        Ok(())
    }
}
