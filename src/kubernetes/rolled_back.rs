//! The note of a rollback, on the stable Deployment that was rolled back: in the same write, so that there is none without it, with or
//! without a daemon that sees it.

use crate::engine::Rollback;

/// The annotation: the newest [`Rollback`], as JSON.
pub const ROLLED_BACK: &str = "serin.dev/rolled-back";

/// The note on the object with these annotations; none where there is none, or somebody wrote something else there.
pub fn rolled_back<'a>(annotation: impl FnOnce(&str) -> Option<&'a str>) -> Option<Rollback> {
    serde_json::from_str(annotation(ROLLED_BACK)?).ok()
}
