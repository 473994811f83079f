//! The mark that every secret of the tests carries, and who looks for it where nothing secret may be.
//!
//! Whatever the world starts is swept when it ends: what daemons leave ([`Left`]), what they answer and print ([`untold`]), what
//! receivers are told ([`Ears`]), and what is in clusters. A find fails the test, with the place and what stands around it.

mod ears;
mod forms;
mod left;

use std::path::Path;
use std::sync::Mutex;
use std::thread;

pub(crate) use self::ears::Ears;
pub(crate) use self::left::Left;

/// The mark, at both ends of every secret, so that half of one is found as well. It needs no encoding in any place that a secret may have.
macro_rules! mark {
    () => {
        "M4rkedS3cret"
    };
}

/// The same as [`secret`], as a constant.
macro_rules! constant {
    ($what:literal) => {
        concat!(
            $crate::world::marked::mark!(),
            "-",
            $what,
            "-of-the-tests-",
            $crate::world::marked::mark!()
        )
    };
}

pub(crate) use {constant, mark};

const MARK: &str = mark!();

/// How much is shown around a find, on either side.
const AROUND_BYTES: usize = 100;

/// Secrets that others made, and which carry no mark.
static UNMARKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A secret for that: long enough, and of the right characters, for whatever takes one. The same each time.
pub(crate) fn secret(what: &str) -> String {
    format!("{MARK}-{what}-of-the-tests-{MARK}")
}

/// From now on this is looked for as well: a secret that somebody else made.
pub(crate) fn also(secret: &str) {
    let mut unmarked = UNMARKED.lock().unwrap();
    if !unmarked.iter().any(|known| known == secret) {
        unmarked.push(secret.to_owned());
    }
}

/// The same for a private key in PEM: a line in the middle of it.
pub(crate) fn also_key(pem: &str) {
    let line = pem.lines().nth(1);
    also(line.expect("a key has a line between its first and its last"));
}

/// What there is of a secret in `bytes`, with what stands around it.
pub(crate) fn find(bytes: &[u8]) -> Option<String> {
    let at = forms::of_the_mark().find(bytes).or_else(|| {
        let unmarked = UNMARKED.lock().unwrap();
        let mut places = unmarked
            .iter()
            .map(|secret| memchr::memmem::find(bytes, secret.as_bytes()));
        places.find_map(|place| place)
    })?;
    let around = at.saturating_sub(AROUND_BYTES)..bytes.len().min(at + AROUND_BYTES);
    Some(String::from_utf8_lossy(&bytes[around]).into_owned())
}

/// Fails where `bytes`, which are from there, tell a secret.
#[track_caller]
pub(crate) fn untold(place: &str, bytes: impl AsRef<[u8]>) {
    if let Some(found) = find(bytes.as_ref()) {
        panic!("a secret stands in {place}: {found}");
    }
}

/// Fails with these finds, if there are any; where the test has failed already it only says so.
pub(crate) fn fail_with(finds: &[String]) {
    let finds: Vec<String> = finds
        .iter()
        .map(|find| format!("a secret stands in {find}"))
        .collect();
    match (finds.is_empty(), thread::panicking()) {
        (true, _) => {}
        (false, true) => eprintln!("{}", finds.join("\n")),
        (false, false) => panic!("{}", finds.join("\n")),
    }
}

/// What is found in the files of `folder`, and of those below it that `is_meant` takes. Files that go away meanwhile tell nothing.
pub(crate) fn files(folder: &Path, is_meant: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let mut finds = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| is_meant(path)) {
        if path.is_dir() {
            finds.extend(files(&path, is_meant));
        } else if let Some(found) = std::fs::read(&path).ok().and_then(|bytes| find(&bytes)) {
            finds.push(format!("{}: {found}", path.display()));
        }
    }
    finds
}
