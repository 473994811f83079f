//! A server program of a test's own: it ends with the test, however the test ends.
//!
//! A small shell script starts it, waits until the test process closes the script's input, by whatever death, and then
//! kills the program. So a panic, an abort and a kill of the tests leave nothing behind, a stopped program included.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use reqwest::Client;

use super::patience::until;

/// $1: where its output goes; the rest: the program. Interrupts from a keyboard are the test process's to take. Until
/// the shell waits for it, nobody else can have the program's number.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
log=$1; shift
"$@" </dev/null >>"$log" 2>&1 &
echo $!
read -r _
kill -KILL $!
wait $!
"#;

/// Ports that are tried.
const PORTS_MAX: u32 = 5;

/// A running program. Dropping it kills it and waits until it is gone.
pub(crate) struct Process {
    pid: u32,
    log: PathBuf,
    script: Child,
    input: Option<ChildStdin>,
}

impl Process {
    /// Starts it; what it prints is appended to `log`.
    pub(crate) fn start(command: &Command, log: &Path) -> Self {
        let mut script = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(log)
            .arg(command.get_program())
            .args(command.get_args())
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut pid = String::new();
        let mut output = BufReader::new(script.stdout.take().unwrap());
        output.read_line(&mut pid).unwrap();
        Self {
            pid: pid.trim().parse().unwrap(),
            log: log.to_owned(),
            input: script.stdin.take(),
            script,
        }
    }

    /// Its number.
    pub(crate) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until a GET of `url` succeeds, or the program has ended instead.
    pub(crate) async fn ready(&self, client: &Client, url: &str) -> Result<(), Refused> {
        until(&format!("ready: {url}"), async || {
            if self.has_ended() {
                return Some(Err(Refused { said: self.said() }));
            }
            let answer = client.get(url).send().await.ok()?;
            answer.status().is_success().then_some(Ok(()))
        })
        .await
    }

    /// SIGSTOP: it stays as it is, its connections too, and does nothing.
    pub(crate) fn stop(&self) {
        self.signal("STOP");
        // Signals take effect a little later.
        while self.state() != Some('T') {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGCONT: it goes on.
    pub(crate) fn cont(&self) {
        self.signal("CONT");
    }

    /// What it has printed so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it is gone, or dead.
    pub(crate) fn has_ended(&self) -> bool {
        self.state().is_none_or(|state| state == 'Z')
    }

    fn signal(&self, name: &str) {
        let signal = format!("-{name}");
        let sent = Command::new("kill").args([signal, self.pid.to_string()]).status();
        assert!(sent.unwrap().success(), "it has ended:\n{}", self.said());
    }

    /// The state's letter; none when there is no such process.
    fn state(&self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        // The name before it stands in brackets, and may have some itself.
        stat.rsplit_once(") ")?.1.chars().next()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input is the script's word to kill the program, which is the script's child and not ours.
        drop(self.input.take());
        let _ = self.script.wait();
    }
}

/// A program ended when it should have begun.
#[derive(Debug)]
pub(crate) struct Refused {
    said: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has ended:\n{}", self.said)
    }
}

/// Starts something on a free port, and on another one while somebody else was faster.
pub(crate) async fn on_free_port(mut start: impl AsyncFnMut(u16) -> Result<(), Refused>) {
    for _ in 0..PORTS_MAX {
        match start(free_port()).await {
            Ok(()) => return,
            Err(refused) if refused.said.contains("address already in use") => {}
            Err(refused) => panic!("{refused}"),
        }
    }
    panic!("{PORTS_MAX} ports that were free were not");
}

/// A port that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
