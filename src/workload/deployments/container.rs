//! What keeps one container of a pod from being ready.

use serde_json::Value;

use super::trouble::Trouble;

/// Reasons for which a container does not start, and will not without a change from outside.
const DOES_NOT_START: [&str; 9] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
    "SignatureValidationFailed",
];

/// A container that ended in failure this many times and is not ready is in a crash loop, whichever part of it the moment shows: one
/// that failed once may only have been early.
const CRASHES_MIN: u64 = 2;

/// Characters of one reason: a scheduler's sentence about a large cluster fits.
const WORDS_MAX: usize = 400;

/// The status of one container.
pub(super) struct Container<'a>(&'a Value);

impl<'a> From<&'a Value> for Container<'a> {
    fn from(status: &'a Value) -> Self {
        Self(status)
    }
}

impl Container<'_> {
    /// What is wrong with it; `None` where nothing is. `unready_since` is when its pod became unready.
    pub(super) fn trouble(&self, unready_since: Option<&str>) -> Option<Trouble> {
        let state = &self.0["state"];
        let (words, certain) = if !state["waiting"].is_null() {
            self.waiting(&state["waiting"])
        } else if !state["terminated"].is_null() {
            self.ended(&state["terminated"])?
        } else {
            self.running(&state["running"], unready_since)?
        };
        let name = self.0["name"].as_str().unwrap_or_default();
        Some(Trouble {
            words: format!("container {name}: {words}"),
            certain,
        })
    }

    fn waiting(&self, waiting: &Value) -> (String, bool) {
        match waiting["reason"].as_str().unwrap_or_default() {
            "CrashLoopBackOff" => (format!("CrashLoopBackOff{}", self.crashes()), true),
            reason if DOES_NOT_START.contains(&reason) => {
                let image = self.0["image"].as_str().unwrap_or_default();
                let message = joined([&waiting["reason"], &waiting["message"]]);
                (format!("image {image}: {message}"), true)
            }
            _ => {
                let words = joined([&waiting["reason"], &waiting["message"]]);
                (format!("waiting: {words}{}", self.crashes()), self.is_looping())
            }
        }
    }

    fn ended(&self, ended: &Value) -> Option<(String, bool)> {
        (ended["exitCode"] != 0).then(|| {
            let words = format!("ended with {}{}", exit(ended), self.restarts());
            (words, self.is_looping())
        })
    }

    fn running(&self, running: &Value, unready_since: Option<&str>) -> Option<(String, bool)> {
        // Init containers that run are on their way; one that is ready keeps nothing from being so.
        if self.0["ready"] == true {
            return None;
        }
        // The same format and zone for all of a cluster's times: their order is that of their text.
        let was_ready = unready_since > running["startedAt"].as_str() && running["startedAt"].is_string();
        let words = if was_ready && self.0["started"] == true {
            format!("was ready and is not any more{}", self.crashes())
        } else {
            format!("runs and is not ready yet{}", self.crashes())
        };
        Some((words, was_ready || self.is_looping()))
    }

    fn is_looping(&self) -> bool {
        let last = &self.0["lastState"]["terminated"];
        self.restart_count() >= CRASHES_MIN && !last.is_null() && last["exitCode"] != 0
    }

    /// How often it was started again, and why it had to be.
    fn crashes(&self) -> String {
        let last = &self.0["lastState"]["terminated"];
        let last = if last.is_null() {
            String::new()
        } else {
            format!(", last {}", exit(last))
        };
        format!("{}{last}", self.restarts())
    }

    fn restarts(&self) -> String {
        match self.restart_count() {
            0 => String::new(),
            1 => " after 1 restart".to_owned(),
            many => format!(" after {many} restarts"),
        }
    }

    fn restart_count(&self) -> u64 {
        self.0["restartCount"].as_u64().unwrap_or(0)
    }
}

fn exit(terminated: &Value) -> String {
    let code = &terminated["exitCode"];
    match terminated["reason"].as_str().unwrap_or_default() {
        "" | "Error" => format!("exit code {code}"),
        reason => format!("exit code {code} ({reason})"),
    }
}

/// Texts that are there, on one line.
pub(super) fn joined<const N: usize>(texts: [&Value; N]) -> String {
    let texts: Vec<&str> = texts
        .into_iter()
        .filter_map(Value::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(": ")
}

/// A text from a cluster on one line, and of bounded length.
pub(super) fn clipped(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(WORDS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
