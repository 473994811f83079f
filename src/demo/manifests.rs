//! The demo's files: what a user would write, with comments for whoever reads them first.

use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::options::{ErrorMargin, Steps};
use super::router::Destination;
use crate::engine::{Arm, PerArm};
use crate::spec::Percent;

const CANARY: &str = include_str!("manifests/canary.yaml");
const VIRTUAL_SERVICE: &str = include_str!("manifests/virtual-service.yaml");

/// What differs between one demo and the next.
#[derive(Debug, Clone)]
pub struct ManifestSettings {
    /// Where each arm's service listens.
    pub endpoints: PerArm<Vec<SocketAddr>>,
    /// The Canary's steps.
    pub steps: Steps,
    /// Time between two looks.
    pub interval: Duration,
    /// How many more errors are acceptable.
    pub margin_errors: ErrorMargin,
    /// How much slower is acceptable.
    pub margin_latency: Percent,
}

/// The files that were written.
#[derive(Debug, Clone)]
pub struct Manifests {
    /// A Canary and its two AnalysisTemplates.
    pub canary: PathBuf,
    /// The VirtualService, with all traffic on stable.
    pub virtual_service: PathBuf,
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// There is one already, and it may be somebody's work.
    #[error("{} is there already, and the demo overwrites nothing\n  hint: name another folder, or remove it", .path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Something else is in the way.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes both files into `folder`, which is made if it is not there. Refuses to overwrite.
///
/// # Errors
/// See [`ManifestError`]. A file that was written before the error stays.
pub fn write(folder: &Path, settings: &ManifestSettings) -> Result<Manifests, ManifestError> {
    std::fs::create_dir_all(folder).map_err(|source| ManifestError::Write {
        path: folder.to_owned(),
        source,
    })?;
    let manifests = Manifests {
        canary: folder.join("canary.yaml"),
        virtual_service: folder.join("virtual-service.yaml"),
    };
    write_new(&manifests.canary, &canary(settings))?;
    write_new(&manifests.virtual_service, VIRTUAL_SERVICE)?;
    Ok(manifests)
}

/// The destination of an arm in the VirtualService, for the router's table of backends.
#[must_use]
pub fn destination(arm: Arm) -> Destination {
    let subset = match arm {
        Arm::Canary => "canary",
        Arm::Baseline => "stable",
    };
    Destination {
        host: "checkout".to_owned(),
        subset: Some(subset.to_owned()),
    }
}

fn canary(settings: &ManifestSettings) -> String {
    let steps = settings
        .steps
        .weights()
        .iter()
        .map(|weight| format!("  - {{weight: {weight}}}"));
    let values = [
        ("stable_endpoints", addresses(&settings.endpoints.baseline)),
        ("canary_endpoints", addresses(&settings.endpoints.canary)),
        ("steps", steps.collect::<Vec<_>>().join("\n")),
        (
            "interval",
            humantime::format_duration(settings.interval).to_string(),
        ),
        ("errors_relative", settings.margin_errors.relative.to_string()),
        ("errors_absolute", settings.margin_errors.absolute.to_string()),
        ("latency_relative", settings.margin_latency.to_string()),
    ];
    values.iter().fold(CANARY.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    })
}

fn addresses(endpoints: &[SocketAddr]) -> String {
    let quoted = endpoints.iter().map(|address| format!("\"http://{address}\""));
    quoted.collect::<Vec<_>>().join(", ")
}

fn write_new(path: &Path, text: &str) -> Result<(), ManifestError> {
    File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => ManifestError::Exists {
                path: path.to_owned(),
            },
            _ => ManifestError::Write {
                path: path.to_owned(),
                source,
            },
        })
}
