//! What the daemon is told: `serin.yaml`, the overlay of its environment, `SERIN_*` variables, and flags.
//!
//! Later wins, field by field. What comes out of the check is a [`Config`] with every default filled in, and where each value
//! came from; what is wrong, in whatever layer, comes out as [`Problems`], all of it at once. Secrets stand in files of their
//! own or in variables, and are shown nowhere. Nothing here looks beyond its arguments but [`load`].
//!
//! A field is written down once, in the table of its section (`sections/`): its path makes its variable and its flag, and the
//! table makes the messages and the [`example`].

mod address;
mod apart;
mod bytes;
mod disk;
mod example;
mod field;
mod files;
mod layers;
mod recognise;
mod scalar;
mod sections;
mod source;
mod table;
mod values;

pub use address::{is_loopback, is_this_machine};
pub use disk::{Disk, load};
pub use example::{FieldReference, example, reference};
pub use files::{FileError, Files};
pub use layers::{Environment, Flags, StoreFlags};
pub use recognise::{is_configuration, overlay_of};
pub use sections::{
    Api, ApiJwt, ApiJwtKey, ApiKubernetes, ApiRole, ApiTls, ApiToken, Asker, Canaries, CanariesFrom, Channel,
    DataSource, DataSourceTls, Destination, Effort, HeaderLines, Health, Hooks, Kubernetes, Log, LogFormat,
    LogLevel, Migrate, Notify, PostgresUrl, Retention, Sha256, Shutdown, Store, StoreUrl, WebhookUrl,
    Whereabouts,
};
pub use source::{Setting, Source};

use std::collections::BTreeMap;

use self::layers::Layers;
use self::values::Values;
use crate::document::{Problem, Problems};

/// The checked configuration. Made only by [`check`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the Canaries are.
    pub canaries: Canaries,
    /// The cluster that Canaries with Deployments and VirtualServices are of.
    pub kubernetes: Kubernetes,
    /// Where commands and questions come in.
    pub api: Api,
    /// The listener for probes and metrics.
    pub health: Health,
    /// What is remembered, and for how long.
    pub store: Store,
    /// Whose counters are judged, by the name that a Canary has. The one named `default` serves those that name none.
    pub data_sources: BTreeMap<String, DataSource>,
    /// Where hooks may go.
    pub hooks: Hooks,
    /// Who is told.
    pub notify: Notify,
    /// What is written to stderr.
    pub log: Log,
    /// How the daemon ends.
    pub shutdown: Shutdown,
    settings: Vec<Setting>,
    files: Vec<String>,
}

impl Config {
    /// Every field, with its value for people and where that came from. Secrets are not shown.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The files that were read, by the names that they were given; none where there was none.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }
}

/// Reads every layer and checks it whole.
///
/// # Errors
///
/// [`Problems`], if there is one problem or more in any layer.
pub fn check(environment: &Environment, flags: &Flags, files: &dyn Files) -> Result<Config, Problems> {
    let mut layers = Layers::read(environment, flags, files);
    sections::notify::replace_changed_channels(&mut layers);
    let mut values = Values::new(&layers, files);
    let (canaries, api) = (
        sections::canaries::canaries(&mut values),
        sections::api::api(&layers, &mut values),
    );
    let health = sections::health::health(&mut values);
    refuse_one_port_for_both(&api, &health, &mut values);
    let config = Config {
        canaries,
        kubernetes: sections::kubernetes::kubernetes(&mut values),
        api,
        health,
        store: sections::store::store(&mut values),
        data_sources: sections::data_sources::data_sources(&layers, &mut values),
        hooks: sections::hooks::hooks(&mut values),
        notify: sections::notify::notify(&layers, &mut values),
        log: sections::log::log(&mut values),
        shutdown: sections::shutdown::shutdown(&mut values),
        settings: Vec::new(),
        files: Vec::new(),
    };
    let (of_values, settings) = values.finish();
    let (of_layers, files) = layers.into_problems();
    let problems: Vec<Problem> = of_layers.into_iter().chain(of_values).collect();
    if problems.is_empty() {
        return Ok(Config {
            settings,
            files,
            ..config
        });
    }
    Err(Problems::new(in_order(problems, &files)))
}

fn refuse_one_port_for_both(api: &Api, health: &Health, values: &mut Values<'_>) {
    if !address::collide(api.address, health.address) {
        return;
    }
    let entries = [&sections::api::ADDRESS.entry, &sections::health::ADDRESS.entry];
    let written = entries.map(|entry| (entry, values.source(entry, "").unwrap_or(Source::Default)));
    let later = written.iter().max_by_key(|(_, source)| source.layer());
    if let Some((entry, source)) = later {
        values.refuse(
            entry.path,
            source,
            "another port than that of the other listener",
            format!(
                "`api.address` {} and `health.address` {}",
                api.address, health.address
            ),
            None,
        );
    }
}

/// In the order of the layers, and of the lines in each.
fn in_order(mut problems: Vec<Problem>, files: &[String]) -> Vec<Problem> {
    problems.sort_by_key(|problem| {
        let file = files.iter().position(|file| *file == problem.file);
        (
            file.unwrap_or(files.len()),
            problem.file.starts_with("--"),
            problem.line,
        )
    });
    problems
}
