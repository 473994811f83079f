//! Keeps the store's lease while this daemon leads, and gives it up at the end.

use std::sync::Arc;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::store::{RENEWAL, Store};

/// Renews it until `stop`. One that runs out while the database is away is renewed after that, unless somebody else was first.
pub(super) async fn keep(store: Arc<Store>, stop: CancellationToken) {
    let renewing = async {
        loop {
            sleep(RENEWAL).await;
            if let Err(error) = store.renew().await {
                tracing::warn!("the store's lease is not renewed: {error}");
            }
        }
    };
    stop.run_until_cancelled(renewing).await;
    if let Err(error) = store.resign().await {
        tracing::warn!("the store's lease is left to run out: {error}");
    }
}
