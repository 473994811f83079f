//! Who was told of a rollout, and how it went, in a few lines.

use super::connection::Connection;
use crate::api::view::{DeliveryView, Page};
use crate::driver::DeliveryState;

/// Deliveries that did not go through and have a line of their own; `serin history ID --deliveries` has them all.
const LINES_MAX: usize = 10;

/// How many deliveries went through, and each that did not.
pub(super) async fn lines(connection: &Connection, rollout: &str) -> Vec<String> {
    let mut deliveries = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/rollouts/{rollout}/deliveries?limit=500{after}");
        let page: Page<DeliveryView> = match connection.get(&path).await {
            Ok(page) => page,
            // What the daemon knows by itself is shown all the same.
            Err(error) => return vec![format!("told      not known: {error:#}")],
        };
        deliveries.extend(page.items);
        match page.next {
            Some(cursor) => after = format!("&cursor={cursor}"),
            None => return in_words(&deliveries),
        }
    }
}

fn in_words(deliveries: &[DeliveryView]) -> Vec<String> {
    let of = |state| deliveries.iter().filter(move |delivery| delivery.state == state);
    let states = [
        DeliveryState::Delivered,
        DeliveryState::Lasting,
        DeliveryState::Pending,
        DeliveryState::Skipped,
        DeliveryState::Dead,
    ];
    let counts = states.map(|state| (of(state).count(), state.name()));
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts.map(|(number, word)| format!("{number} {word}")).collect();
    let mut lines = Vec::new();
    if !counts.is_empty() {
        lines.push(format!("told      {}", counts.join(", ")));
    }
    let open = of(DeliveryState::Dead).chain(of(DeliveryState::Pending));
    lines.extend(open.take(LINES_MAX).map(|delivery| {
        let DeliveryView {
            channel,
            text,
            state,
            attempts,
            last_error,
            ..
        } = delivery;
        let error = last_error.as_deref().unwrap_or("not tried yet");
        format!(
            "not told  {channel}, {} after {attempts} tries ({error}): {text}",
            state.name()
        )
    }));
    lines
}
