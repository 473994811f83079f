//! A network of a cluster's own: its ports are fixed, whoever else has them outside, and nobody reaches it from there.
//!
//! A test moves into it with its thread. From then on whatever the thread does is done inside: the programs that it
//! starts, the threads that it starts, and the sockets that it opens, those of its runtime included. A runtime with
//! threads of its own would stay outside, so there it is refused.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Where pods have their addresses, as `kwok.yaml` has it. All of them are this machine's, so that a test can answer at
/// each.
const POD_ADDRESSES: &str = "10.128.0.0/9";

/// $1: the cluster's folder; $2: the addresses of pods. It stays until the test process closes its input, by whatever
/// death, and then removes the folder; servers that are killed at the same moment may still write to it.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
ip link set lo up && ip route add local "$2" dev lo && echo ready
cat >/dev/null
for _ in $(seq 50); do
    rm -rf "$1" 2>/dev/null && break
    sleep 0.1
done
"#;

/// The network. Dropping it removes the folder; the network itself ends with the last program in it.
pub(crate) struct Network {
    script: Child,
    input: Option<ChildStdin>,
    inside: File,
}

impl Network {
    /// A new one, in which nobody is yet. `folder` is the cluster's, and goes with it.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut script = Command::new("unshare")
            .args(["--net", "sh", "-c", SCRIPT, "sh"])
            .arg(folder)
            .arg(POD_ADDRESSES)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(script.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        assert_eq!(
            said, "ready\n",
            "no network of its own: run the tests as root, or under unshare --map-root-user"
        );
        Self {
            inside: File::open(namespace(&script)).unwrap(),
            input: script.stdin.take(),
            script,
        }
    }

    /// Moves the calling thread into it, for good.
    pub(crate) fn enter(&self) {
        let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        assert!(
            !matches!(flavor, Ok(RuntimeFlavor::MultiThread)),
            "a test with a cluster has a runtime on one thread: the workers of another one would stay outside"
        );
        move_into_link_name_space(self.inside.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
    }

    /// Starts a program in it, from wherever it is started; its number is the program's own.
    pub(super) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut net = std::ffi::OsString::from("--net=");
        net.push(namespace(&self.script));
        let mut command = Command::new("nsenter");
        command.arg(net).arg("--").arg(program);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.script.wait();
    }
}

fn namespace(script: &Child) -> PathBuf {
    format!("/proc/{}/ns/net", script.id()).into()
}
