//! A demo for programs: JSON lines, the last of them the [`Summary`].

use std::io::{self, Write};

use serde_json::json;

use super::play::Stage;
use super::summary::Summary;
use super::world::World;
use crate::driver::Progress;
use crate::spec::CheckedCanary;

/// Writes a line a look, a line a notice, and the summary to `out`.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
}

impl Json<io::Stdout> {
    /// A stage on stdout.
    #[must_use]
    pub fn stdout() -> Self {
        Self { out: io::stdout() }
    }
}

impl<W: Write> Json<W> {
    fn line(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")?;
        self.out.flush()?;
        Ok(())
    }
}

impl<W: Write> Stage for Json<W> {
    fn opens(&mut self, world: &World, canary: &CheckedCanary, seed: u64) -> anyhow::Result<()> {
        let files = world.manifests();
        self.line(&json!({
            "type": "demo",
            "seed": seed,
            "canary": files.canary,
            "virtual_service": files.virtual_service,
            "spec": canary,
        }))
    }

    fn shows(&mut self, progress: &Progress) -> anyhow::Result<()> {
        let seconds = progress.at.since(progress.status.started_at).as_secs_f64();
        if progress.looked {
            self.line(&json!({"type": "look", "seconds": seconds, "status": *progress.status}))?;
        }
        for notice in &progress.notices {
            self.line(&json!({"type": "notice", "seconds": seconds, "notice": notice}))?;
        }
        Ok(())
    }

    fn closes(&mut self, _: &World, summary: &Summary) -> anyhow::Result<()> {
        self.line(summary)
    }
}
