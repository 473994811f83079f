//! kubectl in the cluster, for what people do with it. The test's thread waits for it; what works on others goes on.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use super::Cluster;
use crate::world::patience::PATIENCE;
use crate::world::programs::built;

impl Cluster {
    /// What kubectl prints, as the administrator; it succeeds.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        self.try_kubectl(arguments)
            .unwrap_or_else(|said| panic!("kubectl {}: {said}", arguments.join(" ")))
    }

    /// What it prints, or why it fails.
    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        said(
            self.kubectl_command()
                .args(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        )
    }

    /// What it prints when it reads this, as `apply -f -` does; it succeeds.
    pub(crate) fn kubectl_in(&self, arguments: &[&str], input: &str) -> String {
        self.try_kubectl_in(arguments, input)
            .unwrap_or_else(|said| panic!("kubectl {}: {said}", arguments.join(" ")))
    }

    /// As [`kubectl_in`](Self::kubectl_in), or why it fails.
    pub(crate) fn try_kubectl_in(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = self.kubectl_command();
        command.args(arguments).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut kubectl = command.spawn().unwrap();
        // It may end without reading all of it; what it says tells why.
        let _ = kubectl.stdin.take().unwrap().write_all(input.as_bytes());
        said(kubectl.wait_with_output().unwrap())
    }

    fn kubectl_command(&self) -> Command {
        // It waits for a stopped server without end.
        let mut command = self.command("timeout");
        command
            .arg(PATIENCE.as_secs().to_string())
            .arg(built("kubectl"))
            .arg("--kubeconfig")
            .arg(self.kubeconfig());
        command
    }
}

fn said(output: Output) -> Result<String, String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(format!("{}: {}", output.status, text(output.stderr)))
    }
}
