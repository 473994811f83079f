//! Secrets: where they may stand, and that nothing shows them.

use secrecy::ExposeSecret;
use serin::config::Destination;

use super::{TOKEN, World};

/// What must be in no output. Long enough, and of the right characters, to be taken where a secret may stand.
const SECRET: &str = "canaryCANARYcanaryCANARYcanaryCANARYcanary";

/// Everything that can be printed of a world: debug, settings for people and programs, and problems likewise.
fn printed(world: &World) -> String {
    match world.check() {
        Ok(config) => {
            let lines: Vec<String> = config.settings().iter().map(ToString::to_string).collect();
            let json = serde_json::to_string(config.settings()).unwrap();
            format!("{config:?}\n{}\n{json}", lines.join("\n"))
        }
        Err(problems) => {
            format!(
                "{problems}\n{problems:?}\n{}",
                serde_json::to_string(&problems).unwrap()
            )
        }
    }
}

#[test]
fn a_secret_comes_from_a_file_or_a_variable() {
    let by_variable = World::default().variable("SERIN_API_TOKEN", TOKEN);
    let by_file = World::of("api: {tokenFile: token}").file("token", &format!("{TOKEN}\n"));
    let by_other_file = World::default()
        .variable("SERIN_API_TOKEN_FILE", "token")
        .file("token", &format!("{TOKEN}\r\n"));
    let by_flag = World::default()
        .flag("--api-token-file", "token")
        .file("token", TOKEN);
    for world in [by_variable, by_file, by_other_file, by_flag] {
        assert_eq!(world.config().api.token.unwrap().expose_secret(), TOKEN);
    }
}

#[test]
fn the_secrets_of_webhooks_come_from_files_or_variables_and_are_not_shown() {
    let by_variables = World::default()
        .variable("SERIN_API_WEBHOOK_TOKEN", SECRET)
        .variable("SERIN_API_WEBHOOK_SECRET", SECRET);
    let by_files = World::of("api: {webhookTokenFile: token, webhookSecretFile: secret}")
        .file("token", SECRET)
        .file("secret", SECRET);
    for world in [by_variables, by_files] {
        let api = world.config().api;
        for secret in [api.webhook_token, api.webhook_secret] {
            assert_eq!(secret.unwrap().expose_secret(), SECRET);
        }
        assert!(!printed(&world).contains(SECRET));
    }
    let short = World::default().variable("SERIN_API_WEBHOOK_TOKEN", "hunter2");
    assert!(short.told().contains("api.webhookToken"), "{}", short.told());
}

#[test]
fn with_a_token_the_api_may_listen_beyond_loopback() {
    let world = World::of("api: {address: '0.0.0.0:8080'}").variable("SERIN_API_TOKEN", TOKEN);
    assert_eq!(world.told(), "");
    let world = World::of("api: {address: '[::1]:8080'}");
    assert_eq!(world.told(), "");
}

#[test]
fn an_address_with_a_password_comes_from_a_file_or_a_variable() {
    let url = "postgres://serin:hunter2hunter2@db/serin";
    let by_file = World::of("store: {urlFile: url}").file("url", url);
    let by_variable = World::default().variable("SERIN_STORE_URL", url);
    for world in [by_file, by_variable] {
        assert!(!printed(&world).contains("hunter2"));
        assert!(
            world
                .setting("store.url")
                .starts_with("store.url = postgres://serin@db/serin, from ")
        );
        let serin::config::StoreUrl::Postgres(postgres) = world.config().store.url else {
            panic!("no PostgreSQL");
        };
        assert_eq!(postgres.expose(), url);
    }
}

#[test]
fn the_address_of_a_webhook_may_stand_in_a_file() {
    let world = World::of("notify: {channels: {oncall: {type: webhook, urlFile: url}}}")
        .file("url", &format!("https://hooks.test/{SECRET}\n"));
    let channels = world.config().notify.channels;
    let Destination::Webhook { url, .. } = &channels["oncall"].destination else {
        panic!("{channels:?}");
    };
    assert_eq!(url.expose(), format!("https://hooks.test/{SECRET}"));
}

#[test]
fn nothing_that_is_taken_shows_a_secret() {
    let world = World::of("notify: {channels: {a: {type: webhook, secretFile: s, urlFile: u}}}")
        .file("s", SECRET)
        .file("u", &format!("https://hooks.test/{SECRET}?{SECRET}"))
        .variable("SERIN_API_TOKEN", SECRET)
        .variable("SERIN_API_JWT_SECRET", SECRET)
        .variable(
            "SERIN_STORE_URL",
            &format!("postgres://serin:{SECRET}@db/serin?password={SECRET}"),
        )
        .variable("SERIN_NOTIFY_CHANNELS_B_TYPE", "webhook")
        .variable("SERIN_NOTIFY_CHANNELS_B_URL", &format!("https://b.test/{SECRET}"))
        .variable("SERIN_NOTIFY_CHANNELS_B_SECRET", SECRET)
        .variable("SERIN_NOTIFY_CHANNELS_C_TYPE", "slack")
        .variable("SERIN_NOTIFY_CHANNELS_C_CHANNEL", "C0123456789")
        .variable("SERIN_NOTIFY_CHANNELS_C_TOKEN", SECRET)
        .variable(
            "SERIN_NOTIFY_CHANNELS_C_API_URL",
            &format!("https://c.test/{SECRET}"),
        )
        .variable("SERIN_NOTIFY_CHANNELS_D_TYPE", "pagerduty")
        .variable("SERIN_NOTIFY_CHANNELS_D_ROUTING_KEY", SECRET)
        .variable("SERIN_NOTIFY_CHANNELS_E_TYPE", "alertmanager")
        .variable(
            "SERIN_NOTIFY_CHANNELS_E_MEMBERS",
            &format!("https://e.test/{SECRET}"),
        )
        .variable("SERIN_NOTIFY_CHANNELS_E_TOKEN", SECRET)
        .variable("SERIN_DATA_SOURCES_DEFAULT_ADDRESS", "https://prometheus.test")
        .variable("SERIN_DATA_SOURCES_DEFAULT_HEADERS", &format!("X-Key: {SECRET}"));
    assert_eq!(world.told(), "");
    let printed = printed(&world);
    assert!(!printed.contains(SECRET), "{printed}");
    assert_eq!(
        world.setting("api.token"),
        "api.token = (not shown), from SERIN_API_TOKEN"
    );
    assert_eq!(
        world.setting("dataSources.default.headers"),
        "dataSources.default.headers = X-Key, from SERIN_DATA_SOURCES_DEFAULT_HEADERS"
    );
    assert_eq!(
        world.setting("notify.channels.b.url"),
        "notify.channels.b.url = https://b.test/…, from SERIN_NOTIFY_CHANNELS_B_URL"
    );
}

#[test]
fn nothing_that_is_refused_shows_a_secret() {
    let bad = [
        World::of(&format!("api: {{token: {SECRET}}}")),
        World::default().flag("--api-token", SECRET),
        World::default().variable("SERIN_API_TOKEN", &format!("{SECRET} ")),
        World::default().variable("SERIN_API_TOKEN", &format!("{SECRET}\u{e9}")),
        World::default().variable("SERIN_API_TOKEN", &SECRET[..20]),
        World::of("api: {tokenFile: t}").file("t", &format!("{SECRET}\n{SECRET}\n")),
        World::default()
            .file("t", SECRET)
            .variable("SERIN_API_TOKEN_FILE", "t")
            .variable("SERIN_API_TOKEN", SECRET),
        World::of(&format!("store: {{url: 'postgres://serin:{SECRET}@db/serin'}}")),
        World::of(&format!(
            "store: {{url: 'postgres://db/serin?password={SECRET}'}}"
        )),
        World::of(&format!("store: {{url: 'postgress://serin:{SECRET}@db/serin'}}")),
        World::default().flag("--store-url", &format!("postgres://serin:{SECRET}@db/serin")),
        World::default().variable("SERIN_STORE_URL", &format!("postgres://serin:{SECRET}@db")),
        World::default().variable("SERIN_STORE_URL", SECRET),
        World::of("store: {urlFile: u}").file("u", &format!("postgres//serin:{SECRET}@db/serin")),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: webhook, url: 'ftp://a.test/{SECRET}'}}}}}}"
        )),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: webhook, url: 'https://me:{SECRET}@a.test/'}}}}}}"
        )),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: webhook, url: 'https://a.test', secret: {SECRET}}}}}}}"
        )),
        World::of("notify: {channels: {a: {type: log}}}").variable("SERIN_NOTIFY_CHANNELS_A_SECRET", SECRET),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: slack, channel: C0, token: {SECRET}}}}}}}"
        )),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: pagerduty, routingKey: {SECRET}}}}}}}"
        )),
        World::of(&format!(
            "notify: {{channels: {{a: {{type: alertmanager, members: 'http://me:{SECRET}@a.test'}}}}}}"
        )),
        World::default().variable("SERIN_API_TOKN", SECRET),
        World::of(&format!("api: {{tokn: {SECRET}}}")),
        World::of(&format!("api: {{token: {{value: {SECRET}}}}}")),
        World::of(&format!("api: {{token: [{SECRET}]}}")),
        World::of(&format!(
            "dataSources: {{a: {{address: 'https://me:{SECRET}@a.test'}}}}"
        )),
        World::of(&format!(
            "dataSources: {{a: {{address: 'https://me:{SECRET}@a.test:port'}}}}"
        )),
        World::of(&format!(
            "dataSources: {{a: {{address: 'https://a.test', headers: 'Authorization: Bearer {SECRET}'}}}}"
        )),
        World::of(&format!(
            "dataSources: {{a: {{address: 'https://a.test', headers: 'X Key: {SECRET}'}}}}"
        )),
    ];
    for (case, world) in bad.iter().enumerate() {
        let printed = printed(world);
        assert!(!world.told().is_empty(), "case {case} is taken");
        assert!(
            !printed.contains(&SECRET[..20]),
            "case {case} shows it: {printed}"
        );
    }
}
