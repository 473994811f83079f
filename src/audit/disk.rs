//! Who else on the machine can read or change what Serin reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Audit, Check, Severity};
use crate::config::{Config, Source, StoreUrl};

/// Fields whose last word ends so name a file with a secret, but for [`PUBLIC`].
const FILE: &str = "File";

/// What anybody may know: certificates and public keys.
const PUBLIC: [&str; 4] = ["caFile", "certFile", "publicKeyFile", "jwksFile"];

/// Fields that name a file with a secret by another word.
const KEYS: [&str; 2] = ["api.tls.key", "kubernetes.kubeconfig"];

pub(super) fn look(config: &Config, audit: &mut Audit) {
    let mut written = BTreeSet::new();
    for setting in config.settings() {
        if let Source::File { name, .. } | Source::Overlay { name, .. } = &setting.source {
            written.insert(PathBuf::from(name));
        }
        if let Some(path) = setting
            .value
            .as_deref()
            .filter(|_| names_a_secret(&setting.field))
        {
            secret(&setting.field, &setting.source.resolve(Path::new(path)), audit);
        }
    }
    for path in written {
        if others(&path).is_some_and(|others| others.write) {
            audit.find(
                Severity::High,
                Check::FileOpenToOthers,
                path.display().to_string(),
                "anybody on the machine can change the configuration",
                "chmod o-w",
            );
        }
    }
    if let StoreUrl::Sqlite(path) = &config.store.url
        && others(path).is_some_and(|others| others.read || others.write)
    {
        audit.find(
            Severity::Medium,
            Check::FileOpenToOthers,
            path.display().to_string(),
            "anybody on the machine can read what is remembered",
            "chmod o-rw, also for the files `-wal` and `-shm` beside it",
        );
    }
}

/// Whether the field of the configuration at this path names a file that holds a secret.
#[must_use]
pub fn names_a_secret(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or_default();
    last.ends_with(FILE) && !PUBLIC.contains(&last) || KEYS.contains(&field)
}

fn secret(field: &str, path: &Path, audit: &mut Audit) {
    let Some(others) = others(path) else { return };
    let (severity, found) = match others {
        Others { write: true, .. } => (Severity::High, "anybody on the machine can change the secret"),
        Others { read: true, .. } => (Severity::Medium, "anybody on the machine can read the secret"),
        _ => return,
    };
    audit.find(
        severity,
        Check::FileOpenToOthers,
        format!("{field} ({})", path.display()),
        found,
        "chmod o-rw; in a pod: `defaultMode: 0440` on the volume",
    );
}

/// What everybody may do with a file.
#[derive(Clone, Copy)]
struct Others {
    read: bool,
    write: bool,
}

/// None where there is no such file, or the system knows no such modes.
fn others(path: &Path) -> Option<Others> {
    let mode = mode(&fs::metadata(path).ok()?)?;
    Some(Others {
        read: mode & 0o004 != 0,
        write: mode & 0o002 != 0,
    })
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode())
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}
