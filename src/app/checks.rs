//! What the probes ask.

use std::sync::Arc;

use super::late::{self, Late};
use crate::api::health::Checks;
use crate::driver::ports::Clock;
use crate::metric_source::ScrapeSource;

/// All of it. Until the store is there, that is the answer.
pub(super) fn checks(late: &Arc<Late>, clock: &Arc<dyn Clock>) -> Checks {
    Checks {
        database: Box::new({
            let (late, clock) = (Arc::clone(late), Arc::clone(clock));
            move || late::write(Arc::clone(&late), Arc::clone(&clock))
        }),
        metric_source: Box::new(ScrapeSource::check),
        outbox: Box::new({
            let (late, clock) = (Arc::clone(late), Arc::clone(clock));
            move || late::backlog(Arc::clone(&late), Arc::clone(&clock))
        }),
        migrations: Box::new({
            let late = Arc::clone(late);
            move || late::schema(Arc::clone(&late))
        }),
    }
}
