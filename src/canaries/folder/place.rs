//! Where the paths in a Canary start.

use std::path::Path;

use crate::spec::{FiledCanary, Problem, Traffic};

/// Lets the paths in a Canary start at its own file's folder.
pub(super) fn at_its_file(filed: &mut FiledCanary) -> Option<Problem> {
    if let Traffic::File(traffic) = &mut filed.canary.traffic
        && let Some(folder) = Path::new(&filed.file).parent()
    {
        traffic.path = folder.join(&traffic.path).display().to_string();
    }
    None
}
