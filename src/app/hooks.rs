//! Whoever calls hooks.

use anyhow::Context;

use super::known;
use crate::authorities::Authorities;
use crate::config::Config;
use crate::hook::HookCaller;

/// A caller of the hooks that `config` lets Canaries have.
///
/// # Errors
/// Where there is nobody to trust in `hooks.caFile`.
pub(super) fn caller(config: &Config) -> anyhow::Result<HookCaller> {
    let caller = HookCaller::new(known(config).hooks);
    let authorities = config.hooks.ca_file.as_deref().map(Authorities::read);
    Ok(match authorities.transpose().context("`hooks.caFile`")? {
        Some(authorities) => caller.trusting(authorities),
        None => caller,
    })
}
