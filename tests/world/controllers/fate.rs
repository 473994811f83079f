//! What becomes of a pod.

use serde_json::{Value, json};

/// What becomes of a pod, and of a Deployment that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is ready.
    Ready,
    /// It runs, and is not ready yet.
    Starting,
    /// It runs, was ready, and is not any more.
    Unready,
    /// Its image cannot be pulled.
    ImagePullBackOff,
    /// It crashes, again and again; it has for this many times.
    CrashLoopBackOff(u64),
    /// It is not ready yet, and `progressDeadlineSeconds` have passed.
    Late,
}

impl Fate {
    /// The pod's status.
    pub(super) fn status(self, spec: &Value) -> Value {
        let ready = self == Self::Ready;
        let running = json!({"running": {"startedAt": "2026-01-01T00:00:05Z"}});
        let waiting =
            |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
        let (state, last, restarts, since) = match self {
            Self::Ready => (running, json!({}), 0, "2026-01-01T00:00:06Z"),
            Self::Starting | Self::Late => (running, json!({}), 0, "2026-01-01T00:00:00Z"),
            Self::Unready => (running, json!({}), 0, "2026-01-01T00:10:00Z"),
            Self::ImagePullBackOff => {
                let state = waiting("ImagePullBackOff", "Back-off pulling image");
                (state, json!({}), 0, "2026-01-01T00:00:00Z")
            }
            Self::CrashLoopBackOff(restarts) => {
                let state = waiting("CrashLoopBackOff", "back-off 20s restarting failed container");
                let last = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
                (state, last, restarts, "2026-01-01T00:00:00Z")
            }
        };
        let container = &spec["containers"][0];
        json!({
            "phase": "Running",
            "conditions": [
                {"type": "Ready", "status": if ready { "True" } else { "False" }, "lastTransitionTime": since},
            ],
            "containerStatuses": [{
                "name": container["name"], "image": container["image"], "ready": ready, "started": true,
                "restartCount": restarts, "state": state, "lastState": last,
            }],
        })
    }

    /// The conditions of a Deployment whose newest pods are so.
    pub(super) fn conditions(self) -> Value {
        match self {
            Self::Late => json!([{
                "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                "message": "ReplicaSet has timed out progressing.",
            }]),
            _ => json!([{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]),
        }
    }
}
