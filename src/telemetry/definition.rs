//! Every metric by name, with what it tells: the one list that the page and the table in the README are made from.

use std::fmt::{self, Write};

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Metric, Registry};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What every name begins with.
const PREFIX: &str = "serin_";

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Without the prefix and, for a counter, without `_total`.
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    /// What it tells, without a full stop.
    about: &'static str,
}

/// What can be done with a metric's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It only rises, from 0 at the start of the process.
    Counter,
    /// It is what it is at the moment.
    Gauge,
    /// Counts by how large they are.
    Histogram,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! definitions {
    ($($(#[$doc:meta])* $constant:ident = $kind:ident $name:literal [$($label:literal),*] $about:literal;)*) => {
        $(
            pub(super) const $constant: Definition = Definition {
                name: $name,
                kind: Kind::$kind,
                labels: &[$($label),*],
                about: $about,
            };
        )*

        /// Every metric, in the order of the table.
        pub const ALL: &[&Definition] = &[$(&$constant),*];
    };
}

definitions! {
    LOOKS = Counter "looks" ["verdict"]
        "Looks by the verdict they gave; `none` where nothing is judged yet";
    NO_DATA_LOOKS = Counter "no_data_looks" ["state"]
        "Looks that gave nothing to judge by";
    DECISIONS = Counter "decisions" ["decision"]
        "What the engine decided to do: `raise`, `lower`, `abort`, `promote`, `restore`, `scale-down`, `refuse` (a command)";
    NOTICES = Counter "notices" ["kind", "urgency"]
        "News for people, by what they tell and how urgent they are";
    ROLLOUTS_ENDED = Counter "rollouts_ended" ["outcome"]
        "Rollouts that ended since the start of the process";
    POLL_DURATION = Histogram "poll_duration_seconds" ["result"]
        "How long a poll of the metric source took; `ok`, `down`, or `cut-off` by its time limit";
    LOOK_DURATION = Histogram "look_duration_seconds" []
        "From the moment a look's reading was there to what was decided by it being in the journal, to the millisecond";
    READ_DURATION = Histogram "read_duration_seconds" ["result"]
        "How long a read of the route took, for a look or before a write; `ok`, `refused`, `unreachable`, or `cut-off` by its time limit or a newer wish";
    WRITE_DURATION = Histogram "write_duration_seconds" ["target", "result"]
        "How long a write took, of the route (`traffic`) or of the journal (`journal`); `cut-off` by its time limit or a newer wish";
    HOOK_DURATION = Histogram "hook_call_duration_seconds" ["type", "result"]
        "How long a call of a hook took, with all its attempts and the pauses between them; `passed`, `failed`, `not-called`, or `cut-off` where nobody waited for it any more";
    ROLLOUTS = Gauge "rollouts" ["phase"]
        "Rollouts that are held, the newest of each Canary, by phase";
    CANARY_WEIGHT = Gauge "canary_weight_ratio" ["namespace", "name"]
        "The canary's share of traffic, from 0 to 1, as it was read or written last";
    CANARY_PHASE = Gauge "canary_phase" ["namespace", "name", "phase"]
        "1 for the phase of the Canary's newest rollout";
    CANARY_HOLD = Gauge "canary_hold" ["namespace", "name", "reason"]
        "1 for each reason that stops progress";
    CANARY_VERDICT = Gauge "canary_verdict" ["namespace", "name", "verdict"]
        "1 for the newest verdict";
    CANARY_HARM = Gauge "canary_harm_evidence_ratio" ["namespace", "name"]
        "How far the evidence of harm is on its way to an abort, from 0 to 1";
    CANARY_HEALTH = Gauge "canary_health_evidence_ratio" ["namespace", "name"]
        "How far the evidence of health is on its way through the gate, from 0 to 1; of the metric that has the least";
    CANARY_LOOKED = Gauge "canary_last_look_timestamp_seconds" ["namespace", "name"]
        "When the newest look was taken";
    CANARIES_LEFT_OUT = Gauge "canaries_left_out" []
        "Canaries that are not on this page because there are too many";
    QUERIES = Counter "queries" ["data_source", "outcome"]
        "What became of queries to data sources, of their answers and of the readings in them";
    SCRAPES = Counter "scrapes" ["outcome"]
        "What became of scrapes and of the readings in them";
    DELIVERIES = Counter "deliveries" ["channel", "result"]
        "Attempts to deliver: `delivered`, `retried` (failed, and tried again), `dead` (given up), `skipped` (not news for it), \
         `handed-on` (another channel got it)";
    DELIVERIES_IN_FLIGHT = Gauge "deliveries_in_flight" ["channel"]
        "Deliveries under way";
    OUTBOX_PENDING = Gauge "outbox_pending" []
        "Deliveries that wait; absent while the store cannot be read";
    OUTBOX_AGE = Gauge "outbox_oldest_age_seconds" []
        "How long ago the oldest of them was decided; 0 where there is none";
    CHECK = Gauge "check_ok" ["check"]
        "1 where a check of `/health/detailed` is well, 0 where it fails: `database`, `metric_source`, `outbox`, `migrations`, and `certificate` and `lease` where one is configured";
    IS_LEADER = Gauge "is_leader" []
        "1 where this replica leads by its Lease, 0 where it follows; not there where no Lease is configured";
    TURNED_AWAY = Counter "turned_away" ["component", "bound"]
        "What each bound turned away or cut off";
    BUILD = Gauge "build" ["version"]
        "1, with the version";
    UPTIME = Gauge "uptime_seconds" []
        "Since the process started";
}

/// One number of a metric that is gathered.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub(super) labels: Vec<String>,
    pub(super) value: f64,
}

impl Sample {
    pub(super) fn new(labels: &[&str], value: f64) -> Self {
        Self {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            value,
        }
    }
}

impl Definition {
    /// The name on the page.
    #[must_use]
    pub fn exposed(&self) -> String {
        let suffix = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{PREFIX}{}{suffix}", self.name)
    }

    /// Registers what is counted as it happens.
    pub(super) fn register<M: Metric + Clone>(&self, registry: &mut Registry, metric: &M) {
        registry.register(format!("{PREFIX}{}", self.name), self.about, metric.clone());
    }

    /// Writes what was gathered.
    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>, samples: &[Sample]) -> fmt::Result {
        if samples.is_empty() {
            return Ok(());
        }
        let kind = match self.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge | Kind::Histogram => MetricType::Gauge,
        };
        let name = format!("{PREFIX}{}", self.name);
        let mut metric = encoder.encode_descriptor(&name, &format!("{}.", self.about), None, kind)?;
        for Sample { labels, value } in samples {
            let labels: Vec<(&str, &str)> = self
                .labels
                .iter()
                .copied()
                .zip(labels.iter().map(String::as_str))
                .collect();
            if labels.is_empty() {
                ConstGauge::new(*value).encode(metric)?;
                return Ok(());
            }
            let one = metric.encode_family(&labels)?;
            match self.kind {
                Kind::Counter => ConstCounter::new(*value).encode(one)?,
                Kind::Gauge | Kind::Histogram => ConstGauge::new(*value).encode(one)?,
            }
        }
        Ok(())
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Definition", 4)?;
        fields.serialize_field("name", &self.exposed())?;
        fields.serialize_field("kind", self.kind.name())?;
        fields.serialize_field("labels", self.labels)?;
        fields.serialize_field("about", self.about)?;
        fields.end()
    }
}

/// The table of all metrics, in Markdown.
#[must_use]
pub fn table() -> String {
    let mut table = String::from("| metric | kind | labels | what it tells |\n|---|---|---|---|\n");
    for definition in ALL {
        let kind = definition.kind.name();
        let labels: Vec<String> = definition
            .labels
            .iter()
            .map(|label| format!("`{label}`"))
            .collect();
        // Writing to a text cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | {kind} | {} | {} |",
            definition.exposed(),
            labels.join(", "),
            definition.about
        );
    }
    table
}
