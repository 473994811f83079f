//! The daemon's figures, taken from the real binary: `cargo bench --bench daemon`, or one of them by its name, such as
//! `cargo bench --bench daemon -- fleet`.
//!
//! Each figure starts daemons of its own, in a temporary folder and on free ports, beside services that live in this process
//! and whose counters rise as if they were called. So daemon and world share the machine, and the figures are those of the
//! two together. Progress goes to stderr; the tables go to stdout, ready for a README.

mod attack;
mod commands;
mod daemon;
mod endpoint;
mod fleet;
mod hanging;
mod manifests;
mod metrics_page;
mod process;
mod routes;
mod samples;
mod start;
mod table;
mod world;

use std::env;

use anyhow::bail;
use serin::clock::Stopwatch;

use table::Table;

/// What can be measured, in the order of the tables.
const FIGURES: [&str; 4] = ["start", "fleet", "hanging", "attack"];

/// Longer than anything that is waited for; only a failure waits so long.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(90);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo bench` says so; `cargo test --all-targets` does not, and only wants to know that this can be started.
    if !env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let wanted: Vec<String> = env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    if let Some(unknown) = wanted.iter().find(|name| !FIGURES.contains(&name.as_str())) {
        bail!("expected one of {}, found {unknown}", FIGURES.join(", "));
    }
    for name in FIGURES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            let stopwatch = Stopwatch::start();
            let table = take(name).await?;
            say(&format!(
                "{name}: took {:.0} s",
                stopwatch.elapsed().as_secs_f64()
            ));
            println!("{table}");
        }
    }
    Ok(())
}

async fn take(name: &str) -> anyhow::Result<Table> {
    say(name);
    match name {
        "start" => start::take().await,
        "fleet" => fleet::take().await,
        "hanging" => hanging::take().await,
        "attack" => attack::take().await,
        _ => bail!("{name} is no figure"),
    }
}

/// Tells whoever waits.
fn say(text: &str) {
    eprintln!("daemon bench: {text}");
}
