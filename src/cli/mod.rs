//! The command line: one file a command.
//!
//! Data goes to stdout, everything else to stderr, so that the output can be piped; nothing needs colour to be
//! understood.

mod check;
mod configuration;
mod demo;
mod describe;
mod exit;
mod files;
mod generate;
mod route;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

pub use exit::Exit;

use crate::demo::options::DemoOptions;

/// Watches a canary beside its baseline, shifts traffic step by step, and rolls back when the evidence is in.
#[derive(Debug, Parser)]
#[command(name = "serin", version)]
pub struct Cli {
    /// How results are written to stdout.
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What there is to do, in the order in which a newcomer meets it.
#[derive(Debug, Subcommand)]
enum Command {
    /// See Serin at work: two real services, a router, a load, and a canary that is promoted or aborted.
    Demo(DemoOptions),
    /// Check Canaries, AnalysisTemplates and the configuration, and say what each Canary will do.
    Check(check::CheckArguments),
    /// Write an example of the configuration, or completions for a shell.
    Generate(generate::GenerateArguments),
}

impl Cli {
    /// How much is logged where `RUST_LOG` says nothing. A demo shows its news itself.
    #[must_use]
    pub const fn log_level(&self) -> LevelFilter {
        match self.command {
            Command::Demo(_) => LevelFilter::ERROR,
            Command::Check(_) | Command::Generate(_) => LevelFilter::WARN,
        }
    }

    /// Does what was asked for.
    ///
    /// # Errors
    ///
    /// If it could not be done; that it was done and went badly (problems found, canary aborted) is an [`Exit`].
    pub async fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            Command::Demo(options) => demo::run(options, self.output).await,
            Command::Check(arguments) => check::run(&arguments, self.output),
            Command::Generate(arguments) => generate::run(&arguments, self.output, Self::command()),
        }
    }
}
