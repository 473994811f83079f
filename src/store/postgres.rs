//! The PostgreSQL session: bounded in every wait, and checked to be durable.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::error::StoreError;
use super::limits::Limits;
use super::pool::Prepare;

impl Prepare for PgConnection {
    async fn prepare(&mut self, place: &str, limits: &Limits) -> Result<(), StoreError> {
        let failed = |error| StoreError::from_sqlx(error, place);
        // Numbers of ours, nothing of a user's.
        let settings = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET synchronous_commit = on",
            milliseconds(limits.statement),
            milliseconds(limits.lock),
            milliseconds(limits.idle_in_transaction),
        );
        sqlx::raw_sql(AssertSqlSafe(settings))
            .execute(&mut *self)
            .await
            .map_err(failed)?;
        let row =
            sqlx::query("SELECT current_setting('synchronous_commit'), current_setting('server_encoding')")
                .fetch_one(&mut *self)
                .await
                .map_err(failed)?;
        let expected: [(&'static str, String); 2] = [
            ("synchronous_commit", "on".to_owned()),
            ("server_encoding", "UTF8".to_owned()),
        ];
        for (column, (setting, expected)) in expected.into_iter().enumerate() {
            let found: String = row.try_get(column).map_err(failed)?;
            if found != expected {
                return Err(StoreError::Setting {
                    place: place.to_owned(),
                    setting,
                    expected,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// PostgreSQL takes 0 as "never".
fn milliseconds(duration: Duration) -> u128 {
    duration.as_millis().max(1)
}
