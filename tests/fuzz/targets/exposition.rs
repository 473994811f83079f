//! Any bytes as a page of metrics: read whole, or refused with the line that is to blame.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use serin::metric_source::scrape::exposition::{Dialect, Exposition};
use serin::spec::Timestamp;

fuzz_target!(|body: &[u8]| {
    let wanted = ["requests_total", "latency_bucket", "latency_count", "process_start_time_seconds"];
    let wanted: BTreeSet<String> = wanted.map(str::to_owned).into();
    for dialect in [Dialect::Prometheus, Dialect::OpenMetrics] {
        if let Err(error) = Exposition::parse(body, dialect, &wanted, Timestamp(1)) {
            assert!(!error.to_string().is_empty());
        }
    }
});
