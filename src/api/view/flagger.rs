//! What Flagger sends to a webhook.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every webhook of Flagger's, as its 1.44 sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlaggerPayload {
    /// The name of Flagger's Canary.
    #[schema(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    pub name: String,
    /// Its namespace.
    #[schema(max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    pub namespace: String,
    /// Where Flagger stands, such as `Progressing`.
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub phase: Option<String>,
    /// What Flagger makes of the revision: the same one is judged once.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub checksum: String,
    /// Where Serin has no Canary of this name: parts of a Canary's `spec`, each by its name and in YAML.
    pub metadata: Option<BTreeMap<String, String>>,
}
