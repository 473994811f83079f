//! A past window of a Prometheus server, in the form in which counts are judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use url::Url;

use crate::config::Config;
use crate::driver::ports::MetricSource;
use crate::engine::judge;
use crate::engine::judge::counting::Counting;
use crate::engine::judge::counts::Counts;
use crate::metric_source::PrometheusSource;
use crate::metric_source::prometheus::{Client, DataSourceSettings, DataSourceStats, LOOKS_MAX};
use crate::replay::counts::{CountsLine, FORMAT, Header, RecordedLook, Setting, VERSION};
use crate::spec::{CheckedCanary, DataSource, Timestamp};

/// The weight at which all requests are the canary's.
const WHOLE: u8 = 100;

/// Where a past window is read.
#[derive(Debug)]
pub enum PastSource<'a> {
    /// The server at this address, whatever the Canary names.
    Address(&'a Url),
    /// The data source that the Canary names.
    Configured(&'a Config),
}

/// The lines that `serin judge` hears for `canary` between `from` and `to`: its history before, and a look each interval. The weight
/// of a look is the canary's share of what was counted.
///
/// # Errors
/// Where the window is empty or too long, or the server does not give it.
pub async fn past(
    source: PastSource<'_>,
    canary: &CheckedCanary,
    from: Timestamp,
    to: Timestamp,
) -> anyhow::Result<Vec<CountsLine>> {
    ensure!(
        from < to,
        "expected a window that ends after it begins, found {from} to {to}"
    );
    let looks = to.since(from).as_millis() / canary.analysis.interval.as_millis().max(1);
    ensure!(
        looks <= u128::from(LOOKS_MAX),
        "expected a window of at most {LOOKS_MAX} looks, found {looks}; hint: a shorter one, or a longer `analysis.interval`"
    );
    let clients = match source {
        PastSource::Address(address) => {
            let DataSource::Prometheus(name) = &canary.analysis.data_source else {
                return Err(anyhow!(
                    "{} is scraped from its endpoints, which remember nothing\n  hint: give its workloads names, and its templates `arm`",
                    canary.name
                ));
            };
            let settings = DataSourceSettings::new(address.clone());
            let client = Client::new(name.clone(), settings, Arc::new(DataSourceStats::default()));
            BTreeMap::from([(name.clone(), client)])
        }
        PastSource::Configured(config) => super::data_sources(&config.data_sources)?,
    };
    let source = PrometheusSource::new(clients.into_values().map(Arc::new));
    let looks = source
        .window(canary, from, to)
        .await
        .map_err(|reason| anyhow!(reason))
        .context("the window cannot be read")?;
    let history = source.history(canary, from).await;
    let mut lines = vec![
        CountsLine::Canary(Box::new(Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            judge_version: Some(judge::VERSION),
            canary: canary.clone(),
        })),
        CountsLine::History { metrics: history },
    ];
    let mut counting = Counting::default();
    lines.extend(looks.into_iter().map(|look| {
        let counts = counting.take(look);
        CountsLine::Look(Box::new(RecordedLook {
            setting: Setting {
                weight: share(&counts),
                first_at_weight: false,
            },
            gate_weight: WHOLE,
            no_data: None,
            counts,
        }))
    }));
    Ok(lines)
}

/// The canary's share of the requests, in whole percent; 0 and 100 only where an arm had none.
fn share(counts: &Counts) -> u8 {
    let requests = counts.requests();
    match (requests.canary > 0.0, requests.baseline > 0.0) {
        (false, _) => 0,
        (true, false) => WHOLE,
        (true, true) => {
            let share = requests.canary / (requests.canary + requests.baseline);
            (share * f64::from(WHOLE)).round().clamp(1.0, 99.0) as u8
        }
    }
}
