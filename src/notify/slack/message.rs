//! A message: blocks, and the same as text for phones and screen readers (docs.slack.dev, *Block Kit*).

use serde_json::{Map, Value, json};

use super::super::text::cut;
use super::super::wording::{Link, Wording};
use super::super::{brief, news};
use crate::driver::Delivery;
use crate::engine::{Briefing, NoticeKind, Outcome, Urgency};

/// Characters of a section's text that Slack takes.
const SECTION_CHARS_MAX: usize = 3_000;

/// Characters of a section's field that Slack takes.
const FIELD_CHARS_MAX: usize = 2_000;

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
    let mut context = format!("{} · {}", brief::place(delivery, wording), delivery.created_at);
    if let Some(channel) = &delivery.instead_of {
        context.push_str(&format!(" · instead of `{channel}`, which did not take it"));
    }
    let mut blocks = vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": section}})];
    if let Some(briefing) = &delivery.notice.briefing {
        blocks.extend(briefed(briefing, wording));
    }
    blocks.extend(buttons(&wording.links(delivery)));
    let context = json!({"type": "mrkdwn", "text": wording.escaped(&context)});
    blocks.push(json!({"type": "context", "elements": [context]}));
    let fallback = cut(&format!("{title}: {text}"), FALLBACK_CHARS_MAX);
    [
        ("text", json!(fallback)),
        ("blocks", json!(blocks)),
        ("unfurl_links", json!(false)),
        ("unfurl_media", json!(false)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect()
}

/// Where things stand, what the metrics say, and what one can do.
fn briefed(briefing: &Briefing, wording: &Wording) -> Vec<Value> {
    let field = |name: &str, text: &str| {
        let text = cut(&wording.escaped(text), FIELD_CHARS_MAX - name.len() - 3);
        json!({"type": "mrkdwn", "text": format!("*{name}*\n{text}")})
    };
    let exposure = briefing.exposure.to_string();
    let mut blocks = vec![json!({
        "type": "section",
        "fields": [field("Traffic", &briefing.traffic), field("Exposure", &exposure)],
    })];
    let listing = |text: &str| {
        let text = cut(&wording.escaped(text), SECTION_CHARS_MAX - 6);
        json!({"type": "section", "text": {"type": "mrkdwn", "text": format!("```{text}```")}})
    };
    if !briefing.table.rows.is_empty() {
        blocks.push(listing(&briefing.table.to_string()));
    }
    if !briefing.commands.is_empty() {
        blocks.push(listing(&briefing.commands.join("\n")));
    }
    blocks
}

/// A button for each link; nothing has to answer for one that only leads somewhere.
fn buttons(links: &[Link]) -> Option<Value> {
    let buttons = links.iter().map(|link| {
        json!({
            "type": "button",
            "text": {"type": "plain_text", "text": link.place.title()},
            "url": link.url,
            "action_id": link.place.name(),
        })
    });
    let buttons: Vec<Value> = buttons.collect();
    (!buttons.is_empty()).then(|| json!({"type": "actions", "elements": buttons}))
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
