//! What people get beside the sentence, channel by channel. The snapshots beside this file are whole messages.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use insta::assert_snapshot;
use serin::clock::SystemClock;
use serin::driver::ports::Clock;
use serin::driver::{Delivery, MemoryJournal, Outbox};
use serin::engine::{NoticeKind, Outcome, Urgency};
use serin::notify::{
    Alertmanager, AlertmanagerOptions, Channel, LinkTemplates, PagerDuty, PagerDutyOptions, Slack, SlackWay,
    Templates, Webhook, WebhookOptions, sample,
};

use super::BEGIN;
use super::inbox::Inbox;

/// Everything that may be configured for all channels.
fn templates() -> Templates {
    let link = |path: &str| Some(format!("https://{path}"));
    Templates {
        cluster: Some("prod-eu".to_owned()),
        links: LinkTemplates {
            rollout: link("serin.test/api/v1/rollouts/{{ rollout }}"),
            graph: link(
                "prometheus.test/graph?g0.expr={{ query }}&g0.range_input={{ range_seconds }}s&g0.end_input={{ time }}",
            ),
            dashboard: link("grafana.test/d/serin?var-name={{ name }}&from={{ from_ms }}&to={{ to_ms }}"),
            runbook: link("wiki.test/serin/{{ kind }}"),
        },
        ..Templates::default()
    }
}

/// What the other side gets of an abort by the channel that is made for its address.
async fn sent(channel: impl FnOnce(&Inbox) -> Box<dyn Channel>) -> String {
    let inbox = Inbox::answering(StatusCode::ACCEPTED).await;
    channel(&inbox).send(&aborted()).await.unwrap();
    serde_json::to_string_pretty(&inbox.received().remove(0).json()).unwrap()
}

fn aborted() -> Delivery {
    sample::of(NoticeKind::Ended(Outcome::Aborted), Urgency::Page)
}

fn outbox() -> Arc<dyn Outbox> {
    Arc::new(MemoryJournal::default())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::start_at(BEGIN))
}

#[tokio::test(start_paused = true)]
async fn slack_has_the_table_the_commands_and_buttons() {
    let message = sent(|inbox| {
        let way = SlackWay::Webhook(inbox.url().as_str().into());
        Box::new(Slack::new(way, &templates(), outbox()).unwrap())
    });
    assert_snapshot!("slack", message.await);
}

#[tokio::test(start_paused = true)]
async fn pagerduty_has_the_details_and_the_links() {
    let message = sent(|inbox| {
        let options = PagerDutyOptions {
            api: inbox.endpoint.address.as_str().into(),
            routing_key: "a-key-of-the-test".into(),
            templates: templates(),
        };
        Box::new(PagerDuty::new(options, outbox(), clock()).unwrap())
    });
    assert_snapshot!("pagerduty", message.await);
}

#[tokio::test(start_paused = true)]
async fn alertmanager_has_annotations_and_a_source() {
    let message = sent(|inbox| {
        let options = AlertmanagerOptions {
            members: vec![inbox.endpoint.address.as_str().into()],
            token: None,
            timeout: Duration::from_secs(5),
            templates: templates(),
        };
        Box::new(Alertmanager::new(options, outbox(), clock()).unwrap())
    });
    assert_snapshot!("alertmanager", message.await);
}

#[tokio::test(start_paused = true)]
async fn a_webhook_has_it_as_data() {
    let message = sent(|inbox| {
        let options = WebhookOptions {
            url: inbox.url().as_str().into(),
            signing_keys: Vec::new(),
            source: "/serin/test".to_owned(),
            templates: templates(),
        };
        Box::new(Webhook::new(options, clock()).unwrap())
    });
    assert_snapshot!("webhook", message.await);
}
