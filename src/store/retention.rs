//! Forgetting what is old.
//!
//! Only rollouts that ended, and whose news is settled, are forgotten. It happens in small transactions, so that no append
//! waits for it; a rollout whose entries are partly gone is still listed until the rest has followed.

use std::time::Duration;

use super::Store;
use super::error::StoreError;
use super::session::Value;
use crate::spec::Timestamp;

/// Entries that one transaction deletes: a few milliseconds of work.
const ENTRIES_MAX: u64 = 1000;

/// Transactions that one call makes: about a second of work. What is left is the next call's.
const BATCHES_MAX: usize = 100;

/// Which ended rollouts are kept. What is not said does not limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Those that ended at most this long ago.
    pub age: Option<Duration>,
    /// The newest of each Canary, this many.
    pub count: Option<u64>,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Rollouts that are gone.
    pub rollouts: u64,
    /// Entries that are gone, those of rollouts that are not wholly gone yet included.
    pub entries: u64,
    /// Whether there is more to forget; call again.
    pub more: bool,
}

impl Store {
    /// Forgets what `retention` does not keep at `now`, as much of it as fits into one call.
    ///
    /// # Errors
    /// Where the store cannot be written to; what was forgotten before stays forgotten.
    pub async fn prune(&self, retention: Retention, now: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        for _ in 0..BATCHES_MAX {
            let Some(rollout) = self.doomed(retention, now).await? else {
                return Ok(pruned);
            };
            let (entries, gone) = self.database.bounded(self.forget(&rollout)).await?;
            pruned.entries += entries;
            pruned.rollouts += u64::from(gone);
        }
        pruned.more = true;
        Ok(pruned)
    }

    /// The oldest rollout that is not kept.
    async fn doomed(&self, retention: Retention, now: Timestamp) -> Result<Option<String>, StoreError> {
        let ended_before = retention
            .age
            .map(|age| Timestamp(now.since(Timestamp::default() + age).as_millis() as u64));
        let kept = retention.count.map_or(Value::Number(None), Value::from);
        self.database
            .bounded(async {
                let mut session = self.database.reading().await?;
                let doomed = "SELECT id FROM (SELECT id, started_at, ended_at, ROW_NUMBER() OVER \
                              (PARTITION BY namespace, name ORDER BY started_at DESC, id DESC) AS place \
                              FROM rollouts WHERE ended_at IS NOT NULL AND owes = 0) AS ended \
                              WHERE (ended_at < $1 OR place > $2) AND NOT EXISTS \
                              (SELECT 1 FROM outbox WHERE outbox.rollout = ended.id AND outbox.state = 'pending') \
                              ORDER BY started_at, id LIMIT 1";
                let row = session.row(doomed, &[ended_before.into(), kept]).await?;
                session.give_back();
                row.map(|row| row.text(0)).transpose()
            })
            .await
    }

    /// Deletes some of a rollout's entries, and with the last of them the rollout. Gives how many, and whether it is gone.
    async fn forget(&self, rollout: &str) -> Result<(u64, bool), StoreError> {
        let id = || Value::from(rollout);
        let mut session = self.begin().await?;
        let oldest = "DELETE FROM events WHERE rollout = $1 AND sequence < $2 + \
                      (SELECT MIN(sequence) FROM events WHERE rollout = $1)";
        let entries = session.execute(oldest, &[id(), ENTRIES_MAX.into()]).await?;
        let left = "SELECT 1 FROM events WHERE rollout = $1 LIMIT 1";
        let gone = session.row(left, &[id()]).await?.is_none();
        if gone {
            // News that became pending meanwhile keeps the rollout: its row is referred to.
            let settled = "DELETE FROM outbox WHERE rollout = $1 AND state <> 'pending'";
            session.execute(settled, &[id()]).await?;
            session
                .execute("DELETE FROM rollouts WHERE id = $1", &[id()])
                .await?;
        }
        session.commit().await?;
        Ok((entries, gone))
    }
}
