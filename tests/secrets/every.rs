//! A home whose configuration has every secret that there can be, by a file and by a variable, where it can be both.

use std::fs;
use std::path::PathBuf;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use serin::audit::names_a_secret;
use serin::config::reference;

use crate::world::api_server::ApiServer;
use crate::world::certificates::Certificates;
use crate::world::daemon::run;
use crate::world::endpoint::{Endpoint, serve};
use crate::world::home::Home;
use crate::world::marked::secret;

/// Secrets that no rule tells by the field's name: addresses of which a part is one, and headers.
const IN_PART: [&str; 5] = [
    "store.url",
    "notify.channels.*.url",
    "notify.channels.*.apiUrl",
    "notify.channels.*.members",
    "dataSources.*.headers",
];

/// What is written into a file `NAME` stands as `<NAME>`.
const CONFIGURATION: &str = "
api:
  tls: {certificate: <certificate>, key: <key>}
  tokenFile: <api-token>
  jwt: {secretFile: <jwt-secret>}
  webhookTokenFile: <webhook-token>
  webhookSecretFile: <webhook-secret>
  previousWebhookSecretFile: <webhook-secret-before>
  kubernetes: {enabled: true}
kubernetes: {kubeconfig: <kubeconfig>}
store: {urlFile: <store-url>}
dataSources:
  default: {address: PROMETHEUS, username: serin, passwordFile: <password>}
  bearer: {address: PROMETHEUS, bearerTokenFile: <bearer>}
  certificate: {address: 'https://127.0.0.1:1', caFile: <authority>, certFile: <client-certificate>, keyFile: <client-key>}
  tenant: {address: PROMETHEUS}
hooks: {allow: 'OTHERS/'}
log: {level: trace}
notify:
  channels:
    hook: {type: webhook, urlFile: <hook-url>, secretFile: <hook-secret>, ALL}
    hook-two: {type: webhook, ALL}
    room: {type: slack, urlFile: <room-url>, ALL}
    chat: {type: slack, channel: deploys, tokenFile: <chat-token>, ALL}
    chat-two: {type: slack, channel: deploys, apiUrl: 'OTHERS/chat', ALL}
    pager: {type: pagerduty, routingKeyFile: <pager-key>, apiUrl: 'OTHERS/pager', ALL}
    pager-two: {type: pagerduty, apiUrl: 'OTHERS/refuses', ALL}
    alerts: {type: alertmanager, tokenFile: <alerts-token>, ALL}
    refused: {type: webhook, urlFile: <refused-url>, fallback: away, ALL}
    late: {type: webhook, urlFile: <late-url>, ALL}
    away: {type: webhook, urlFile: <away-url>, ALL}
";

/// Every channel of it.
pub(super) const CHANNELS: [&str; 11] = [
    "hook",
    "hook-two",
    "room",
    "chat",
    "chat-two",
    "pager",
    "pager-two",
    "alerts",
    "refused",
    "late",
    "away",
];

/// The other sides of all of it. Dropping it fails where they were told a secret that is not for them.
pub(super) struct Others {
    server: Endpoint,
    cluster: ApiServer,
    certificates: Certificates,
}

impl Others {
    pub(super) async fn start(home: &Home) -> Self {
        Self {
            server: serve(Router::new().fallback(answer)).await,
            cluster: ApiServer::start().await,
            certificates: Certificates::write(&home.left().secrets()),
        }
    }

    /// Whom the API's certificate is from.
    pub(super) fn authority(&self) -> &str {
        self.certificates.authority.to_str().unwrap()
    }

    /// A hook's address.
    pub(super) fn gate(&self) -> String {
        format!("{}/gate", self.server.address)
    }

    /// Writes the configuration, and the secrets to their files and variables.
    pub(super) fn configure(&self, home: &mut Home, prometheus: &str) {
        let address = &self.server.address;
        let below = |path: &str| format!("{address}/{path}/{}?key={}", secret("path"), secret("query"));
        let mut text = CONFIGURATION
            .replace("PROMETHEUS", &format!("'{prometheus}'"))
            .replace("OTHERS", address)
            .replace(
                "ALL",
                "urgencies: 'info, warning, page', kinds: none, timeout: 1s",
            );
        let mut write = |name: &str, secret: &str| {
            let path = home.secret_file(name, secret);
            text = text.replace(&format!("<{name}>"), &path.display().to_string());
        };
        for name in [
            "api-token",
            "jwt-secret",
            "webhook-token",
            "webhook-secret",
            "webhook-secret-before",
            "password",
            "bearer",
            "hook-secret",
            "chat-token",
            "pager-key",
            "alerts-token",
        ] {
            write(name, &secret(name));
        }
        for path in ["hook", "room", "refused", "late"] {
            write(&format!("{path}-url"), &below(path));
        }
        write("away-url", &format!("http://127.0.0.1:1/{}", secret("path")));
        write("store-url", &format!("sqlite:{}", secret("store")));
        let read = |path: PathBuf| fs::read_to_string(path).unwrap();
        let (server, client) = (&self.certificates.server, &self.certificates.client);
        write("certificate", &read(server.certificate.clone()));
        write("key", &read(server.key.clone()));
        write("authority", &read(self.certificates.authority.clone()));
        write("client-certificate", &read(client.certificate.clone()));
        write("client-key", &read(client.key.clone()));
        write("kubeconfig", &read(self.cluster.kubeconfig()));
        home.configure(&text);
        let members = format!("{address}/alerts/{} {address}/late/{0}", secret("member"));
        for (name, value) in [
            ("HOOK_TWO_URL", below("hook-two")),
            ("HOOK_TWO_SECRET", secret("hook-two")),
            ("CHAT_API_URL", format!("{address}/chat/{}", secret("api"))),
            ("CHAT_TWO_TOKEN", secret("chat-two")),
            ("PAGER_TWO_ROUTING_KEY", secret("pager-two")),
            ("ALERTS_MEMBERS", members),
        ] {
            home.variable(&format!("SERIN_NOTIFY_CHANNELS_{name}"), value);
        }
        let tenant = format!("X-Tenant: {}", secret("tenant"));
        home.variable("SERIN_DATA_SOURCES_TENANT_HEADERS", tenant);
    }
}

/// Each as its path begins: some take news, one refuses it for good and says what was asked, and one is not well.
async fn answer(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match path.split('/').nth(1).unwrap_or_default() {
        "refused" | "refuses" => (StatusCode::NOT_FOUND, format!("Cannot POST {path}")).into_response(),
        "late" => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{:?}", request.headers()),
        )
            .into_response(),
        "pager" => StatusCode::ACCEPTED.into_response(),
        "chat" => axum::Json(json!({"ok": true, "channel": "C1", "ts": "1.1"})).into_response(),
        _ => StatusCode::OK.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_may_hold_a_secret_holds_one_in_this_configuration() {
    let mut home = Home::new("shop/checkout");
    fs::create_dir(home.canaries()).unwrap();
    let others = Others::start(&home).await;
    others.configure(&mut home, "http://127.0.0.1:1");
    let (code, shown, stderr) = run(&home, &["check", "serin.yaml", "--output", "json"]).await;
    assert_eq!(code, 0, "{shown}{stderr}");

    let written: Value = serde_saphyr::from_str(CONFIGURATION).unwrap();
    let variables = home.variable_names();
    let is_variable = |pattern: &str| {
        let (before, after) = pattern.split_once('*').unwrap_or((pattern, ""));
        let is_it = |name: &String| name.starts_with(before) && name.ends_with(after);
        variables.iter().any(is_it)
    };
    let secrets = reference().into_iter().filter(|field| {
        let is_one = field.expected.starts_with("a secret of");
        is_one || names_a_secret(field.field) || IN_PART.contains(&field.field)
    });
    let mut number = 0;
    for field in secrets {
        let path: Vec<&str> = field.field.split('.').collect();
        let is_there = is_written(&written, &path) || is_variable(&field.variable);
        assert!(is_there, "{field:?} has no secret");
        number += 1;
    }
    assert!(number >= 20, "{number} fields with secrets");
}

/// Whether something stands at a path, in which `*` is any name.
fn is_written(value: &Value, path: &[&str]) -> bool {
    match path {
        [] => !value.is_null(),
        ["*", rest @ ..] => value
            .as_object()
            .is_some_and(|named| named.values().any(|value| is_written(value, rest))),
        [key, rest @ ..] => is_written(&value[key], rest),
    }
}
