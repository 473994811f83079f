//! What is sent.

use axum::http::StatusCode;
use serde_json::{Value, json};
use serin::engine::{NoticeKind, Outcome, Urgency};
use serin::notify::{Channel, Sent};

use super::super::inbox::{Inbox, delivery};
use super::*;

/// What an incoming webhook gets.
async fn sent(delivery: &serin::driver::Delivery, templates: &Templates) -> Value {
    let inbox = Inbox::answering(StatusCode::OK).await;
    let way = SlackWay::Webhook(inbox.url().as_str().into());
    let slack = Slack::new(way, templates, Arc::new(MemoryJournal::default())).unwrap();
    assert_eq!(slack.send(delivery).await, Ok(Sent::Taken(None)));
    let request = inbox.received().remove(0);
    assert_eq!(request.uri, "/hooks/serin?team=shop");
    assert_eq!(request.header("content-type"), "application/json; charset=utf-8");
    request.json()
}

#[tokio::test]
async fn has_blocks_and_the_same_as_plain_text() {
    let message = sent(
        &delivery(NoticeKind::Ended(Outcome::Aborted)),
        &Templates::default(),
    )
    .await;
    assert_eq!(
        message,
        json!({
            "text": ":large_yellow_circle: shop/checkout: aborted: shop/checkout: aborted at 25 %; errors 5.10 % (baseline 0.20 %)",
            "blocks": [
                {"type": "section", "text": {
                    "type": "mrkdwn",
                    "text": "*:large_yellow_circle: shop/checkout: aborted*\nshop/checkout: aborted at 25 %; errors 5.10 % (baseline 0.20 %)",
                }},
                {"type": "context", "elements": [
                    {"type": "mrkdwn", "text": "checkout-1700000000000 · 2023-11-14T22:13:19.123Z"},
                ]},
            ],
            "unfurl_links": false,
            "unfurl_media": false,
        })
    );
}

#[tokio::test]
async fn what_came_from_elsewhere_cannot_call_anybody_or_make_links() {
    let mut news = delivery(NoticeKind::RollbackUnconfirmed);
    news.notice.text = "<!channel> & <https://evil.test|click>".into();
    let message = sent(&news, &Templates::default()).await.to_string();
    assert!(
        message.contains("&lt;!channel&gt; &amp; &lt;https://evil.test|click&gt;"),
        "{message}"
    );
    assert!(!message.contains('<'), "{message}");
}

#[tokio::test]
async fn the_longest_news_is_cut_to_what_slack_takes() {
    let mut news = delivery(NoticeKind::RollbackUnconfirmed);
    news.notice.urgency = Urgency::Page;
    news.notice.text = "ü<".repeat(50_000);
    let message = sent(&news, &Templates::default()).await;
    let chars = |text: &Value| text.as_str().unwrap().chars().count();
    let section = &message["blocks"][0]["text"]["text"];
    assert!((2_990..=3_000).contains(&chars(section)), "{}", chars(section));
    assert!((3_990..=4_000).contains(&chars(&message["text"])));
    let end = section.as_str().unwrap().rsplit('ü').next().unwrap();
    assert!(["…", "&lt;…"].contains(&end), "{end}");
}

#[tokio::test]
async fn says_whose_place_it_takes_and_speaks_in_the_users_words() {
    let mut news = delivery(NoticeKind::Ended(Outcome::Aborted));
    news.instead_of = Some("pager".into());
    let templates = Templates {
        title: Some("{{ name }} was {{ outcome }}".into()),
        text: Some("<https://runs.test/{{ rollout }}|the run>".into()),
        ..Templates::default()
    };
    let message = sent(&news, &templates).await;
    assert_eq!(
        message["blocks"][0]["text"]["text"],
        "*:large_yellow_circle: checkout was aborted*\n<https://runs.test/checkout-1700000000000|the run>"
    );
    let context = message["blocks"][1]["elements"][0]["text"].as_str().unwrap();
    assert!(
        context.ends_with("instead of `pager`, which did not take it"),
        "{context}"
    );
}
