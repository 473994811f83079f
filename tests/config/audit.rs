//! What of a configuration could be safer.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use async_trait::async_trait;
use serin::audit::{Audit, Check, Rights, Severity, configuration, excess};
use serin::spec::Timestamp;

use super::*;

/// 2026-11-30.
const NOW: Timestamp = Timestamp(1_796_000_000_000);

fn audited(world: &World) -> Audit {
    configuration(&world.config(), NOW).sorted(&Check::OF_CONFIGURATION)
}

/// What was found, by check and place.
fn found(audit: &Audit) -> Vec<(Severity, &'static str, &str)> {
    let findings = audit.findings.iter();
    findings
        .map(|finding| (finding.severity, finding.check.name(), finding.about.as_str()))
        .collect()
}

#[test]
fn the_defaults_pass_every_check() {
    let audit = audited(&World::default());
    assert_eq!(found(&audit), []);
    assert_eq!(audit.passed, Check::OF_CONFIGURATION);
    assert!(!audit.is_grave());
}

#[test]
fn every_unsafe_choice_is_found_the_gravest_first() {
    let world = World::of(
        r#"
api:
  address: 0.0.0.0:8080
  tokens:
    ci: {role: operator, sha256: "0000000000000000000000000000000000000000000000000000000000000001", expires: "2036-01-01T00:00:00Z"}
    bot: {role: viewer, sha256: "0000000000000000000000000000000000000000000000000000000000000002", expires: "2026-12-01T00:00:00Z"}
  jwt: {jwksFile: jwks.json}
dataSources:
  default: {address: "http://prometheus.example.com:9090", insecureSkipVerify: true}
  other: {address: "http://prometheus.example.com:9090", username: serin, passwordFile: password}
hooks: {allow: "http://gate.example.com/"}
notify:
  channels:
    hook: {type: webhook, url: "http://hooks.example.com/x"}
    alerts: {type: alertmanager, members: "http://alerts.example.com"}
"#,
    )
    .variable("SERIN_API_TOKEN", TOKEN)
    .variable("SERIN_STORE_URL", "postgres://postgres:postgres@db.example.com/serin");
    let audit = audited(&world);
    use Severity::{Critical, High, Low, Medium};
    assert_eq!(
        found(&audit),
        [
            (Critical, "database-default-password", "store.url"),
            (High, "api-in-the-open", "api.address"),
            (High, "database-in-the-open", "store.url"),
            (High, "data-source-in-the-open", "dataSources.other.address"),
            (
                High,
                "data-source-unchecked",
                "dataSources.default.insecureSkipVerify"
            ),
            (Medium, "api-token-without-end", "api.token"),
            (Medium, "api-token-expires", "api.tokens.bot"),
            (Medium, "jwt-for-anybody", "api.jwt"),
            (Medium, "database-superuser", "store.url"),
            (Medium, "channel-in-the-open", "notify.channels.hook"),
            (Low, "api-token-long-lived", "api.tokens.ci"),
            (Low, "data-source-in-the-open", "dataSources.default.address"),
            (Low, "channel-in-the-open", "notify.channels.alerts"),
            (Low, "webhook-unsigned", "notify.channels.hook"),
            (Low, "hook-in-the-open", "hooks.allow"),
        ]
    );
    assert!(audit.is_grave());
    assert_eq!(
        audit.passed,
        [
            Check::WebhookTokenOpensAll,
            Check::ChannelAddressInFile,
            Check::FileOpenToOthers
        ]
    );
    let told = serde_json::to_string(&audit).unwrap();
    assert!(!told.contains(TOKEN) && !told.contains(":postgres@"), "{told}");
}

#[test]
fn an_address_that_is_a_secret_belongs_in_a_file_of_its_own() {
    const SLACK: &str = "https://hooks.slack.com/services/T00000000/B00000000/abcDEF123456abcDEF123456";
    let world = World::of(&format!(
        "notify: {{channels: {{\
         chat: {{type: slack, url: '{SLACK}'}}, \
         hook: {{type: webhook, url: 'https://hooks.example.com/4f9a7c21e8b3d650', secretFile: secret}}, \
         plain: {{type: webhook, url: 'https://hooks.example.com/serin', secretFile: secret}}, \
         filed: {{type: slack, urlFile: address}}}}}}"
    ))
    .file("secret", TOKEN)
    .file("address", SLACK);
    let expected = ["chat", "hook"].map(|name| format!("notify.channels.{name}.url"));
    let audit = audited(&world);
    assert_eq!(
        found(&audit),
        expected
            .each_ref()
            .map(|field| (Severity::Medium, "channel-address-in-file", field.as_str()))
    );
    let told = serde_json::to_string(&audit).unwrap();
    assert!(
        !told.contains("abcDEF123456") && !told.contains("4f9a7c21"),
        "{told}"
    );

    let variable = World::of("notify: {channels: {chat: {type: slack}}}");
    let variable = variable.variable("SERIN_NOTIFY_CHANNELS_CHAT_URL", SLACK);
    assert_eq!(found(&audited(&variable)), []);
}

#[test]
fn one_token_for_webhooks_and_for_everything_is_found() {
    let found_with = |webhook_token: &str| {
        let world = World::of("api: {tokenFile: token, webhookTokenFile: webhook-token}")
            .file("token", TOKEN)
            .file("webhook-token", webhook_token);
        let audit = audited(&world);
        audit
            .findings
            .iter()
            .any(|finding| (finding.severity, finding.check) == (Severity::High, Check::WebhookTokenOpensAll))
    };
    assert!(found_with(TOKEN));
    assert!(!found_with("k8Yd0QmWz3vTjR5nXb7LcGs1HpAfE2uo"));
}

#[test]
fn a_database_by_tls_is_in_the_open_unless_it_says_who_it_is() {
    let severity = |mode: &str| {
        let url = format!("postgres://serin:n0tAGuess@db.example.com/serin{mode}");
        let audit = audited(&World::default().variable("SERIN_STORE_URL", &url));
        audit.findings.first().map(|finding| finding.severity)
    };
    assert_eq!(severity(""), Some(Severity::High));
    assert_eq!(severity("?sslmode=require"), Some(Severity::Medium));
    assert_eq!(severity("?sslmode=verify-full"), None);
    assert_eq!(severity("?host=/run/postgresql"), None);
}

#[test]
fn a_database_on_this_machine_is_not_in_the_open() {
    for host in ["localhost", "127.0.0.1:5432", "[::1]"] {
        let url = format!("postgres://serin:n0tAGuess@{host}/serin");
        let audit = audited(&World::default().variable("SERIN_STORE_URL", &url));
        assert_eq!(found(&audit), [], "{host}");
    }
}

#[test]
fn files_that_others_may_read_or_change_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, TOKEN).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let (open, store) = (file("open", 0o644), file("serin.db", 0o644));
    let (changeable, own) = (file("changeable", 0o602), file("own", 0o600));
    let text = format!(
        "notify: {{channels: {{a: {{type: slack, channel: x, tokenFile: {open}}}, \
         b: {{type: slack, channel: x, tokenFile: {changeable}}}, c: {{type: slack, channel: x, tokenFile: {own}}}}}}}\n\
         api: {{webhookTokenFile: {open}}}"
    );
    let mut world = World::of(&text).flag("--store-url", &format!("sqlite:{store}"));
    for path in [&open, &changeable, &own] {
        world = world.file(path, TOKEN);
    }
    let audit = audited(&world);
    let about: Vec<_> = audit
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.about.clone()))
        .collect();
    assert_eq!(
        about,
        [
            (
                Severity::High,
                format!("notify.channels.b.tokenFile ({changeable})")
            ),
            (Severity::Medium, format!("api.webhookTokenFile ({open})")),
            (Severity::Medium, format!("notify.channels.a.tokenFile ({open})")),
            (Severity::Medium, store),
        ]
    );
}

/// A cluster that lets these things be done.
struct Lets(&'static [(&'static str, &'static str)], Mutex<BTreeSet<String>>);

#[async_trait]
impl Rights for Lets {
    async fn may(&self, verb: &str, _: &str, resource: &str) -> Result<bool, String> {
        self.1.lock().unwrap().insert(format!("{verb} {resource}"));
        Ok(self.0.contains(&(verb, resource)))
    }
}

async fn rights(lets: &'static [(&'static str, &'static str)]) -> (Audit, usize) {
    let (mut audit, cluster) = (Audit::default(), Lets(lets, Mutex::default()));
    excess(&cluster, &mut audit).await;
    let asked = cluster.1.lock().unwrap().len();
    (audit, asked)
}

#[tokio::test]
async fn rights_that_are_never_used_are_found() {
    let (audit, asked) = rights(&[("get", "secrets"), ("update", "virtualservices"), ("get", "pods")]).await;
    assert_eq!(
        found(&audit),
        [
            (Severity::High, "right-not-needed", "get secrets"),
            (
                Severity::Medium,
                "right-not-needed",
                "update virtualservices.networking.istio.io"
            ),
        ]
    );
    assert_eq!(asked, 13);
}

#[tokio::test]
async fn who_may_everything_is_asked_no_further() {
    let (audit, asked) = rights(&[("*", "*"), ("get", "secrets")]).await;
    assert_eq!(found(&audit), [(Severity::Critical, "right-not-needed", "* *.*")]);
    assert_eq!(asked, 1);
}

/// A cluster that is away.
struct Away;

#[async_trait]
impl Rights for Away {
    async fn may(&self, _: &str, _: &str, _: &str) -> Result<bool, String> {
        Err("connection refused".to_owned())
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_said_to_be_well() {
    let mut audit = Audit::default();
    excess(&Away, &mut audit).await;
    assert_eq!(audit.unseen, ["rights in the cluster: connection refused"]);
    assert!(audit.findings.is_empty());
}
