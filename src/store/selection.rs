//! A list: what is asked for, one page at a time.

use sqlx::AssertSqlSafe;

use super::database::Database;
use super::error::StoreError;
use super::session::{Row, Value};
use crate::driver::Page;

/// Items that one page has at most, however many are asked for.
const PAGE_MAX: usize = 500;

/// A query under construction. Its text is made of this file's own words; what users say is bound.
pub(super) struct Selection {
    sql: String,
    values: Vec<Value>,
}

impl Selection {
    pub(super) fn new(select: &str) -> Self {
        Self {
            sql: select.to_owned(),
            values: Vec::new(),
        }
    }

    /// Adds a condition with a `?` for each of `values`.
    pub(super) fn and<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        self.sql.push_str(" AND ");
        let mut values = values.into_iter();
        for (part, text) in condition.split('?').enumerate() {
            if part > 0 {
                self.values.extend(values.next());
                self.sql.push_str(&format!("${}", self.values.len()));
            }
            self.sql.push_str(text);
        }
    }

    /// Reads one page; one row more than it has tells whether there is another.
    pub(super) async fn page<T, C>(
        mut self,
        database: &Database,
        order: &str,
        limit: usize,
        item: impl Fn(&Row) -> Result<T, StoreError>,
        cursor: impl Fn(&T) -> C,
    ) -> Result<Page<T, C>, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        self.values.push((limit + 1).into());
        self.sql
            .push_str(&format!(" ORDER BY {order} LIMIT ${}", self.values.len()));
        let sql = AssertSqlSafe(self.sql);
        let rows = database
            .bounded(async {
                let mut session = database.reading().await?;
                let rows = session.rows(sql, &self.values).await?;
                session.give_back();
                Ok(rows)
            })
            .await?;
        let items = rows.iter().take(limit).map(item).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| rows.len() > limit).map(cursor);
        Ok(Page { items, next })
    }
}
