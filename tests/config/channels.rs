//! Where people are told, and of what.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;
use serin::config::{Channel, Destination};
use serin::engine::Urgency;
use serin::notify::news;

use super::{TOKEN, World};

fn channel(fields: &str) -> Channel {
    let world = World::of(&format!("notify: {{channels: {{x: {{{fields}}}}}}}")).file("secret", TOKEN);
    world.config().notify.channels.remove("x").unwrap()
}

#[test]
fn the_words_for_news_are_those_of_the_news() {
    let all = news::NAMES.join(" ");
    let chosen = channel(&format!(
        "type: log, kinds: '{all}', urgencies: 'info page warning'"
    ));
    let kinds: BTreeSet<&str> = chosen.kinds.into_iter().collect();
    assert_eq!(kinds, news::NAMES.into_iter().collect());
    let urgencies: BTreeSet<&str> = chosen.urgencies.into_iter().collect();
    let known = [Urgency::Info, Urgency::Warning, Urgency::Page].map(Urgency::name);
    assert_eq!(urgencies, known.into_iter().collect());
}

#[test]
fn each_type_takes_what_suits_it() {
    for (fields, urgencies, kinds) in [
        ("type: log", "info warning page", ""),
        ("type: webhook, url: 'https://a.test'", "info warning page", ""),
        (
            "type: slack, channel: C0, tokenFile: secret",
            "info warning page",
            "",
        ),
        (
            "type: slack, url: 'https://a.test'",
            "warning page",
            "started holding hold-over promoted aborted inconclusive rollback-unconfirmed rollback-confirmed stable-not-restored \
             stable-restored rolled-back",
        ),
        ("type: pagerduty, routingKeyFile: secret", "page", "promoted"),
        ("type: alertmanager, members: 'http://a.test'", "warning page", ""),
        (
            "type: pagerduty, routingKeyFile: secret, urgencies: 'page, warning', kinds: none",
            "page warning",
            "",
        ),
    ] {
        let channel = channel(fields);
        assert_eq!(channel.urgencies.join(" "), urgencies, "{fields}");
        assert_eq!(channel.kinds.join(" "), kinds, "{fields}");
    }
}

#[test]
fn each_type_has_its_way_to_people() {
    let Destination::Slack {
        channel: room,
        token,
        api,
    } = channel("type: slack, channel: '#deploys', tokenFile: secret, apiUrl: 'https://slack.test/api'")
        .destination
    else {
        panic!("no bot")
    };
    assert_eq!((room.as_str(), token.expose_secret()), ("#deploys", TOKEN));
    assert_eq!(api.unwrap().expose(), "https://slack.test/api");
    let Destination::PagerDuty { routing_key, api } =
        channel("type: pagerduty, routingKeyFile: secret").destination
    else {
        panic!("no PagerDuty")
    };
    assert_eq!(routing_key.expose_secret(), TOKEN);
    assert!(api.is_none());
    let Destination::Alertmanager { members, token } =
        channel("type: alertmanager, members: 'http://a.test:9093 http://b.test:9093'").destination
    else {
        panic!("no Alertmanager")
    };
    assert_eq!((members.len(), token.is_none()), (2, true));
}

#[test]
fn the_next_channel_is_told_after_five_minutes_or_as_long_as_one_says() {
    let webhook = "type: webhook, url: 'https://a.test', fallback: log";
    assert_eq!(
        channel(webhook).fallback,
        Some(("log".to_owned(), Duration::from_secs(300)))
    );
    let sooner = format!("{webhook}, fallbackAfter: 30s");
    assert_eq!(
        channel(&sooner).fallback,
        Some(("log".to_owned(), Duration::from_secs(30)))
    );
}

#[test]
fn authorities_of_ones_own_are_for_addresses_that_have_certificates() {
    let with = |fields: &str| {
        let world = World::of(&format!(
            "notify: {{channels: {{x: {{{fields}, caFile: ca.crt}}}}}}"
        ));
        world.file("secret", TOKEN).check()
    };
    for fields in [
        "type: webhook, url: 'https://a.test'",
        "type: pagerduty, routingKeyFile: secret",
        "type: alertmanager, members: 'http://a.test https://b.test'",
    ] {
        let channel = with(fields).unwrap().notify.channels.remove("x").unwrap();
        assert_eq!(channel.ca_file.as_deref(), Some(Path::new("ca.crt")), "{fields}");
    }
    for fields in [
        "type: webhook, url: 'http://a.test'",
        "type: alertmanager, members: 'http://a.test'",
        "type: log",
    ] {
        let refused = with(fields).unwrap_err().to_string();
        assert!(
            refused.contains("notify.channels.x.caFile: expected no such field"),
            "{refused}"
        );
    }
}

#[test]
fn so_they_are_for_hooks() {
    let check = |allow: &str| World::of(&format!("hooks: {{allow: '{allow}', caFile: ca.crt}}")).check();
    let hooks = check("https://gate.test/ http://tester.test/").unwrap().hooks;
    assert_eq!(hooks.ca_file.as_deref(), Some(Path::new("ca.crt")));
    let refused = check("http://tester.test/").unwrap_err().to_string();
    assert!(
        refused.contains("hooks.caFile: expected no such field"),
        "{refused}"
    );
}
