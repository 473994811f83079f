//! One connection in use, in either dialect.
//!
//! The one place that knows both: everything above it is plain SQL with `$1`, which both understand, and rows of numbers and
//! texts. A session that is dropped closes its connection, and with it rolls back what it had begun.

use sqlx::postgres::PgRow;
use sqlx::query::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    ColumnIndex, Database, Decode, Encode, PgConnection, Postgres, Row as _, SqlSafeStr, Sqlite,
    SqliteConnection, Type,
};

use super::error::StoreError;
use super::pool::Checkout;
use crate::spec::Timestamp;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

pub(super) struct Session<'d> {
    pub(super) connection: DialectConnection<'d>,
    pub(super) place: &'d str,
}

pub(super) enum DialectConnection<'d> {
    Sqlite(Checkout<'d, SqliteConnection>),
    Postgres(Checkout<'d, PgConnection>),
}

/// What a statement is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// What a statement gives.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Session<'_> {
    pub(super) const fn dialect(&self) -> Dialect {
        match self.connection {
            DialectConnection::Sqlite(_) => Dialect::Sqlite,
            DialectConnection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; gives the number of rows that it changed.
    pub(super) async fn execute(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        let place = self.place;
        let changed = match &mut self.connection {
            DialectConnection::Sqlite(checkout) => bound::<Sqlite>(sql, values)
                .execute(checkout.connection())
                .await
                .map(|done| done.rows_affected()),
            DialectConnection::Postgres(checkout) => bound::<Postgres>(sql, values)
                .execute(checkout.connection())
                .await
                .map(|done| done.rows_affected()),
        };
        changed.map_err(|error| StoreError::from_sqlx(error, place))
    }

    /// Runs a statement; gives all of its rows, so it must be bounded by what it asks for.
    pub(super) async fn rows(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        let place = self.place;
        let rows = match &mut self.connection {
            DialectConnection::Sqlite(checkout) => bound::<Sqlite>(sql, values)
                .fetch_all(checkout.connection())
                .await
                .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            DialectConnection::Postgres(checkout) => bound::<Postgres>(sql, values)
                .fetch_all(checkout.connection())
                .await
                .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
        };
        rows.map_err(|error| StoreError::from_sqlx(error, place))
    }

    /// Runs a statement; gives its first row.
    pub(super) async fn row(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Begins a write. SQLite takes the lock at once, so that a write never fails half-way for want of it.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        let begin = match self.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        self.execute(begin, &[]).await.map(drop)
    }

    /// Commits the write, and gives the connection back.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        self.execute("COMMIT", &[]).await?;
        self.give_back();
        Ok(())
    }

    /// Ends a session that only read.
    pub(super) fn give_back(self) {
        match self.connection {
            DialectConnection::Sqlite(checkout) => checkout.give_back(),
            DialectConnection::Postgres(checkout) => checkout.give_back(),
        }
    }
}

impl Row {
    pub(super) fn number(&self, column: usize) -> Result<i64, StoreError> {
        self.get(column)
    }

    /// A number that was not negative when it was written.
    pub(super) fn count(&self, column: usize) -> Result<u64, StoreError> {
        self.number(column).map(count)
    }

    pub(super) fn time(&self, column: usize) -> Result<Timestamp, StoreError> {
        self.count(column).map(Timestamp)
    }

    pub(super) fn optional_time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        let time: Option<i64> = self.get(column)?;
        Ok(time.map(count).map(Timestamp))
    }

    pub(super) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.get(column)
    }

    pub(super) fn optional_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    fn get<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
        usize: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        let value = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(|error| StoreError::Unreadable {
            what: format!("column {column} of a row"),
            reason: error.to_string(),
        })
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn bound<'q, DB>(sql: impl SqlSafeStr, values: &'q [Value]) -> Query<'q, DB, DB::Arguments>
where
    DB: Database,
    Option<i64>: Encode<'q, DB> + Type<DB>,
    Option<&'q str>: Encode<'q, DB> + Type<DB>,
{
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.as_deref()),
    })
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

/// Sequence numbers, counts: none of them comes near the end of `i64`.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Some(i64::try_from(number).unwrap_or(i64::MAX)))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::from(time.0)
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Number(None), Self::from)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
