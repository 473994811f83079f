//! A real disk of a few megabytes, for one test.
//!
//! The test runs itself again in a mount namespace of its own, where the disk can be mounted without anybody else
//! seeing it, and without being root where the system lets users have such namespaces.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

/// Set in the second run: the disk's folder.
const FOLDER: &str = "SERIN_TEST_SMALL_DISK";

/// $1: the folder, $2: its megabytes; the rest: what to run.
const SCRIPT: &str = r#"set -e; folder=$1; size=$2; shift 2
mount -t tmpfs -o "size=${size}m,mode=0700" tmpfs "$folder"; exec "$@""#;

/// Holds some appends.
const MEGABYTES: u32 = 4;

/// The disk.
pub(crate) struct SmallDisk {
    pub(crate) folder: PathBuf,
}

/// Runs `body` on a small disk; `test` is the calling test's full name.
pub(crate) fn on_small_disk(test: &str, body: impl AsyncFnOnce(SmallDisk)) {
    on_disk_of(MEGABYTES, test, body);
}

/// As [`on_small_disk`], with so many megabytes.
pub(crate) fn on_disk_of(megabytes: u32, test: &str, body: impl AsyncFnOnce(SmallDisk)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let disk = SmallDisk {
            folder: folder.into(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(body(disk));
    }
    let folder = tempfile::tempdir().unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let own_namespace = if is_root { "--mount" } else { "--map-root-user" };
    let run = Command::new("unshare")
        .args([
            own_namespace,
            "--mount",
            "--propagation=private",
            "sh",
            "-c",
            SCRIPT,
            "sh",
        ])
        .arg(folder.path())
        .arg(megabytes.to_string())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success(),
        "in a mount namespace (`unshare`) of its own:\n{said}"
    );
    assert!(said.contains("1 passed"), "no test has the name {test}:\n{said}");
}

impl SmallDisk {
    /// Uses up what is left of it.
    pub(crate) fn fill(&self) {
        let filler = fs::File::create(self.filler()).unwrap();
        let error = std::io::copy(&mut std::io::repeat(0), &mut &filler).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    /// Lets what is opened from now on only be read.
    pub(crate) fn turn_read_only(&self) {
        mount(&["mount", "--bind"], &[&self.folder, &self.folder]);
        mount(&["mount", "-o", "remount,bind,ro"], &[&self.folder]);
    }

    /// Takes that back.
    pub(crate) fn turn_writable(&self) {
        mount(&["umount", "--lazy"], &[&self.folder]);
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

fn mount(command: &[&str], folders: &[&PathBuf]) {
    let status = Command::new(command[0])
        .args(&command[1..])
        .args(folders)
        .status();
    assert!(status.unwrap().success(), "{command:?}");
}
