//! Where the arms run and where the weights are written.

use std::collections::BTreeMap;

use super::endpoint::normalised;
use super::findings::Findings;
use crate::document::{DNS_LABEL, DNS_SUBDOMAIN, FieldPath, is_dns_label, is_dns_subdomain};
use crate::spec::canary::{DestinationSpec, IstioSpec, TrafficSpec, WorkloadSpec, WorkloadsSpec};
use crate::spec::checked::{
    Deployment, Endpoints, FileTraffic, RouteDestination, Traffic, WeightedRoute, Workload, Workloads,
};

/// Endpoints of an arm. Each is a connection at every look; beyond this a Prometheus server is the right source.
pub(in crate::spec) const MAX_ENDPOINTS: usize = 100;

/// Checks both arms' workloads.
pub(super) fn workloads(here: &FieldPath, spec: &WorkloadsSpec, findings: &mut Findings<'_>) -> Workloads {
    let mut seen = BTreeMap::new();
    if spec.baseline.is_some() {
        let hint = "leave it out: the canary is compared with `stable`, which serves beside it".to_owned();
        findings.refuse_found(
            &here.key("baseline"),
            "nothing here in this version",
            "a workload",
            hint,
        );
    }
    let workloads = Workloads {
        stable: workload(&here.key("stable"), &spec.stable, &mut seen, findings),
        canary: workload(&here.key("canary"), &spec.canary, &mut seen, findings),
    };
    let is_in_cluster = |spec: &WorkloadSpec| spec.kind.is_some();
    if is_in_cluster(&spec.stable) != is_in_cluster(&spec.canary) {
        let hint = "both arms are Deployments, or both have endpoints".to_owned();
        findings.refuse_found(
            &here.key("canary"),
            "a workload of the sort that `stable` is",
            "another",
            hint,
        );
    }
    if let (Some(stable), Some(canary)) = (workloads.stable.name(), workloads.canary.name())
        && stable == canary
    {
        let hint = "the name tells the arms apart: it is what `${workload}` stands for".to_owned();
        let field = here.key("canary").key("name");
        findings.refuse_found(&field, "another name than `stable`", format!("`{canary}`"), hint);
    }
    workloads
}

/// `seen` has the endpoints of both arms and where each was written first.
fn workload(
    here: &FieldPath,
    spec: &WorkloadSpec,
    seen: &mut BTreeMap<String, FieldPath>,
    findings: &mut Findings<'_>,
) -> Workload {
    let endpoints = |addresses| {
        Workload::Endpoints(Endpoints {
            name: spec.name.clone(),
            addresses,
        })
    };
    if spec.kind.is_some() {
        return deployment(here, spec, findings);
    }
    if spec.name.as_deref().is_some_and(|name| !is_dns_subdomain(name)) {
        findings.refuse(&here.key("name"), DNS_SUBDOMAIN, None);
    }
    let at = here.key("endpoints");
    let written = spec.endpoints.as_deref().unwrap_or_default();
    if written.is_empty() {
        let hint = "such as `[http://127.0.0.1:8081]`".to_owned();
        findings.refuse_found(&at, "at least one endpoint", "none", hint);
    }
    if written.len() > MAX_ENDPOINTS {
        findings.refuse_found(
            &at,
            format!("at most {MAX_ENDPOINTS} endpoints"),
            written.len().to_string(),
            None,
        );
        return endpoints(Vec::new());
    }
    for (index, endpoint) in written.iter().enumerate() {
        let field = at.index(index);
        match normalised(endpoint) {
            Err(refused) if endpoint.contains('@') => findings.refuse_found(
                &field,
                refused.expected,
                "one with credentials, which is not shown",
                refused.hint.map(str::to_owned),
            ),
            Err(refused) => findings.refuse(&field, refused.expected, refused.hint.map(str::to_owned)),
            Ok(address) => match seen.get(&address) {
                Some(first) => findings.refuse_found(
                    &field,
                    "each endpoint once, in one arm",
                    format!("`{endpoint}` again (first at {first})"),
                    None,
                ),
                None => {
                    seen.insert(address, field);
                }
            },
        }
    }
    let without_slash = |endpoint: &String| endpoint.trim_end_matches('/').to_owned();
    endpoints(written.iter().map(without_slash).collect())
}

/// A workload with a kind: an object in a cluster.
fn deployment(here: &FieldPath, spec: &WorkloadSpec, findings: &mut Findings<'_>) -> Workload {
    if spec.endpoints.is_some() {
        let hint =
            "a Deployment's pods are found by its selector; outside a cluster leave `kind` out".to_owned();
        findings.refuse_found(&here.key("endpoints"), "no endpoints beside `kind`", "some", hint);
    }
    let name = spec.name.clone().unwrap_or_default();
    if !is_dns_subdomain(&name) {
        let hint = "the Deployment's `metadata.name`".to_owned();
        findings.refuse(&here.key("name"), DNS_SUBDOMAIN, hint);
    }
    Workload::Deployment(Deployment { name })
}

/// Checks the traffic section; `None` where there is none, or two.
pub(super) fn traffic(
    here: &FieldPath,
    spec: &TrafficSpec,
    namespace: &str,
    findings: &mut Findings<'_>,
) -> Option<Traffic> {
    match (&spec.file, &spec.istio) {
        (Some(file), None) => {
            let here = here.key("file");
            if file.path.trim().is_empty() || file.path.contains(char::is_control) {
                findings.refuse(&here.key("path"), "the path of a VirtualService manifest", None);
            }
            Some(Traffic::File(FileTraffic {
                path: file.path.clone(),
                route: weighted_route(&here, &file.as_in_cluster(), namespace, findings),
            }))
        }
        (None, Some(istio)) => {
            let route = weighted_route(&here.key("istio"), istio, namespace, findings);
            Some(Traffic::Istio(route))
        }
        (file, _) => {
            let found = if file.is_some() { "both" } else { "neither" };
            findings.refuse_found(here, "exactly one of `file` and `istio`", found, None);
            None
        }
    }
}

fn weighted_route(
    here: &FieldPath,
    spec: &IstioSpec,
    namespace: &str,
    findings: &mut Findings<'_>,
) -> WeightedRoute {
    if !is_dns_subdomain(&spec.virtual_service) {
        findings.refuse(&here.key("virtualService"), DNS_SUBDOMAIN, None);
    }
    if spec
        .route
        .as_deref()
        .is_some_and(|route| route.trim().is_empty() || route.contains(char::is_control))
    {
        let hint = "leave it out where only one route has the two destinations".to_owned();
        findings.refuse(&here.key("route"), "the name of an HTTP route", hint);
    }
    let stable = destination(&here.key("stable"), &spec.stable, findings);
    let canary = destination(&here.key("canary"), &spec.canary, findings);
    if stable == canary && (stable.host.is_some() || stable.subset.is_some()) {
        findings.refuse_found(
            &here.key("canary"),
            "another destination than `stable`",
            "the same",
            None,
        );
    }
    WeightedRoute {
        virtual_service: spec.virtual_service.clone(),
        namespace: namespace.to_owned(),
        route: spec.route.clone(),
        stable,
        canary,
    }
}

fn destination(here: &FieldPath, spec: &DestinationSpec, findings: &mut Findings<'_>) -> RouteDestination {
    if spec.host.is_none() && spec.subset.is_none() {
        findings.refuse_found(
            here,
            "`host`, `subset` or both",
            "neither",
            "such as `{subset: stable}`".to_owned(),
        );
    }
    if spec.host.as_deref().is_some_and(|host| !is_dns_subdomain(host)) {
        findings.refuse(&here.key("host"), DNS_SUBDOMAIN, None);
    }
    if spec.subset.as_deref().is_some_and(|subset| !is_dns_label(subset)) {
        findings.refuse(&here.key("subset"), DNS_LABEL, None);
    }
    RouteDestination {
        host: spec.host.clone(),
        subset: spec.subset.clone(),
    }
}
