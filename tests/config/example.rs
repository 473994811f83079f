//! The example that `serin generate config` writes: whole, fresh, and usable.

use serin::config::{Config, Destination, Source, example, reference};

use super::{TOKEN, World};

/// Every field and its value, without where it came from.
fn values(config: &Config) -> Vec<(String, Option<String>)> {
    let value = |setting: &serin::config::Setting| (setting.field.clone(), setting.value.clone());
    config.settings().iter().map(value).collect()
}

#[test]
fn the_example_says_exactly_the_defaults() {
    let (written, unwritten) = (World::of(&example()).config(), World::default().config());
    assert_eq!(values(&written), values(&unwritten));
    let sections = |config: &Config| {
        let Config {
            canaries,
            kubernetes,
            api,
            health,
            store,
            data_sources,
            hooks,
            notify,
            log,
            shutdown,
            ..
        } = config;
        format!(
            "{canaries:?} {kubernetes:?} {api:?} {health:?} {store:?} {data_sources:?} {hooks:?} {notify:?} {log:?} {shutdown:?}"
        )
    };
    assert_eq!(sections(&written), sections(&unwritten));
}

#[test]
fn the_example_writes_every_field_that_has_a_default() {
    let config = World::of(&example()).config();
    for setting in config.settings() {
        let in_the_file = matches!(&setting.source, Source::File { name, .. } if name == "serin.yaml");
        assert_eq!(in_the_file, setting.value.is_some(), "{setting}");
    }
}

#[test]
fn every_field_is_in_the_example() {
    let text = example();
    for field in reference() {
        let key = field.field.rsplit('.').next().unwrap();
        let as_a_line = text.lines().any(|line| {
            line.trim_start()
                .trim_start_matches('#')
                .starts_with(&format!("{key}:"))
        });
        let as_a_variable = text.contains(
            &field
                .variable
                .replace('*', &chosen_name(field.field).to_uppercase()),
        );
        assert!(as_a_line || as_a_variable, "{}", field.field);
        let about = field.about.split_whitespace().next().unwrap();
        assert!(text.contains(about), "{}", field.field);
    }
}

#[test]
fn every_field_is_read_by_the_check() {
    let config = with_secrets(&uncommented())
        .variable("SERIN_LOG_LEVEL", "info")
        .config();
    let read: Vec<&str> = config
        .settings()
        .iter()
        .map(|setting| setting.field.as_str())
        .collect();
    for field in reference() {
        let field = field.field.replace('*', chosen_name(field.field));
        assert!(read.contains(&field.as_str()), "{field} is in the table only");
    }
}

#[test]
fn the_lines_that_are_off_can_be_put_on() {
    let config = with_secrets(&uncommented()).config();
    assert!(config.api.token.is_some());
    assert!(config.api.webhook_token.is_some());
    assert!(config.api.webhook_secret.is_some());
    let Destination::Webhook { secret, .. } = &config.notify.channels["oncall"].destination else {
        panic!("{:?}", config.notify);
    };
    assert!(secret.is_some());
    let source = &config.data_sources["default"];
    assert!(source.tls.client_certificate.is_some());
    assert_eq!(source.headers.to_string(), "X-Scope-OrgID");
}

#[test]
fn each_flag_and_variable_of_the_reference_is_taken() {
    for field in reference() {
        let Some(default) = field.default else { continue };
        let by_variable = World::default().variable(&field.variable.replace('*', "X"), default);
        let by_flag = field
            .flag
            .as_ref()
            .map(|flag| World::default().flag(flag, default));
        for world in [Some(by_variable), by_flag].into_iter().flatten() {
            let told = world.told();
            let lacks = |section: &str, field: &str| {
                told.starts_with(section) && told.contains(field) && told.lines().count() == 1
            };
            let only_lacks_what_it_needs = lacks("SERIN_NOTIFY_CHANNELS_X", ": notify.channels.x.type: ")
                || lacks("SERIN_DATA_SOURCES_X", ": dataSources.x.address: ");
            assert!(told.is_empty() || only_lacks_what_it_needs, "{told}");
        }
    }
}

/// The name that the example chooses for a field's `*`.
fn chosen_name(field: &str) -> &'static str {
    match field.split('.').next() {
        Some("api") => "ci",
        Some("dataSources") => "default",
        _ => "oncall",
    }
}

/// A world whose configuration is this one, made of the example, with the secrets that the example names.
pub(super) fn with_secrets(text: &str) -> World {
    let secrets = [
        "api-token",
        "webhook-token",
        "webhook-secret",
        "webhook-secret-previous",
        "oncall-secret",
    ];
    secrets.into_iter().fold(World::of(text), |world, secret| {
        world.file(&format!("/run/secrets/serin-{secret}"), TOKEN)
    })
}

/// The example with every line that begins with `#` and no space taken in.
pub(super) fn uncommented() -> String {
    let take_in = |line: &str| {
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        match rest.strip_prefix('#') {
            Some(field) if !field.is_empty() && !field.starts_with([' ', '#']) => {
                format!("{indent}{field}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    example().lines().map(take_in).collect()
}
