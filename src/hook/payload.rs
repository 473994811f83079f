//! What a hook is told: Flagger's payload (`CanaryWebhookPayload` of its `v1beta1`), byte for byte as its encoder writes it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::driver::ports::HookRequest;

/// The payload. Neither the hook's name nor its type is in it: receivers tell hooks apart by their address and metadata.
#[derive(Serialize)]
struct Payload<'a> {
    name: &'a str,
    namespace: &'a str,
    phase: &'static str,
    checksum: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'a str, &'a str>,
}

/// What Go's encoder writes otherwise in a text, and JSON has nowhere else.
const ESCAPED: [(char, &str); 5] = [
    ('<', "\\u003c"),
    ('>', "\\u003e"),
    ('&', "\\u0026"),
    ('\u{2028}', "\\u2028"),
    ('\u{2029}', "\\u2029"),
];

/// The body of a call.
pub(super) fn body(request: &HookRequest<'_>) -> Vec<u8> {
    let own = request.hook.metadata.iter();
    let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
    let news = request.news.iter().map(|(name, value)| (*name, value.as_str()));
    let payload = Payload {
        name: &request.canary.name,
        namespace: &request.canary.namespace,
        phase: request.phase.name(),
        checksum: request.checksum,
        // News takes the place of what has its name.
        metadata: own.chain(news).collect(),
    };
    let json = serde_json::to_string(&payload).expect("texts by names are always JSON");
    ESCAPED
        .iter()
        .fold(json, |json, (character, escaped)| {
            json.replace(*character, escaped)
        })
        .into_bytes()
}
