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

use url::Url;

use crate::config::{Config, is_this_machine};
use crate::spec::Timestamp;

pub use disk::names_a_secret;
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
    channels::look_at_files(config, &mut audit);
    hooks::look(&config.hooks, &mut audit);
    disk::look(config, &mut audit);
    audit
}

/// Whether somebody on the way can read and change what goes to `url`.
fn in_the_open(url: &Url) -> bool {
    url.scheme() == "http" && !url.host_str().is_some_and(is_this_machine)
}
