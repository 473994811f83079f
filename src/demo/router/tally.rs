//! What the router did with each request.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;

use super::follow::Reloads;
use super::routes::Destination;

/// Most combinations of destination, status and epoch that are told apart. A rollout of the demo has a
/// dozen; what comes after so many is counted without its labels.
const SERIES_MAX: usize = 1024;

/// The status of a request whose caller went away before the answer, as Envoy reports it.
const NO_STATUS: u16 = 0;

/// What is told apart in the router's counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutedTo {
    /// The destination; `None` where no route matched.
    pub destination: Option<Destination>,
    /// Status of the answer; 0 where the caller went away before it.
    pub code: u16,
    /// Epoch of the routes by which the request was routed.
    pub epoch: u64,
}

/// Requests by destination, status and epoch.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Mutex<Counts>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    requests: BTreeMap<RoutedTo, u64>,
    unlabelled: u64,
}

impl Tally {
    /// Begins with a request. It is counted when the result is closed, or dropped.
    pub(super) fn open(&self, destination: Option<&Destination>, epoch: u64) -> OpenCount<'_> {
        OpenCount {
            tally: self,
            routed: RoutedTo {
                destination: destination.cloned(),
                code: NO_STATUS,
                epoch,
            },
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<RoutedTo, u64> {
        self.lock().requests.clone()
    }

    /// The counts as metrics, as they are now.
    pub(super) fn registry(&self, reloads: Reloads) -> Registry {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Snapshot {
            counts: self.lock().clone(),
            reloads,
        }));
        registry
    }

    fn count(&self, routed: &RoutedTo) {
        let mut counts = self.lock();
        if let Some(count) = counts.requests.get_mut(routed) {
            *count += 1;
        } else if counts.requests.len() < SERIES_MAX {
            counts.requests.insert(routed.clone(), 1);
        } else {
            counts.unlabelled += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. It is counted exactly once: a handler that is dropped, because its caller went
/// away, drops this too.
pub(super) struct OpenCount<'a> {
    tally: &'a Tally,
    routed: RoutedTo,
}

impl OpenCount<'_> {
    /// Counts the request under the status of its answer.
    pub(super) fn close(mut self, status: StatusCode) {
        self.routed.code = status.as_u16();
    }
}

impl Drop for OpenCount<'_> {
    fn drop(&mut self) {
        self.tally.count(&self.routed);
    }
}

/// The counts at one moment, for one scrape.
#[derive(Debug)]
struct Snapshot {
    counts: Counts,
    reloads: Reloads,
}

#[derive(Debug, EncodeLabelSet)]
struct RequestLabels {
    destination: String,
    code: u16,
    epoch: u64,
}

#[derive(Debug, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counter = MetricType::Counter;
        let mut requests = encoder.encode_descriptor("router_requests", "Requests routed.", None, counter)?;
        for (routed, count) in &self.counts.requests {
            let labels = RequestLabels {
                destination: routed
                    .destination
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                code: routed.code,
                epoch: routed.epoch,
            };
            ConstCounter::new(*count).encode(requests.encode_family(&labels)?)?;
        }
        let help = "Requests counted without labels, because there were too many series.";
        let unlabelled = encoder.encode_descriptor("router_requests_unlabelled", help, None, counter)?;
        ConstCounter::new(self.counts.unlabelled).encode(unlabelled)?;
        let help = "Times that the VirtualService was read again.";
        let mut reloads = encoder.encode_descriptor("router_reloads", help, None, counter)?;
        for (result, count) in [
            ("accepted", self.reloads.accepted),
            ("rejected", self.reloads.rejected),
        ] {
            ConstCounter::new(count).encode(reloads.encode_family(&ResultLabel { result })?)?;
        }
        Ok(())
    }
}
