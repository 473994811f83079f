//! News as log lines: the channel that is always there.

use async_trait::async_trait;

use crate::driver::ports::Notifier;
use crate::engine::{Notice, Urgency};
use crate::spec::CheckedCanary;

/// Writes each notice to the log, at the level that its urgency asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, canary: &CheckedCanary, key: &str, notice: &Notice) {
        let (namespace, name) = (&canary.namespace, &canary.name);
        let text = &notice.text;
        match notice.urgency {
            Urgency::Info => {
                tracing::info!(canary.namespace = %namespace, canary.name = %name, notice.key = key, "{text}")
            }
            Urgency::Warning => {
                tracing::warn!(canary.namespace = %namespace, canary.name = %name, notice.key = key, "{text}")
            }
            Urgency::Page => {
                tracing::error!(canary.namespace = %namespace, canary.name = %name, notice.key = key, "{text}")
            }
        }
    }
}
