//! Why a pod is not ready, in its own words.

use serde_json::Value;

use super::container::{self, Container};

/// Why a pod is not ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The pod's own words, on one line.
    pub(super) words: String,
    /// Whether the pod is sure that it cannot serve as it is: it does not start, does not stay up, or was ready and is not any more.
    /// One that is merely not ready yet is not.
    pub(super) certain: bool,
}

impl Trouble {
    /// The one that is certain; the first of two alike.
    pub(super) fn graver(self, other: Self) -> Self {
        if other.certain && !self.certain {
            other
        } else {
            self
        }
    }
}

/// Why `pod`, which is not ready, is not.
pub(super) fn trouble(pod: &Value) -> Trouble {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let Trouble { words, certain } = of_its_containers(pod)
        .or_else(|| unscheduled(pod))
        .unwrap_or_else(|| as_a_whole(pod));
    Trouble {
        words: container::clipped(&format!("pod {name}: {words}")),
        certain,
    }
}

/// The gravest of its containers; init containers come first, as the others wait for them.
fn of_its_containers(pod: &Value) -> Option<Trouble> {
    let unready_since = condition(pod, "Ready").and_then(|ready| ready["lastTransitionTime"].as_str());
    ["initContainerStatuses", "containerStatuses"]
        .into_iter()
        .flat_map(|list| pod["status"][list].as_array().into_iter().flatten())
        .filter_map(|status| Container::from(status).trouble(unready_since))
        .reduce(Trouble::graver)
}

fn unscheduled(pod: &Value) -> Option<Trouble> {
    let scheduled = condition(pod, "PodScheduled").filter(|condition| condition["status"] == "False")?;
    Some(Trouble {
        words: container::joined([&scheduled["reason"], &scheduled["message"]]),
        certain: false,
    })
}

fn as_a_whole(pod: &Value) -> Trouble {
    let status = &pod["status"];
    let gates = condition(pod, "Ready").filter(|ready| ready["reason"] == "ReadinessGatesNotReady");
    let why = gates.unwrap_or(status);
    let why = container::joined([&why["reason"], &why["message"]]);
    let phase = status["phase"].as_str().unwrap_or("Pending");
    Trouble {
        words: if why.is_empty() {
            format!("{phase}, and not ready yet")
        } else {
            format!("{phase}: {why}")
        },
        certain: false,
    }
}

fn condition<'a>(pod: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut conditions = pod["status"]["conditions"].as_array()?.iter();
    conditions.find(|condition| condition["type"] == kind)
}

#[cfg(test)]
mod tests;
