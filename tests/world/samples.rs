//! Series that a test makes up, and the three forms in which they can be handed to a metrics server.

use std::fmt::Write;

use prost::Message;
use serin::spec::Timestamp;

/// One series and its samples.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Samples {
    name: String,
    labels: Vec<(String, String)>,
    samples: Vec<(Timestamp, f64)>,
}

impl Samples {
    /// A series without samples yet.
    pub(crate) fn of(name: &str, labels: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            name: name.to_owned(),
            labels: labels.iter().map(own).collect(),
            samples: Vec::new(),
        }
    }

    /// With one sample more; later ones come later.
    pub(crate) fn at(mut self, at: Timestamp, value: f64) -> Self {
        self.samples.push((at, value));
        self
    }

    /// With a sample each `step_seconds` from `from` until before `to`; `value` is asked with the seconds since `from`.
    pub(crate) fn every(
        self,
        step_seconds: u32,
        (from, to): (Timestamp, Timestamp),
        value: impl Fn(f64) -> f64,
    ) -> Self {
        let times = (from.0..to.0).step_by(step_seconds as usize * 1000);
        times.fold(self, |series, at| {
            series.at(Timestamp(at), value((at - from.0) as f64 / 1000.0))
        })
    }

    fn text(&self, into: &mut String, time: impl Fn(Timestamp) -> String) {
        let label = |(name, value): &(String, String)| {
            let value = value
                .replace('\\', r"\\")
                .replace('"', "\\\"")
                .replace('\n', r"\n");
            format!("{name}=\"{value}\"")
        };
        let labels: Vec<String> = self.labels.iter().map(label).collect();
        for (at, value) in &self.samples {
            let labels = labels.join(",");
            writeln!(into, "{}{{{labels}}} {value} {}", self.name, time(*at)).unwrap();
        }
    }
}

/// As OpenMetrics text, times in seconds.
pub(super) fn open_metrics(series: &[Samples]) -> String {
    let mut text = String::new();
    for series in series {
        series.text(&mut text, |at| format!("{}.{:03}", at.0 / 1000, at.0 % 1000));
    }
    text + "# EOF\n"
}

/// As Prometheus' text format, times in milliseconds.
pub(super) fn exposition(series: &[Samples]) -> String {
    let mut text = String::new();
    for series in series {
        series.text(&mut text, |at| at.0.to_string());
    }
    text
}

/// As a remote-write request: protocol buffers, compressed with Snappy.
pub(super) fn remote_write(series: &[Samples]) -> Vec<u8> {
    let request = WriteRequest {
        timeseries: series.iter().map(TimeSeries::of).collect(),
    };
    snap::raw::Encoder::new()
        .compress_vec(&request.encode_to_vec())
        .unwrap()
}

/// The parts of `prometheus.WriteRequest` that have been there since the first version of the protocol.
#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp_ms: i64,
}

impl TimeSeries {
    fn of(series: &Samples) -> Self {
        let name = ("__name__".to_owned(), series.name.clone());
        // The protocol wants them in order.
        let mut labels: Vec<_> = series.labels.iter().cloned().chain([name]).collect();
        labels.sort();
        let sample = |(at, value): &(Timestamp, f64)| Sample {
            value: *value,
            timestamp_ms: at.0.try_into().unwrap(),
        };
        Self {
            labels: labels
                .into_iter()
                .map(|(name, value)| Label { name, value })
                .collect(),
            samples: series.samples.iter().map(sample).collect(),
        }
    }
}
