//! `serin demo`: the whole thing on one machine, nothing to install.

use super::{Exit, Output};
use crate::demo::json::Json;
use crate::demo::options::DemoOptions;
use crate::demo::play::play;
use crate::demo::text::Text;
use crate::shutdown::Signals;

/// Plays a demo, and ends as the rollout ends.
pub(super) async fn run(options: DemoOptions, output: Output) -> anyhow::Result<Exit> {
    let playing = async {
        match output {
            Output::Text => play(options, &mut Text::stdout()).await,
            Output::Json => play(options, &mut Json::stdout()).await,
        }
    };
    let mut signals = Signals::listen()?;
    let summary = tokio::select! {
        summary = playing => summary?,
        signal = signals.next() => anyhow::bail!("stopped by {signal}; the rollout was left where it was"),
    };
    Ok(summary.outcome.into())
}
