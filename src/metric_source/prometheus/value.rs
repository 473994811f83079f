//! One number for each arm.

use futures::future::try_join;

use super::client::Client;
use super::query_error::QueryError;
use crate::engine::PerArm;
use crate::spec::ArmQueries;

/// What is shown for a query whose answer is not one number, at most.
const SERIES_MAX: usize = 1_000;

/// The number that each arm's query gives.
///
/// # Errors
/// Why the source gave none. That an answer is not one number is its arm's own matter.
pub(super) async fn read(
    queries: &ArmQueries,
    client: &Client,
) -> Result<PerArm<Result<f64, String>>, QueryError> {
    let (canary, baseline) =
        try_join(number(&queries.canary, client), number(&queries.stable, client)).await?;
    Ok(PerArm { canary, baseline })
}

async fn number(query: &str, client: &Client) -> Result<Result<f64, String>, QueryError> {
    let answer = client.query(query).await?;
    let rows = answer.vector(SERIES_MAX)?;
    Ok(match &rows[..] {
        [row] if row.point.value.is_finite() => Ok(row.point.value),
        [row] => Err(format!(
            "the query gives {}, which is no number to judge",
            row.point.value
        )),
        [] => Err("the query gives no series".to_owned()),
        [first, second, ..] => Err(format!(
            "the query gives {} series where one is due, such as {} and {}; hint: aggregate them, as in `max(…)`",
            rows.len(),
            first.labels,
            second.labels
        )),
    })
}
