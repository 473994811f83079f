//! Who may write: the daemon that counted the epoch up last.
//!
//! Every write reads the epoch in its own transaction, and holds the row until it commits: a daemon that takes over waits for
//! writes under way, and every later write of its predecessor is refused.
//!
//! Who may take over: of a SQLite file, whoever has its lock. Of PostgreSQL, the same replica at once, which was started anew; another one
//! when the lease has run out, which the leader renews and gives up at its end. The lease only keeps replicas from taking turns:
//! what makes them safe is the epoch. Times are by the database's clock.

use std::process;
use std::time::Duration;

use super::error::StoreError;
use super::session::{Dialect, Session};

/// How long a leader that gives no sign of life keeps its place: as long as a page may take to arrive.
pub(super) const LEASE: Duration = Duration::from_secs(10);

/// PostgreSQL's clock, in milliseconds since 1970.
macro_rules! now {
    () => {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
    };
}

const TAKE_THE_FILE: &str = "INSERT INTO leases (name, epoch, holder, replica) VALUES ('leader', 1, $1, $2) \
     ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder, replica = excluded.replica \
     RETURNING epoch";

const TAKE: &str = concat!(
    "INSERT INTO leases (name, epoch, holder, replica, expires_at) VALUES ('leader', 1, $1, $2, ",
    now!(),
    " + $3) ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder, \
     replica = excluded.replica, expires_at = excluded.expires_at \
     WHERE leases.replica = excluded.replica OR leases.expires_at <= ",
    now!(),
    " RETURNING epoch"
);

const RENEW: &str = concat!(
    "UPDATE leases SET expires_at = ",
    now!(),
    " + $1 WHERE name = 'leader'"
);

/// Counts the epoch up, within a transaction; what is returned is this daemon's.
pub(super) async fn take(session: &mut Session<'_>, replica: &str) -> Result<i64, StoreError> {
    let process = format!("process {}", process::id());
    let taken = match session.dialect() {
        Dialect::Sqlite => {
            session
                .row(TAKE_THE_FILE, &[process.into(), replica.into()])
                .await?
        }
        Dialect::Postgres => {
            let address = "SELECT COALESCE(host(inet_client_addr()), 'a local socket')";
            let holder = match session.row(address, &[]).await? {
                Some(row) => format!("{process} at {}", row.text(0)?),
                None => process,
            };
            let values = [holder.into(), replica.into(), milliseconds(LEASE).into()];
            session.row(TAKE, &values).await?
        }
    };
    if let Some(row) = taken {
        return row.number(0);
    }
    let leader = "SELECT replica, holder FROM leases WHERE name = 'leader'";
    match session.row(leader, &[]).await? {
        Some(row) => Err(StoreError::Led {
            replica: row.text(0)?,
            holder: row.text(1)?,
        }),
        None => Err(StoreError::Other("the leader's row was not written".to_owned())),
    }
}

/// Lets the lease run for [`LEASE`] from now on, or end now; within a transaction of the leader.
pub(super) async fn renew(session: &mut Session<'_>, goes_on: bool) -> Result<(), StoreError> {
    let rest = if goes_on { milliseconds(LEASE) } else { 0 };
    session.execute(RENEW, &[rest.into()]).await?;
    Ok(())
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
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
