//! Who asks.

use clap::Args;

/// Who asks, as far as anybody says.
#[derive(Debug, Args)]
pub(in crate::cli) struct By {
    /// Who asks; the user of this session (USER) where it is left out.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl By {
    /// The name that the journal keeps.
    pub(in crate::cli) fn name(&self) -> String {
        let user = std::env::var("USER").ok().filter(|user| !user.is_empty());
        let nobody = || "somebody at the command line".to_owned();
        self.by.clone().or(user).unwrap_or_else(nobody)
    }
}
