//! How long a change of a Deployment may take, and how often it is looked at.

use std::time::Duration;

/// How changes are followed. All of it together stays below three quarters of an hour, after which the driver gives up on a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Time between two looks at a Deployment that rolls, and before something unanswered is tried again.
    pub poll: Duration,
    /// How long its newest pods must be unable to serve, every look of it, before it is given up; and how long the server must say that
    /// Serin may not.
    pub failing_for: Duration,
    /// How long stable may take from the decision to promote until it is ready with the canary's template.
    pub ready_within: Duration,
    /// How long the write that puts it back may be tried while the server does not answer.
    pub written_within: Duration,
    /// How long it may take to be ready again after that.
    pub back_within: Duration,
    /// How long a canary without traffic keeps its pods.
    pub scale_down_after: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // A pod takes seconds to become ready; three requests in two seconds are nothing to an API server.
            poll: Duration::from_secs(2),
            // The first restarts of a container that was early, and a registry's hiccup, are over by then; and an API server that has
            // just started has read its roles.
            failing_for: Duration::from_secs(30),
            // Kubernetes' own `progressDeadlineSeconds` where none is written.
            ready_within: Duration::from_secs(10 * 60),
            // Nobody else puts it back: it is tried for as long as an outage that people mend may last.
            written_within: Duration::from_secs(30 * 60),
            // Its images are still on the nodes.
            back_within: Duration::from_secs(3 * 60),
            // Every proxy has the new weights in a second or two, and requests under way are answered.
            scale_down_after: Duration::from_secs(10),
        }
    }
}
