//! The store as the probes see it, who are there before it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::driver::Outbox;
use crate::driver::ports::Clock;
use crate::store::{Database, Migrations, SchemaError, Store, StoreError};

/// News that waits longer than this is not on its way: the longest pause between two attempts is ten minutes.
const BACKLOG_AGE_MAX: Duration = Duration::from_secs(30 * 60);

/// What is not there from the beginning.
#[derive(Debug, Default)]
pub(super) struct Late {
    pub(super) database: OnceLock<Database>,
    pub(super) store: OnceLock<Arc<Store>>,
    waiting: Mutex<Option<StoreError>>,
    follows: AtomicBool,
}

impl Late {
    /// Another replica leads: the store is only read until [`lead`](Self::lead).
    pub(super) fn follow(&self) {
        self.follows.store(true, Ordering::Relaxed);
    }

    /// This replica leads: it is ready once it has the store.
    pub(super) fn lead(&self) {
        self.follows.store(false, Ordering::Relaxed);
    }

    fn follows(&self) -> bool {
        self.follows.load(Ordering::Relaxed)
    }

    /// The start waits for this fault to pass. Gives whether it waited for the same before.
    pub(super) fn waits(&self, fault: &StoreError) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.replace(fault.clone());
        before.as_ref() == Some(fault)
    }

    fn store(&self) -> Result<&Arc<Store>, String> {
        let waiting = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.store
            .get()
            .ok_or_else(|| waiting().as_ref().map_or_else(not_open, ToString::to_string))
    }
}

fn not_open() -> String {
    "the store is not open yet".to_owned()
}

/// Whether the store takes a write; of a replica that follows, whether it can be read.
pub(super) async fn write(late: Arc<Late>, clock: Arc<dyn Clock>) -> Result<(), String> {
    if late.follows() {
        return migrations(&late).await.map(drop);
    }
    let health = late.store()?.health(&*clock).await;
    health.map(|_| ()).map_err(|error| error.to_string())
}

/// Whether the schema is this version's. One that is behind is the leader's for as long as another replica leads: who takes over
/// brings it forward.
pub(super) async fn schema(late: Arc<Late>) -> Result<(), String> {
    match migrations(&late).await?.check() {
        Err(SchemaError::Pending(_)) if late.follows() => Ok(()),
        checked => checked.map_err(|error| error.to_string()),
    }
}

async fn migrations(late: &Late) -> Result<Migrations, String> {
    let migrations = late.database.get().ok_or_else(not_open)?.migrations().await;
    migrations.map_err(|error| error.to_string())
}

/// Whether news leaves; that is the leader's to see to.
pub(super) async fn backlog(late: Arc<Late>, clock: Arc<dyn Clock>) -> Result<(), String> {
    if late.follows() {
        return Ok(());
    }
    let backlog = late.store()?.backlog().await;
    let (pending, oldest) = backlog.map_err(|error| error.to_string())?;
    let age = oldest.map_or(Duration::ZERO, |oldest| clock.now().since(oldest));
    if age < BACKLOG_AGE_MAX {
        return Ok(());
    }
    Err(format!(
        "{pending} deliveries wait, the oldest for {}",
        humantime::format_duration(Duration::from_secs(age.as_secs()))
    ))
}
