//! A message: blocks, and the same as text for phones and screen readers (docs.slack.dev, *Block Kit*).

use serde_json::{Map, Value, json};

use super::super::news;
use super::super::text::cut;
use super::super::wording::Wording;
use crate::driver::Delivery;
use crate::engine::{NoticeKind, Outcome, Urgency};

/// Characters of a section's text that Slack takes.
const SECTION_CHARS_MAX: usize = 3_000;

/// Characters of a title: what a phone shows of a message, twice over.
const TITLE_CHARS_MAX: usize = 250;

/// Characters of a message's plain text that Slack asks for at most.
const FALLBACK_CHARS_MAX: usize = 4_000;

/// What is said of `delivery`, without where.
pub(super) fn of(delivery: &Delivery, wording: &Wording) -> Map<String, Value> {
    let title = cut(&wording.title(delivery, news::title), TITLE_CHARS_MAX);
    let text = wording.text(delivery);
    let title = format!("{} {title}", mark(delivery));
    let section = cut(&format!("*{title}*\n{text}"), SECTION_CHARS_MAX);
    let mut context = format!("{} · {}", delivery.rollout, delivery.created_at);
    if let Some(channel) = &delivery.instead_of {
        context.push_str(&format!(" · instead of `{channel}`, which did not take it"));
    }
    let blocks = json!([
        {"type": "section", "text": {"type": "mrkdwn", "text": section}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": wording.escaped(&context)}]},
    ]);
    let fallback = cut(&format!("{title}: {text}"), FALLBACK_CHARS_MAX);
    [
        ("text", json!(fallback)),
        ("blocks", blocks),
        ("unfurl_links", json!(false)),
        ("unfurl_media", json!(false)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect()
}

/// A colour for those who scan a channel.
const fn mark(delivery: &Delivery) -> &'static str {
    match (&delivery.notice.kind, delivery.notice.urgency) {
        (NoticeKind::Ended(Outcome::Promoted), _) => ":large_green_circle:",
        (_, Urgency::Page) => ":red_circle:",
        (_, Urgency::Warning) => ":large_yellow_circle:",
        (_, Urgency::Info) => ":large_blue_circle:",
    }
}
