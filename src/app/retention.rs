//! Forgets what is old, now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::config;
use crate::driver::ports::Clock;
use crate::store::{Pruned, Retention, Store};

/// Between two rounds. The bounds are hours and days.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Between two parts of a round that has more to do.
const BREATH: Duration = Duration::from_secs(1);

/// Forgets until `stop`.
pub(super) async fn forget(
    store: Arc<Store>,
    keep: config::Retention,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let retention = Retention {
        age: Some(keep.max_age),
        count: Some(keep.max_rollouts),
    };
    let forgetting = async {
        // A start has other things to do.
        sleep(PAUSE).await;
        loop {
            let pause = match store.prune(retention, clock.now()).await {
                Ok(Pruned { more: true, .. }) => BREATH,
                Ok(Pruned { rollouts, .. }) => {
                    if rollouts > 0 {
                        tracing::info!(rollouts, "forgot rollouts that ended long ago");
                    }
                    PAUSE
                }
                Err(error) => {
                    tracing::warn!("nothing old is forgotten: {error}");
                    PAUSE
                }
            };
            sleep(pause).await;
        }
    };
    stop.run_until_cancelled(forgetting).await;
}
