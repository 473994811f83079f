//! Who may write: the daemon that counted the epoch up last.
//!
//! Every write reads the epoch in its own transaction, and holds the row until it commits: a daemon that takes over waits for
//! writes under way, and every later write of its predecessor is refused.

use std::process;

use super::error::StoreError;
use super::session::{Dialect, Session};

/// Counts the epoch up, within a transaction; what is returned is this daemon's.
pub(super) async fn take(session: &mut Session<'_>) -> Result<i64, StoreError> {
    let process = format!("process {}", process::id());
    let holder = match session.dialect() {
        Dialect::Sqlite => process,
        Dialect::Postgres => {
            let address = "SELECT COALESCE(host(inet_client_addr()), 'a local socket')";
            match session.row(address, &[]).await? {
                Some(row) => format!("{process} at {}", row.text(0)?),
                None => process,
            }
        }
    };
    let take = "INSERT INTO leases (name, epoch, holder) VALUES ('leader', 1, $1) \
                ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder \
                RETURNING epoch";
    let row = session.row(take, &[holder.into()]).await?;
    row.map_or_else(
        || Err(StoreError::Other("the leader's row was not written".to_owned())),
        |row| row.number(0),
    )
}

/// Refuses a transaction of a daemon that does not hold the epoch any more.
pub(super) async fn check(session: &mut Session<'_>, held: i64) -> Result<(), StoreError> {
    let epoch = match session.dialect() {
        Dialect::Sqlite => "SELECT epoch, holder FROM leases WHERE name = 'leader'",
        Dialect::Postgres => "SELECT epoch, holder FROM leases WHERE name = 'leader' FOR SHARE",
    };
    let (now, holder) = match session.row(epoch, &[]).await? {
        Some(row) => (row.number(0)?, row.text(1)?),
        None => (0, "nobody".to_owned()),
    };
    if now == held {
        Ok(())
    } else {
        Err(StoreError::Superseded { held, now, holder })
    }
}
