//! Whom Serin believes.

use std::collections::BTreeMap;

use super::finding::{Audit, Check, Severity};
use super::in_the_open;
use crate::config::{Asker, DataSource};

pub(super) fn look(sources: &BTreeMap<String, DataSource>, audit: &mut Audit) {
    for (name, source) in sources {
        if in_the_open(&source.address) {
            let has_secrets = source.asker != Asker::Anybody || !source.headers.0.is_empty();
            let (severity, found) = if has_secrets {
                (Severity::High, "plain HTTP, with a secret in each request")
            } else {
                (
                    Severity::Low,
                    "plain HTTP: whoever is on the way can make up what is counted",
                )
            };
            audit.find(
                severity,
                Check::DataSourceInTheOpen,
                format!("dataSources.{name}.address"),
                found,
                "use https, with `caFile` where the authority is your own",
            );
        }
        if source.tls.insecure_skip_verify {
            audit.find(
                Severity::High,
                Check::DataSourceUnchecked,
                format!("dataSources.{name}.insecureSkipVerify"),
                "its certificate is taken unchecked: anybody on the way can be the server",
                "name the authority in `caFile` instead",
            );
        }
    }
}
