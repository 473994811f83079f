//! Data sources: what becomes of them when they are right.

use std::path::PathBuf;
use std::time::Duration;

use serin::app::data_sources;
use serin::config::Asker;
use serin::metric_source::prometheus::Auth;

use super::World;

#[test]
fn an_address_is_enough() {
    let world = World::of("dataSources: {default: {address: 'http://prometheus:9090/prometheus'}}");
    let client = &data_sources(&world.config().data_sources).unwrap()["default"];
    let settings = client.settings();
    assert_eq!(settings.address.as_str(), "http://prometheus:9090/prometheus");
    assert_eq!((&settings.auth, &settings.tls.ca_file), (&Auth::None, &None));
    assert_eq!(
        (settings.timeout, settings.max_concurrent),
        (Duration::from_secs(10), 8)
    );
    assert_eq!(
        (settings.answer_limit_bytes, settings.query_offset),
        (64 << 20, Duration::ZERO)
    );
}

#[test]
fn without_any_there_is_none() {
    assert!(World::default().config().data_sources.is_empty());
}

#[test]
fn files_are_named_from_the_folder_of_the_configuration_and_not_read_yet() {
    let world = World::default().variable("SERIN_CONFIG", "etc/serin.yaml").file(
        "etc/serin.yaml",
        "dataSources:
           default: {address: 'https://a.test', username: serin, passwordFile: pw, caFile: /ca, certFile: c, keyFile: k}
           other: {address: 'https://b.test', bearerTokenFile: token, insecureSkipVerify: true, queryOffset: 2s}",
    );
    let sources = world.config().data_sources;
    let path = |path| PathBuf::from(path);
    assert_eq!(
        sources["default"].asker,
        Asker::User {
            name: "serin".into(),
            password_file: path("etc/pw")
        }
    );
    assert_eq!(sources["default"].tls.ca_file, Some(path("/ca")));
    assert_eq!(
        sources["default"].tls.client_certificate,
        Some((path("etc/c"), path("etc/k")))
    );
    assert_eq!(sources["other"].asker, Asker::Bearer(path("etc/token")));
    assert!(sources["other"].tls.insecure_skip_verify);
    assert_eq!(sources["other"].query_offset, Duration::from_secs(2));
}

#[test]
fn headers_reach_the_client_and_no_debug_shows_their_values() {
    let world =
        World::of("dataSources: {a: {address: 'http://a.test', headers: \"X-Tenant: a\\nX-Key: hunter2\"}}");
    let clients = data_sources(&world.config().data_sources).unwrap();
    assert_eq!(clients["a"].settings().headers["x-tenant"], "a");
    assert_eq!(clients["a"].settings().headers["x-key"], "hunter2");
    assert!(!format!("{clients:?}").contains("hunter2"));
}

#[test]
fn a_later_layer_changes_a_field_of_a_source() {
    let world = World::of("dataSources: {default: {address: 'http://a.test', timeout: 5s}}")
        .variable("SERIN_DATA_SOURCES_DEFAULT_ADDRESS", "http://b.test");
    let source = &world.config().data_sources["default"];
    assert_eq!(source.address.as_str(), "http://b.test/");
    assert_eq!(source.timeout, Duration::from_secs(5));
}

#[test]
fn of_a_token_and_a_user_the_later_layer_counts() {
    let user = "dataSources: {a: {address: 'https://a.test', username: u, passwordFile: p}}";
    let token = "dataSources: {a: {address: 'https://a.test', bearerTokenFile: t}}";
    let asker = |first: &str, then: &str| {
        let world = World::of(first)
            .file("serin.staging.yaml", then)
            .variable("SERIN_ENV", "staging");
        world.config().data_sources["a"].asker.clone()
    };
    assert_eq!(asker(user, token), Asker::Bearer(PathBuf::from("t")));
    assert!(matches!(asker(token, user), Asker::User { name, .. } if name == "u"));
}
