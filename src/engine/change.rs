//! What a rollout changes.

/// From which version of the service to which, both in the words of whoever starts the rollout: hashes of pod templates, or tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What stable runs; none where nobody says so.
    pub from: Option<String>,
    /// What is rolled out.
    pub to: String,
}

/// To this version, from one that nobody names.
impl From<String> for Change {
    fn from(to: String) -> Self {
        Self { from: None, to }
    }
}

impl From<&str> for Change {
    fn from(to: &str) -> Self {
        to.to_owned().into()
    }
}
