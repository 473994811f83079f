//! An Event as the API server takes it.

use serde_json::{Value, json};

use super::News;
use crate::canaries::cluster::Resource;
use crate::kubernetes::Kind;
use crate::spec::Timestamp;

/// Who tells.
const CONTROLLER: &str = "serin.dev/serin";

/// Bytes of a note, and of who tells: the API server's own bounds.
const NOTE_BYTES_MAX: usize = 1024;
const REPLICA_BYTES_MAX: usize = 128;

/// The Event that tells `news` of `resource`, under this name.
pub(super) fn event(name: &str, resource: &Resource, replica: &str, news: &News, now: Timestamp) -> Value {
    json!({
        "apiVersion": Kind::EVENT.api_version(),
        "kind": Kind::EVENT.kind,
        "metadata": { "name": name, "namespace": resource.namespace },
        "eventTime": micros(now),
        "reportingController": CONTROLLER,
        "reportingInstance": shortened(replica, REPLICA_BYTES_MAX),
        "action": "Rollout",
        "reason": news.reason,
        "type": if news.is_warning { "Warning" } else { "Normal" },
        "note": shortened(&news.text, NOTE_BYTES_MAX),
        "regarding": {
            "apiVersion": Kind::CANARY.api_version(),
            "kind": Kind::CANARY.kind,
            "namespace": resource.namespace,
            "name": resource.name,
            "uid": resource.uid,
        },
    })
}

/// The change that makes a series of an Event: it was said so often, and last at this time.
pub(super) fn series(count: u32, last: Timestamp) -> Value {
    json!({
        "op": "add",
        "path": "/series",
        "value": { "count": count, "lastObservedTime": micros(last) },
    })
}

/// A time as `metav1.MicroTime` has it, which takes six decimals and no others.
fn micros(at: Timestamp) -> String {
    at.to_string().replace('Z', "000Z")
}

fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let dots = '…';
    let mut end = bytes - dots.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{dots}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_six_decimals() {
        assert_eq!(
            micros(Timestamp(1_700_000_000_120)),
            "2023-11-14T22:13:20.120000Z"
        );
    }

    #[test]
    fn a_note_is_no_longer_than_the_server_takes_it() {
        let long = "é".repeat(1_000);
        let note = shortened(&long, NOTE_BYTES_MAX);
        assert!(note.len() <= NOTE_BYTES_MAX && note.ends_with('…'));
        assert_eq!(shortened("short", NOTE_BYTES_MAX), "short");
    }
}
