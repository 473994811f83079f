//! One read or write of a manifest, from the path to the state.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::MANIFEST_BYTES_MAX;
use super::beside::{Beside, sync_folder_of};
use super::lock::Lock;
use super::version::version;
use crate::driver::ports::TrafficError;
use crate::engine::{TrafficState, TrafficWrite};
use crate::spec::WeightedRoute;
use crate::traffic::manifest::Manifest;
use crate::traffic::virtual_service::{ManagedRoute, RouteSelector, WriteRefusal, find};

/// One call of the port, on a thread that may block.
pub(super) struct Job {
    path: PathBuf,
    wanted: WeightedRoute,
}

impl Job {
    pub(super) const fn new(path: PathBuf, wanted: WeightedRoute) -> Self {
        Self { path, wanted }
    }

    pub(super) fn read(&self) -> Result<TrafficState, TrafficError> {
        let text = self.text(&self.target()?)?;
        let manifest = self.manifest(&text)?;
        let route = self.route(&manifest)?;
        Ok(route.state(version(manifest.document())))
    }

    pub(super) fn write(
        &self,
        seen_version: &str,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let target = self.target()?;
        let lock = Lock::take(&target).map_err(|error| self.unreachable(error))?;
        let text = self.text(&target)?;
        let manifest = self.manifest(&text)?;
        let route = self.route(&manifest)?;
        if version(manifest.document()) != seen_version {
            return Err(self.conflict());
        }
        let edits = route.edits(write).map_err(|refusal| match refusal {
            WriteRefusal::StaleEpoch { .. } => self.conflict(),
            WriteRefusal::Refused(reason) => self.refused(reason),
        })?;
        let edited = manifest.with(&edits).map_err(|reason| self.refused(reason))?;
        // A file that is full to the brim must not become one that is refused from then on.
        self.check_size(edited.len())?;

        let beside = Beside::write(&target, &edited).map_err(|error| self.unreachable(error))?;
        // The sync above took the longest: whoever writes without the lock did so now, if at all.
        if self.text(&target)? != text {
            return Err(self.conflict());
        }
        beside.rename().map_err(|error| self.unreachable(error))?;
        // From here on the file is the new one, so a failure is no longer "nothing was written".
        sync_folder_of(&target).map_err(|error| self.unknown(error))?;
        let state = self.read().map_err(|error| self.unknown(error))?;
        drop(lock);
        Ok(state)
    }

    /// The file itself, so that a symbolic link stays one.
    fn target(&self) -> Result<PathBuf, TrafficError> {
        self.path.canonicalize().map_err(|error| self.unreachable(error))
    }

    fn text(&self, target: &Path) -> Result<String, TrafficError> {
        let bytes = read_bounded(target).map_err(|error| self.unreachable(error))?;
        if bytes.is_empty() {
            // Editors and copies empty a file before they fill it.
            return Err(self.unreachable("expected a manifest, found an empty file; it may be being written"));
        }
        self.check_size(bytes.len())?;
        String::from_utf8(bytes).map_err(|error| {
            self.refused(format!(
                "expected UTF-8, found {error}; hint: save the file as UTF-8"
            ))
        })
    }

    fn check_size(&self, bytes: usize) -> Result<(), TrafficError> {
        if bytes as u64 <= MANIFEST_BYTES_MAX {
            return Ok(());
        }
        Err(self.refused(format!(
            "expected at most {MANIFEST_BYTES_MAX} bytes, found more; hint: give the VirtualService its own file"
        )))
    }

    fn manifest<'a>(&'a self, text: &'a str) -> Result<Manifest<'a>, TrafficError> {
        Manifest::find(text, &self.wanted.namespace, &self.wanted.virtual_service)
            .map_err(|reason| self.refused(reason))
    }

    fn route(&self, manifest: &Manifest<'_>) -> Result<ManagedRoute, TrafficError> {
        find(manifest.object(), &RouteSelector::from(&self.wanted)).map_err(|reason| self.refused(reason))
    }

    /// What messages call the object.
    pub(super) fn object(&self) -> String {
        format!("{} in {}", self.wanted, self.path.display())
    }

    fn conflict(&self) -> TrafficError {
        TrafficError::Conflict {
            object: self.object(),
        }
    }

    fn refused(&self, reason: impl ToString) -> TrafficError {
        TrafficError::Refused {
            object: self.object(),
            reason: reason.to_string(),
        }
    }

    fn unreachable(&self, reason: impl ToString) -> TrafficError {
        TrafficError::Unreachable {
            object: self.object(),
            reason: reason.to_string(),
        }
    }

    fn unknown(&self, reason: impl ToString) -> TrafficError {
        TrafficError::Unknown {
            object: self.object(),
            reason: reason.to_string(),
        }
    }
}

/// The file's bytes, one more than allowed at most.
fn read_bounded(target: &Path) -> io::Result<Vec<u8>> {
    if !target.metadata()?.is_file() {
        // Opening a pipe would wait for its other end.
        return Err(io::Error::other("expected a regular file, found something else"));
    }
    let mut bytes = Vec::new();
    File::open(target)?
        .take(MANIFEST_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
