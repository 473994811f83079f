//! A real Prometheus in a temporary folder, on a port of the kernel's choice; it ends with the test.
//!
//! ```ignore
//! let prometheus = Prometheus::start().await;
//! let prometheus = Prometheus::set_up().scraping([Target::at(address).label("pod", "a")]).start().await;
//! let prometheus = Prometheus::set_up().backfilled([series]).tls().start().await;
//! ```
//!
//! What bites: it begins to scrape five to six seconds after it has started, and takes up to five to see other targets
//! (its discovery tells what is new every five seconds). An instant query repeats a series for five minutes after its
//! last sample, unless the target has gone or no longer exposes it.

mod set_up;
mod web;

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use self::set_up::SetUp;
pub(crate) use self::web::{PASSWORD, USER};
use super::certificates::Certificates;
use super::programs::installed;
use super::server::Server;

/// The server. It sees other targets within five seconds.
pub(crate) struct Prometheus {
    server: Server,
    /// If it was set up for TLS.
    pub(crate) certificates: Option<Certificates>,
}

impl Prometheus {
    /// With nothing in it and nothing to scrape: samples come by [`Promql::remote_write`], up to an hour old.
    pub(crate) async fn start() -> Self {
        Self::set_up().start().await
    }

    /// What it shall be like.
    pub(crate) fn set_up() -> SetUp {
        SetUp::default()
    }
}

impl Deref for Prometheus {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl DerefMut for Prometheus {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}

fn command(folder: &Path, port: u16, flags: &[String]) -> Command {
    let mut command = Command::new(installed("prometheus", "prometheus"));
    command
        .arg(flag("config.file", &folder.join("prometheus.json")))
        .arg(flag("storage.tsdb.path", &data(folder)))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--web.enable-lifecycle", "--web.enable-remote-write-receiver"])
        // Discovery's own five seconds cannot be changed; these, which come after them, can.
        .arg("--scrape.discovery-reload-interval=50ms")
        .args(["--storage.tsdb.retention.time=30d", "--log.level=warn"])
        .args(flags);
    command
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn flag(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}
