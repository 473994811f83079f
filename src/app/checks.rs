//! What the probes ask.

use std::sync::Arc;

use super::late::{self, Late};
use crate::api::Tls;
use crate::api::health::{Check, Checks};
use crate::driver::ports::Clock;
use crate::metric_source::ScrapeSource;

/// All of it. Until the store is there, that is the answer.
pub(super) fn checks(late: &Arc<Late>, clock: &Arc<dyn Clock>, tls: Option<Arc<Tls>>) -> Checks {
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
        certificate: tls.map(|tls| {
            let check = move || {
                let certificate = tls.check();
                async move { certificate }
            };
            Box::new(check) as Box<dyn Check>
        }),
    }
}
