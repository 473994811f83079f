//! A daemon's Canaries, page after page.

use super::connection::Connection;
use crate::api::view::CanaryList;

/// Gives each page to `take`, in order.
pub(super) async fn each_page(
    connection: &Connection,
    mut take: impl FnMut(CanaryList) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = String::new();
    loop {
        let mut page: CanaryList = connection
            .get(&format!("/api/v1/canaries?limit=500{after}"))
            .await?;
        let next = page.next.take();
        take(page)?;
        match next {
            Some(cursor) => after = format!("&cursor={cursor}"),
            None => return Ok(()),
        }
    }
}
