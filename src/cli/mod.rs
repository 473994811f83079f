//! The command line: one file a command.
//!
//! Data goes to stdout, everything else to stderr, so that the output can be piped; nothing needs colour to be
//! understood.

mod archive;
mod audit;
mod check;
mod client;
mod configuration;
mod demo;
mod describe;
mod doctor;
mod exit;
mod generate;
mod history;
mod istio_manifests;
mod judge;
mod logging;
mod migrate;
mod notify;
mod provable;
mod replay;
mod rollback;
mod route;
mod serve;
mod stored;
mod subset_labels;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

pub use exit::Exit;

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
    Demo(demo::DemoArguments),
    /// Check Canaries, AnalysisTemplates and the configuration, and say what each Canary will do.
    Check(check::CheckArguments),
    /// Ask the data sources whether every Canary can be judged now, and say what was asked and what came.
    Doctor(doctor::DoctorArguments),
    /// Say what of the configuration could be safer; ends with 1 where something is grave.
    Audit(audit::AuditArguments),
    /// Run the daemon.
    Serve(serve::ServeArguments),
    /// List the Canaries of a running daemon, with where their rollouts stand.
    List(client::ListArguments),
    /// Show one Canary and its rollout.
    Get(client::GetArguments),
    /// Watch a rollout live; ends as it ends.
    Watch(client::WatchArguments),
    /// Start a rollout.
    Start(client::StartArguments),
    /// Stop raising the canary's weight; judging and aborting go on.
    Pause(client::ActArguments),
    /// Go on after a pause; also the leave to raise again after drift.
    Resume(client::ActArguments),
    /// Let the step begin that asks for approval.
    Approve(client::ActArguments),
    /// Skip the remaining gates.
    Promote(client::ActArguments),
    /// Send all traffic back to stable.
    Abort(client::AbortArguments),
    /// Give stable the pod template back that it had before a promotion, and return once it is ready; asks the cluster, not the daemon.
    Rollback(rollback::RollbackArguments),
    /// Wait until a rollout has ended; ends with 0 promoted, 3 aborted, 4 inconclusive or timed out.
    Wait(client::WaitArguments),
    /// Ask a running daemon how it is.
    Health(client::HealthArguments),
    /// List past rollouts, print the journal of one, or its counts.
    History(history::HistoryArguments),
    /// Take every decision of a rollout again, and compare it with the journal.
    Replay(replay::ReplayArguments),
    /// Judge recorded counts, or a past window of Prometheus: evidence and verdict a look.
    Judge(Box<judge::JudgeArguments>),
    /// Bring the store's schema up to this version, or list what is applied and pending.
    Migrate(migrate::MigrateArguments),
    /// Try the channels that people are told by.
    Notify(notify::NotifyArguments),
    /// Write what is made from the program itself: an example of the configuration, the API's description, completions.
    Generate(generate::GenerateArguments),
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    ///
    /// If it could not be done; that it was done and went badly (problems found, canary aborted) is an [`Exit`].
    pub async fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            // The daemon's log is for its configuration to say.
            Command::Serve(_) => {}
            // A demo shows its news itself.
            Command::Demo(_) => logging::start_quiet(LevelFilter::ERROR),
            _ => logging::start_quiet(LevelFilter::WARN),
        }
        match self.command {
            Command::Demo(arguments) => demo::run(arguments, self.output).await,
            Command::Check(arguments) => check::run(&arguments, self.output),
            Command::Doctor(arguments) => doctor::run(&arguments, self.output).await,
            Command::Audit(arguments) => audit::run(&arguments, self.output).await,
            Command::Serve(arguments) => serve::run(&arguments, self.output).await,
            Command::List(arguments) => client::list(&arguments, self.output).await,
            Command::Get(arguments) => client::get(&arguments, self.output).await,
            Command::Watch(arguments) => client::watch(&arguments, self.output).await,
            Command::Start(arguments) => client::start(&arguments, self.output).await,
            Command::Pause(arguments) => client::act("pause", &arguments, self.output).await,
            Command::Resume(arguments) => client::act("resume", &arguments, self.output).await,
            Command::Approve(arguments) => client::act("approve", &arguments, self.output).await,
            Command::Promote(arguments) => client::act("promote", &arguments, self.output).await,
            Command::Abort(arguments) => client::abort(&arguments, self.output).await,
            Command::Rollback(arguments) => rollback::run(&arguments, self.output).await,
            Command::Wait(arguments) => client::wait(&arguments, self.output).await,
            Command::Health(arguments) => client::health(&arguments, self.output).await,
            Command::History(arguments) => history::run(&arguments, self.output).await,
            Command::Replay(arguments) => replay::run(&arguments, self.output).await,
            Command::Judge(arguments) => judge::run(&arguments, self.output).await,
            Command::Migrate(arguments) => migrate::run(&arguments, self.output).await,
            Command::Notify(arguments) => notify::run(&arguments, self.output).await,
            Command::Generate(arguments) => generate::run(&arguments, self.output, Self::command()),
        }
    }
}
