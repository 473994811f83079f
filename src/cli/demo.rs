//! `serin demo`: the whole thing on one machine, nothing to install; or all of it but the daemon.

use std::io::{self, Write};

use clap::Args;
use serde_json::json;

use super::{Exit, Output};
use crate::clock::SystemClock;
use crate::demo::json::Json;
use crate::demo::options::DemoOptions;
use crate::demo::play::play;
use crate::demo::text::Text;
use crate::demo::world::World;
use crate::shutdown::Signals;

/// What `serin demo` takes.
#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    #[command(flatten)]
    options: DemoOptions,
    /// Start only the services, the router and the load, for a `serin serve` of your own to watch and move.
    #[arg(long, requires = "dir")]
    without_daemon: bool,
}

/// Plays a demo, and ends as the rollout ends. Without a daemon of its own it goes on until a signal.
pub(super) async fn run(arguments: DemoArguments, output: Output) -> anyhow::Result<Exit> {
    let options = arguments.options;
    if arguments.without_daemon {
        return wait_for_a_daemon(options, output).await;
    }
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

async fn wait_for_a_daemon(options: DemoOptions, output: Output) -> anyhow::Result<Exit> {
    let mut signals = Signals::listen()?;
    let seed = options.seed.unwrap_or_else(rand::random);
    let rps = options.rps;
    let mut world = World::start(options, seed, &SystemClock::start()).await?;
    world.begin()?;
    let folder = world.folder().display();
    match output {
        Output::Json => {
            let told =
                json!({"folder": folder.to_string(), "canary": "demo/checkout", "seed": seed, "rps": rps});
            writeln!(io::stdout(), "{told}")?;
        }
        Output::Text => writeln!(
            io::stdout(),
            "two services, a router before them and {rps} requests a second (seed {seed}), until Ctrl-C\n\
             \n\
             In another terminal:\n  \
               serin serve --canaries {folder}\n\
             And in a third:\n  \
               serin start demo/checkout --revision v2 --reason \"to see it work\"\n  \
               serin watch demo/checkout"
        )?,
    }
    signals.next().await;
    world.end().await;
    Ok(Exit::Done)
}
