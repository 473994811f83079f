//! Where a Canary's counters are read.

use std::collections::BTreeSet;

use super::findings::Findings;
use crate::document::{DNS_LABEL, FieldPath, is_dns_label, nearest};
use crate::spec::checked::{DataSource, Workload, Workloads};

/// The endpoints' own `/metrics`. No data source of the configuration has this name.
const SCRAPE: &str = "scrape";

/// What is read where a Canary names its workloads and no data source.
const DEFAULT: &str = "default";

/// The data source that `written` names: the endpoints themselves where nothing is written and no workload has a name. `here` is the
/// Canary's spec; `known` the configuration's data sources.
pub(super) fn data_source(
    here: &FieldPath,
    written: Option<&str>,
    workloads: &Workloads,
    known: Option<&BTreeSet<String>>,
    findings: &mut Findings<'_>,
) -> DataSource {
    let names = [("stable", &workloads.stable), ("canary", &workloads.canary)]
        .map(|(arm, workload)| (arm, workload.name()));
    // A workload without endpoints was refused: nothing follows from its name.
    let is_refused = [&workloads.stable, &workloads.canary]
        .into_iter()
        .any(|workload| matches!(workload, Workload::Endpoints(endpoints) if endpoints.addresses.is_empty()));
    let any_name = names.iter().any(|(_, name)| name.is_some()) && !is_refused;
    let name = match written {
        Some(SCRAPE) => {
            if workloads.are_in_cluster() {
                let hint =
                    "pods come and go behind a Deployment: a Prometheus server knows them all".to_owned();
                let field = here.key("analysis").key("dataSource");
                let expected = "a data source of the configuration";
                findings.refuse_found(
                    &field,
                    expected,
                    format!("`{SCRAPE}`, which asks endpoints"),
                    hint,
                );
            }
            return DataSource::Scrape;
        }
        None if !any_name => return DataSource::Scrape,
        written => written.unwrap_or(DEFAULT),
    };
    let field = here.key("analysis").key("dataSource");
    if !is_dns_label(name) {
        findings.refuse(&field, DNS_LABEL, None);
    } else if let Some(known) = known.filter(|known| !known.contains(name)) {
        findings.refuse_found(&field, expected(known), format!("`{name}`"), hint(name, known));
    }
    for (arm, name) in names {
        if name.is_none() {
            let hint = "a Prometheus server knows workloads by their labels: `${workload}` in templates is this name; \
                        `dataSource: scrape` asks the endpoints themselves";
            let field = here.key("workloads").key(arm).key("name");
            findings.refuse_found(&field, "a name", "none", hint.to_owned());
        }
    }
    DataSource::Prometheus(name.to_owned())
}

fn expected(known: &BTreeSet<String>) -> String {
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`, ")).collect();
    format!(
        "a data source of the configuration: {}or `{SCRAPE}`",
        names.concat()
    )
}

fn hint(name: &str, known: &BTreeSet<String>) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the configuration has them, such as `dataSources: {{{name}: {{address: http://prometheus:9090}}}}`"
        ),
    }
}
