//! A Canary in a folder, the server that its configuration names, and what the doctor says of them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use serin::spec::Timestamp;
use tempfile::TempDir;

use crate::world::prometheus::Prometheus;
use crate::world::samples::Samples;
use crate::world::times::{before, now};

/// A Canary with a question of each kind, whose margins and limits fit to [`pod`].
const CANARY: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: checkout, namespace: shop}
spec:
  workloads:
    stable: {name: checkout-stable, endpoints: ["http://stable.test"]}
    canary: {name: checkout-canary, endpoints: ["http://canary.test"]}
  traffic: {file: {path: r.yaml, virtualService: checkout, stable: {subset: stable}, canary: {subset: canary}}}
  analysis:
    interval: 15s
    metrics:
    - {template: success}
    - {template: latency, margin: {absolute: 60ms}}
    - {template: memory, threshold: {max: 512MiB}}
"#;

const TEMPLATES: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success}
spec:
  successRate:
    requests: {metric: http_requests_total}
    errors: {match: {code: "5.."}}
  arm: {app: "${workload}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency}
spec:
  latency: {histogram: http_request_duration_seconds, unit: s}
  arm: {app: "${workload}"}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: memory}
spec:
  value: {query: 'max(memory_bytes{app="${workload}"})', unit: bytes}
"#;

/// Seconds between two samples, and between two looks.
pub(super) const EVERY: u32 = 15;

/// What one pod of the arm `app` had at each of its scrapes until `end`: ten requests a second, five of them within 50 ms and all but
/// two of a hundred within 100, and an error now and then.
pub(super) fn pod(labels: &[(&str, &str)], end: Timestamp) -> Vec<Samples> {
    let window = (before(end, 600), Timestamp(end.0 + 1));
    let series = |name: &str, more: Option<(&str, &str)>, per_second: f64| {
        let labels: Vec<_> = labels.iter().copied().chain(more).collect();
        Samples::of(name, &labels).every(EVERY, window, |second| (1_000.0 + per_second * second).floor())
    };
    let bucket = |le, per_second| {
        series(
            "http_request_duration_seconds_bucket",
            Some(("le", le)),
            per_second,
        )
    };
    vec![
        series("http_requests_total", Some(("code", "200")), 10.0),
        series("http_requests_total", Some(("code", "500")), 0.02),
        bucket("0.05", 5.0),
        bucket("0.1", 9.8),
        bucket("0.25", 10.0),
        bucket("+Inf", 10.0),
        series("memory_bytes", None, 0.0),
    ]
}

/// Two pods of an arm.
pub(super) fn arm(app: &str, end: Timestamp) -> Vec<Samples> {
    let pods = ["a", "b"].map(|pod_name| pod(&[("app", app), ("pod", &format!("{app}-{pod_name}"))], end));
    pods.into_iter().flatten().collect()
}

/// Both arms of the Canary, up to now.
pub(super) fn both_arms() -> Vec<Samples> {
    [arm("checkout-stable", now()), arm("checkout-canary", now())].concat()
}

/// A folder with the Canary, its templates, and a configuration.
pub(super) struct Patient {
    folder: TempDir,
    /// Runs while the patient does.
    server: Option<Prometheus>,
}

/// How the doctor ended.
pub(super) struct Told {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Patient {
    /// Whose data source is a real Prometheus that has `series`.
    pub(super) async fn with(series: &[Samples]) -> Self {
        let server = Prometheus::start().await;
        server.api.remote_write(series).await;
        Self {
            server: Some(server),
            ..Self::at("http://127.0.0.1:1")
        }
        .served()
    }

    /// Whose data source is at `address`.
    pub(super) fn at(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let patient = Self { folder, server: None };
        patient.write("canary.yaml", CANARY);
        patient.write("templates.yaml", TEMPLATES);
        patient.configured(&format!("address: '{address}'"))
    }

    /// Whose data source has these fields.
    pub(super) fn configured(self, fields: &str) -> Self {
        let timeout = "timeout: 5s";
        self.write(
            "serin.yaml",
            &format!("dataSources: {{default: {{{fields}, {timeout}}}}}\n"),
        );
        self
    }

    fn served(self) -> Self {
        let address = self.server.as_ref().unwrap().url();
        self.configured(&format!("address: '{address}'"))
    }

    /// With something else in the Canary.
    pub(super) fn canary(self, from: &str, to: &str) -> Self {
        self.edit("canary.yaml", from, to)
    }

    /// With something else in the templates.
    pub(super) fn template(self, from: &str, to: &str) -> Self {
        self.edit("templates.yaml", from, to)
    }

    fn edit(self, file: &str, from: &str, to: &str) -> Self {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(from), "{from} is not in {file}");
        self.write(file, &text.replace(from, to));
        self
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the doctor says, given these arguments.
    pub(super) async fn told(&self, arguments: &[&str]) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
        command
            .arg("doctor")
            .args(arguments)
            .current_dir(self.path())
            .env_remove("RUST_LOG");
        // Fakes answer on this runtime meanwhile.
        let run = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output {
            status,
            stdout,
            stderr,
        } = run.await.unwrap();
        Told {
            code: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Its exit code, and what it says as JSON.
    pub(super) async fn examined(&self) -> (i32, Diagnosis) {
        let told = self
            .told(&["canary.yaml", "templates.yaml", "--output", "json"])
            .await;
        let said = serde_json::from_str(&told.stdout);
        let said = said.unwrap_or_else(|error| panic!("{error}: {}{}", told.stdout, told.stderr));
        (told.code, Diagnosis(said))
    }
}

/// The JSON of the doctor: of one data source, and one Canary.
#[derive(Debug)]
pub(super) struct Diagnosis(pub(super) Value);

impl Diagnosis {
    pub(super) fn source(&self) -> &Value {
        &self.0["data_sources"][0]
    }

    pub(super) fn canary(&self) -> &Value {
        &self.source()["canaries"][0]
    }

    /// The first finding of the server itself about this.
    pub(super) fn of_server(&self, about: &str) -> &Value {
        first(&self.source()["findings"], about)
    }

    /// The first finding of a template's metric about this.
    pub(super) fn of(&self, template: &str, about: &str) -> &Value {
        let metrics = self.canary()["metrics"].as_array().unwrap();
        let metric = metrics.iter().find(|metric| metric["template"] == template);
        first(&metric.unwrap()["findings"], about)
    }

    /// Every finding that is not ok, as `template about: level`.
    pub(super) fn not_ok(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut add = |whose: &str, findings: &Value| {
            for finding in findings.as_array().unwrap() {
                if finding["level"] != "ok" {
                    let (about, level) = (finding["about"].as_str(), finding["level"].as_str());
                    told.push(format!("{whose} {}: {}", about.unwrap(), level.unwrap()));
                }
            }
        };
        add("server", &self.source()["findings"]);
        add("canary", &self.canary()["findings"]);
        for metric in self.canary()["metrics"].as_array().unwrap() {
            add(metric["template"].as_str().unwrap(), &metric["findings"]);
        }
        told
    }
}

fn first<'a>(findings: &'a Value, about: &str) -> &'a Value {
    let findings = findings.as_array().unwrap();
    let found = findings.iter().find(|finding| finding["about"] == about);
    found.unwrap_or_else(|| panic!("nothing about {about} in {findings:#?}"))
}

/// A field of a finding, as text.
pub(super) fn text<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding[field]
        .as_str()
        .unwrap_or_else(|| panic!("no text in {field} of {finding:#}"))
}
