//! Whether a configuration is as safe as it could be: what `serin audit` looks at.
//!
//! What would be unsafe beyond doubt the configuration refuses itself: an API beyond this machine that anybody may command, a secret that
//! is short or stands where others read it. Here is what some have their reasons for, and everybody should know of. Each check has a
//! name, so that its findings can be counted and let pass one by one; the answer also says which checks found nothing.

mod access;
mod channels;
mod data_sources;
mod disk;
mod finding;
mod hooks;
mod rights;
mod store;

use crate::config::Config;
use crate::spec::Timestamp;

pub use finding::{Audit, Check, Finding, Severity};
pub use rights::{Rights, excess};

/// Looks at `config` as it stands at `now`, and at the files that it names.
#[must_use]
pub fn configuration(config: &Config, now: Timestamp) -> Audit {
    let mut audit = Audit::default();
    access::look(config, now, &mut audit);
    store::look(&config.store.url, &mut audit);
    data_sources::look(&config.data_sources, &mut audit);
    channels::look(&config.notify, &mut audit);
    hooks::look(&config.hooks, &mut audit);
    disk::look(config, &mut audit);
    audit
}

/// Whether `host` is this machine: what goes there nobody else hears.
fn is_this_machine(host: Option<url::Host<&str>>) -> bool {
    match host {
        None => true,
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
    }
}
