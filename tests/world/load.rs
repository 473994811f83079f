//! Requests to a server, a fixed number of them. (Load without an end is [`serin::demo::load`]'s.)

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;
use reqwest::Client;

use super::patience::PATIENCE;

/// Requests under way at once.
const IN_FLIGHT: usize = 16;

/// Sends so many GETs to `address` and gives how many were answered with each status.
pub(crate) async fn send(address: impl ToString, requests: usize) -> BTreeMap<u16, u64> {
    let client = client();
    let url = format!("http://{}/", address.to_string());
    let answers = (0..requests).map(|_| client.get(&url).send());
    let mut statuses = BTreeMap::new();
    let mut answers = stream::iter(answers).buffer_unordered(IN_FLIGHT);
    while let Some(answer) = answers.next().await {
        let answer = answer.unwrap();
        *statuses.entry(answer.status().as_u16()).or_default() += 1;
        // A body that was read leaves its connection to the next request.
        answer.bytes().await.unwrap();
    }
    statuses
}

/// A client without habits of its own.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}
