//! What a team would have written for each of its services.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The namespace of every Canary here.
pub(crate) const NAMESPACE: &str = "bench";

/// The weight at which a rollout rests: the next step waits for an approval that nobody gives.
pub(crate) const RESTING_WEIGHT: u8 = 50;

/// What differs from the defaults: somebody is told.
pub(crate) const CONFIGURATION: &str = "notify: {channels: {log: {type: log}}}\n";

const TEMPLATES: &str = r#"apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate, namespace: bench}
spec: {successRate: {requests: {metric: http_requests_total}, errors: {match: {code: "5.."}}}}
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency, namespace: bench}
spec: {latency: {histogram: http_request_duration_seconds, unit: s}}
"#;

/// Writes the templates that all Canaries share.
pub(crate) fn write_templates(canaries: &Path) -> anyhow::Result<()> {
    Ok(fs::write(canaries.join("templates.yaml"), TEMPLATES)?)
}

/// Writes a Canary into one folder, and its VirtualService into the other.
pub(crate) fn write(
    name: &str,
    [stable, canary]: [SocketAddr; 2],
    canaries: &Path,
    routes: &Path,
) -> anyhow::Result<()> {
    let route = routes.join(format!("{name}.yaml"));
    let text = format!(
        r#"apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {{name: {name}, namespace: {NAMESPACE}}}
spec:
  workloads: {{stable: {{endpoints: ["http://{stable}"]}}, canary: {{endpoints: ["http://{canary}"]}}}}
  traffic:
    file: {{path: "{}", virtualService: {name}, route: primary, stable: {{subset: stable}}, canary: {{subset: canary}}}}
  steps: [{{weight: {RESTING_WEIGHT}}}, {{weight: 100, approval: true}}]
  maxDuration: 1h
  analysis:
    interval: 1s
    warmup: 0s
    metrics:
    - {{template: success-rate, margin: {{relative: 50%, absolute: 0.5%}}}}
    - {{template: latency, margin: {{relative: 20%}}}}
  notify: [log]
"#,
        route.display()
    );
    fs::write(canaries.join(format!("{name}.yaml")), text)?;
    let route_text = format!(
        r"apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: {NAMESPACE}}}
spec:
  hosts: [{name}]
  http:
  - name: primary
    route:
    - destination: {{host: {name}, subset: stable}}
      weight: 100
    - destination: {{host: {name}, subset: canary}}
      weight: 0
"
    );
    Ok(fs::write(route, route_text)?)
}
