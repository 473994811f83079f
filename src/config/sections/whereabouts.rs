//! `notify`: what is told beside all news, whichever channel it goes to: the cluster's name, and where there is more to see.

use super::channel_news::template;
use crate::config::field::{Entry, Field, Show, Unwritten};
use crate::config::scalar::Scalar;
use crate::config::values::Values;

/// What is told beside all news.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// What the cluster is called.
    pub cluster: Option<String>,
    /// A template of the address where people look at a rollout.
    pub rollout: Option<String>,
    /// Of a graph of its metrics.
    pub graph: Option<String>,
    /// Of the service's dashboard.
    pub dashboard: Option<String>,
    /// Of what to do.
    pub runbook: Option<String>,
}

pub(super) static CLUSTER: Field<String> = Field {
    entry: Entry {
        path: "notify.cluster",
        about: "What the cluster is called where people have several: it stands in all news.",
        expected: "a name",
        unwritten: Unwritten::Nothing("prod-eu"),
        short_flag: None,
    },
    read: Scalar::name,
    show: Show::AsWritten,
};

pub(super) static ROLLOUT: Field<String> = Field {
    entry: Entry {
        path: "notify.links.rollout",
        about: "A template (minijinja) of the address where people look at a rollout; all news has a link there. It knows what a \
                channel's `title` knows, and `from_ms` and `to_ms`: the time that matters, in milliseconds since 1970. What it puts in \
                is encoded.",
        expected: "a template that makes an address (http or https)",
        unwritten: Unwritten::Nothing("'https://serin.example.com/api/v1/rollouts/{{ rollout }}'"),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

pub(super) static GRAPH: Field<String> = Field {
    entry: Entry {
        path: "notify.links.graph",
        about: "The same for a graph of the metrics. It knows `query` as well: PromQL for the metric that speaks most against the \
                canary, and `none` where there is none; and `range_seconds`. Where it makes nothing, there is no such link.",
        expected: ROLLOUT.entry.expected,
        unwritten: Unwritten::Nothing(
            "'https://prometheus.example.com/graph?g0.expr={{ query }}&g0.range_input={{ range_seconds }}s&g0.end_input={{ time }}&g0.tab=0'",
        ),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

pub(super) static DASHBOARD: Field<String> = Field {
    entry: Entry {
        path: "notify.links.dashboard",
        about: "The same for the service's dashboard.",
        expected: ROLLOUT.entry.expected,
        unwritten: Unwritten::Nothing(
            "'https://grafana.example.com/d/service?var-namespace={{ namespace }}&var-name={{ name }}&from={{ from_ms }}&to={{ to_ms }}'",
        ),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

pub(super) static RUNBOOK: Field<String> = Field {
    entry: Entry {
        path: "notify.links.runbook",
        about: "The same for what to do.",
        expected: ROLLOUT.entry.expected,
        unwritten: Unwritten::Nothing("'https://wiki.example.com/serin/{{ kind }}'"),
        short_flag: None,
    },
    read: template,
    show: Show::AsWritten,
};

/// Reads all of it.
pub(super) fn whereabouts(values: &mut Values<'_>) -> Whereabouts {
    let mut read = |field: &'static Field<String>| values.optional(field, "");
    Whereabouts {
        cluster: read(&CLUSTER),
        rollout: read(&ROLLOUT),
        graph: read(&GRAPH),
        dashboard: read(&DASHBOARD),
        runbook: read(&RUNBOOK),
    }
}
