//! Which layer wins, field by field.

use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;
use serin::config::{Destination, LogFormat, LogLevel, Migrate, Source, StoreUrl};

use super::{TOKEN, World};

#[test]
fn without_anything_every_field_is_at_its_default() {
    let config = World::default().config();
    assert_eq!(config.canaries.path, Path::new("canaries"));
    assert_eq!(config.api.address.to_string(), "127.0.0.1:8080");
    assert!(config.api.token.is_none());
    assert_eq!(config.api.body_limit_bytes, 1 << 20);
    assert_eq!(config.api.header_timeout, Duration::from_secs(5));
    assert_eq!(config.api.request_timeout, Duration::from_secs(10));
    assert_eq!(config.api.max_connections, 1024);
    assert_eq!(config.health.address.to_string(), "127.0.0.1:9090");
    assert_eq!(config.store.url.to_string(), "sqlite:serin.db");
    assert_eq!(config.store.retention.max_age, Duration::from_secs(30 * 86_400));
    assert_eq!(config.store.retention.max_rollouts, 1000);
    assert_eq!(config.store.migrate, Migrate::Auto);
    assert!(matches!(
        config.notify.channels["log"].destination,
        Destination::Log
    ));
    assert_eq!(config.log.level, LogLevel::Info);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.shutdown.timeout, Duration::from_secs(25));
    assert!(
        config
            .settings()
            .iter()
            .all(|setting| setting.source == Source::Default)
    );
}

#[test]
fn each_layer_hides_the_ones_before_it() {
    let default = World::default();
    assert_eq!(default.setting("log.level"), "log.level = info, from default");
    let file = World::of("log:\n  level: error\n");
    assert_eq!(file.setting("log.level"), "log.level = error, from serin.yaml:2");
    let overlay = file
        .file("serin.staging.yaml", "\n\nlog: {level: warn}\n")
        .variable("SERIN_ENV", "staging");
    assert_eq!(
        overlay.setting("log.level"),
        "log.level = warn, from serin.staging.yaml:3"
    );
    let variable = overlay.variable("SERIN_LOG_LEVEL", "debug");
    assert_eq!(
        variable.setting("log.level"),
        "log.level = debug, from SERIN_LOG_LEVEL"
    );
    let flag = variable.flag("--log-level", "trace");
    assert_eq!(flag.setting("log.level"), "log.level = trace, from --log-level");
    assert_eq!(flag.config().log.level, LogLevel::Trace);
}

#[test]
fn later_wins_field_by_field_and_leaves_the_rest() {
    let world = World::of("api: {address: '127.0.0.1:1', bodyLimit: 2MiB, requestTimeout: 20s}")
        .file("serin.production.yaml", "api: {bodyLimit: 3MiB}")
        .variable("SERIN_ENV", "production")
        .variable("SERIN_API_REQUEST_TIMEOUT", "30s")
        .flag("--api-max-connections", "7");
    let api = world.config().api;
    assert_eq!(api.address.port(), 1);
    assert_eq!(api.body_limit_bytes, 3 << 20);
    assert_eq!(api.request_timeout, Duration::from_secs(30));
    assert_eq!(api.max_connections, 7);
}

#[test]
fn the_environment_picks_its_own_overlay_only() {
    let world = || {
        World::of("log: {level: error}")
            .file("serin.development.yaml", "log: {level: debug}")
            .file("serin.production.yaml", "log: {level: warn}")
    };
    assert_eq!(world().config().log.level, LogLevel::Error);
    for (environment, level) in [("development", LogLevel::Debug), ("production", LogLevel::Warn)] {
        let config = world().variable("SERIN_ENV", environment).config();
        assert_eq!(config.log.level, level, "{environment}");
    }
}

#[test]
fn a_named_file_is_read_with_the_overlay_beside_it() {
    let world = |named: World| {
        named
            .file("serin.yaml", "log: {level: error}")
            .file("/etc/serin/serin.yaml", "log: {level: warn}")
            .file("/etc/serin/serin.staging.yaml", "log: {format: json}")
            .variable("SERIN_ENV", "staging")
    };
    let by_variable = World::default().variable("SERIN_CONFIG", "/etc/serin/serin.yaml");
    let by_flag = World::default()
        .variable("SERIN_CONFIG", "absent.yaml")
        .flag("--config", "/etc/serin/serin.yaml");
    for named in [by_variable, by_flag] {
        let log = world(named).config().log;
        assert_eq!((log.level, log.format), (LogLevel::Warn, LogFormat::Json));
    }
}

#[test]
fn a_value_that_a_later_layer_hides_is_checked_all_the_same() {
    let world = World::of("log: {level: loud}").variable("SERIN_LOG_LEVEL", "debug");
    assert!(
        world.told().starts_with("serin.yaml:1: log.level: "),
        "{}",
        world.told()
    );
}

#[test]
fn a_relative_path_starts_at_the_file_that_it_is_written_in() {
    let text = "canaries: {path: canaries}\nstore: {url: sqlite:serin.db}\napi: {tokenFile: token}";
    let world = World::default()
        .file("/etc/serin/serin.yaml", text)
        .file("/etc/serin/token", TOKEN)
        .flag("--config", "/etc/serin/serin.yaml");
    let config = world.config();
    assert_eq!(config.canaries.path, Path::new("/etc/serin/canaries"));
    assert_eq!(config.store.url.to_string(), "sqlite:/etc/serin/serin.db");
    assert!(config.api.token.is_some());
    let elsewhere = world
        .flag("--canaries", "mine")
        .variable("SERIN_STORE_URL", "sqlite:mine.db");
    let config = elsewhere.config();
    assert_eq!(config.canaries.path, Path::new("mine"));
    assert!(matches!(config.store.url, StoreUrl::Sqlite(path) if path == Path::new("mine.db")));
}

#[test]
fn an_overlay_changes_one_field_of_a_channel() {
    let webhook = "notify: {channels: {on-call: {type: webhook, url: 'https://a.test/x', maxPerMinute: 3}}}";
    let world = World::of(webhook)
        .file(
            "serin.staging.yaml",
            "notify: {channels: {on-call: {url: 'https://b.test/y'}}}",
        )
        .variable("SERIN_ENV", "staging")
        .variable("SERIN_NOTIFY_CHANNELS_ON_CALL_TIMEOUT", "3s");
    let channels = world.config().notify.channels;
    let Destination::Webhook { url, .. } = &channels["on-call"].destination else {
        panic!("{channels:?}");
    };
    assert_eq!(url.expose(), "https://b.test/y");
    let effort = channels["on-call"].effort;
    assert_eq!((effort.max_per_minute, effort.timeout.as_secs()), (3, 3));
    assert_eq!(
        world.setting("notify.channels.on-call.maxPerMinute"),
        "notify.channels.on-call.maxPerMinute = 3, from serin.yaml:1"
    );
}

#[test]
fn a_channel_of_another_type_is_another_channel() {
    let webhook = "notify: {channels: {oncall: {type: webhook, url: 'https://a.test/x', maxPerMinute: 3}}}";
    let world = World::of(webhook)
        .file(
            "serin.development.yaml",
            "notify: {channels: {oncall: {type: log}}}",
        )
        .variable("SERIN_ENV", "development");
    let channels = world.config().notify.channels;
    assert!(
        matches!(channels["oncall"].destination, Destination::Log),
        "{channels:?}"
    );
}

#[test]
fn variables_that_are_not_serins_own_are_passed_over() {
    let world = World::default()
        .variable("HOME", "/root")
        .variable("SERINITY", "now")
        .variable("SERIN_DEMO_SEEDS", "20")
        .variable("SERIN_TEST_POSTGRES", "postgres://localhost/x")
        .variable("SERIN_SERVICE_HOST", "10.0.0.1")
        .variable("SERIN_PORT", "tcp://10.0.0.1:8080");
    assert_eq!(world.told(), "");
}

#[test]
fn an_empty_file_and_an_empty_section_say_nothing() {
    for text in [
        "",
        "# nothing\n",
        "---\n",
        "api:\nstore:\n  retention:\nnotify:\n  channels:\n",
    ] {
        let world = World::of(text);
        assert_eq!(world.told(), "", "{text}");
    }
}

#[test]
fn a_free_port_may_be_asked_for_twice() {
    let world = World::of("api: {address: '127.0.0.1:0'}\nhealth: {address: '127.0.0.1:0'}");
    assert_eq!(world.told(), "");
}

#[test]
fn a_later_layers_secret_wins_over_an_earlier_ones_file() {
    let world = World::of("api: {tokenFile: /run/secrets/none}").variable("SERIN_API_TOKEN", TOKEN);
    let token = world.config().api.token.unwrap();
    assert_eq!(token.expose_secret(), TOKEN);
}
