//! Secrets are never printed.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serin::driver::ports::Clock;
use serin::driver::{MemoryJournal, Outbox};
use serin::notify::{
    Alertmanager, AlertmanagerOptions, Channel, Limits, Outlet, PagerDuty, PagerDutyOptions, Route, Slack,
    SlackWay,
};
use serin::signature::SigningKeyError;
use tokio::time::timeout;

use super::super::Office;
use super::*;
use crate::world::endpoint::{self, Endpoint};
use crate::world::log::Log;

const TOKEN: &str = crate::world::marked::constant!("path");
const PASSWORD: &str = crate::world::marked::constant!("password");
const QUERY: &str = crate::world::marked::constant!("query");
const SIGNING_KEY: &str = crate::world::marked::constant!("signing-key");

/// Everything that must not appear anywhere.
const SECRETS: [&str; 4] = [TOKEN, PASSWORD, QUERY, SIGNING_KEY];

/// An address with a secret wherever one fits.
fn secret_url(address: &str) -> String {
    let (scheme, host) = address.split_once("://").unwrap();
    format!("{scheme}://serin:{PASSWORD}@{host}/{TOKEN}?key={QUERY}")
}

fn assert_silent(text: &str, said_by: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{said_by} tells {secret}: {text}");
    }
}

/// Every channel that goes somewhere, to this address and with all secrets that it can have, and what `Debug` shows of it.
fn every_channel(address: &str) -> Vec<(Arc<dyn Channel>, String)> {
    let (url, token) = (secret_url(address), SecretString::from(SIGNING_KEY));
    let outbox: Arc<dyn Outbox> = Arc::new(MemoryJournal::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start_at(BEGIN));
    let (own, templates) = (signed(&url, &[SIGNING_KEY]), Templates::default());
    let slack = |way| Slack::new(way, &templates, outbox.clone()).unwrap();
    let by_webhook = slack(SlackWay::Webhook(url.as_str().into()));
    let by_bot = slack(SlackWay::Bot {
        api: url.as_str().into(),
        token: token.clone(),
        channel: "C0".into(),
    });
    let options = PagerDutyOptions {
        api: url.as_str().into(),
        routing_key: token.clone(),
        templates: templates.clone(),
    };
    let pagerduty = PagerDuty::new(options, outbox.clone(), clock.clone()).unwrap();
    let options = AlertmanagerOptions {
        members: vec![url.as_str().into()],
        token: Some(token),
        timeout: Duration::from_millis(500),
        templates: templates.clone(),
    };
    let alertmanager = Alertmanager::new(options, outbox.clone(), clock).unwrap();
    let shown = [
        format!("{own:?}"),
        format!("{by_webhook:?}"),
        format!("{by_bot:?}"),
        format!("{pagerduty:?}"),
        format!("{alertmanager:?}"),
    ];
    let channels: [Arc<dyn Channel>; 5] = [
        Arc::new(own),
        Arc::new(by_webhook),
        Arc::new(by_bot),
        Arc::new(pagerduty),
        Arc::new(alertmanager),
    ];
    channels.into_iter().zip(shown).collect()
}

/// Receivers that fail in every way there is, by address.
async fn failing() -> Vec<(String, Vec<Endpoint>)> {
    let mut receivers = Vec::new();
    for status in [302, 400, 401, 404, 410, 429, 500, 503] {
        let endpoint = endpoint::answering(StatusCode::from_u16(status).unwrap()).await;
        receivers.push((endpoint.address.clone(), vec![endpoint]));
    }
    let plain = endpoint::answering(StatusCode::OK).await;
    receivers.push((plain.address.replace("http:", "https:"), vec![plain]));
    receivers.push((endpoint::silent().await.address.clone(), Vec::new()));
    receivers.push(("http://no-such-host.invalid".into(), Vec::new()));
    receivers
}

#[tokio::test]
async fn errors_and_debug_tell_no_secret() {
    for (address, _alive) in failing().await {
        for (channel, shown) in every_channel(&address) {
            assert_silent(&shown, "Debug of a channel");
            let news = delivery(NoticeKind::Started);
            let sending = timeout(Duration::from_secs(1), channel.send(&news));
            let Ok(sent) = sending.await else {
                continue;
            };
            let error = sent.expect_err(&shown);
            assert_silent(&format!("{error} {error:?}"), &address);
        }
    }
}

#[test]
fn options_and_their_refusals_tell_no_secret() {
    let options = WebhookOptions {
        url: secret_url("https://hooks.example.com").into(),
        signing_keys: vec![SigningKey::parse(&SIGNING_KEY.into()).unwrap()],
        source: "/serin".into(),
        templates: Templates::default(),
    };
    assert_silent(&format!("{options:?}"), "Debug of options");
    assert!(options.url.url.expose_secret().contains(TOKEN));
    for text in [
        format!("{TOKEN}:{PASSWORD}"),
        format!("//{PASSWORD}@{TOKEN}"),
        TOKEN.into(),
        format!("https://{TOKEN}:{PASSWORD}"),
        format!("https://[{TOKEN}]/"),
    ] {
        let options = WebhookOptions {
            url: text.clone().into(),
            signing_keys: Vec::new(),
            source: "/serin".into(),
            templates: Templates::default(),
        };
        let refusal = Webhook::new(options, Arc::new(SystemClock::start_at(BEGIN)));
        let error = refusal.expect_err(&text);
        assert_silent(&format!("{error} {error:?}"), "a refused address");
    }
    let error = SigningKey::parse(&format!("whsec_{SIGNING_KEY}!").into()).unwrap_err();
    assert_eq!(error, SigningKeyError::NotBase64);
    assert_silent(&format!("{error} {error:?}"), "a refused signing key");
}

#[tokio::test]
async fn neither_the_log_nor_the_outbox_learns_a_secret() {
    let (log, _guard) = Log::of(tracing::Level::TRACE);

    let office = Office::new();
    let receivers = failing().await;
    let channels: Vec<Arc<dyn Channel>> = receivers
        .iter()
        .flat_map(|(address, _)| every_channel(address))
        .map(|(channel, _)| channel)
        .collect();
    let names: Vec<String> = (0..channels.len())
        .map(|number| format!("channel-{number}"))
        .collect();
    let outlets = names
        .iter()
        .cloned()
        .zip(channels.into_iter().map(|channel| Outlet {
            channel,
            limits: Limits::default(),
            route: Route::everything(),
            fallback: None,
        }));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    office.outbox.decide(1, &names).await;
    let pipeline = office.open_outlets(outlets.collect());
    let tried = |deliveries: &[Delivery]| deliveries.iter().all(|delivery| delivery.attempts > 0);
    for delivery in office.outbox.until(tried).await {
        assert_silent(&format!("{delivery:?}"), "the outbox");
    }
    // What is settled is told of next.
    let told = || {
        let mut channels = pipeline.counters().channels.values();
        channels.all(|channel| channel.retried.load(Relaxed) + channel.dead.load(Relaxed) > 0)
    };
    while !told() {
        tokio::task::yield_now().await;
    }
    assert!(
        office.outbox.backlog().await.unwrap().0 > 0,
        "some are tried again"
    );
    let log = log.text();
    assert!(log.contains("429 Too Many Requests"), "{log}");
    assert_silent(&log, "the log");
}
