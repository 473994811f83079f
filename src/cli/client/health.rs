//! `serin health`: how a daemon is, by its own probes.

use std::io::{self, Write};

use clap::Args;

use super::ServerArguments;
use super::connection::Connection;
use crate::api::health::{CheckAnswer, CheckStatus, Checked, HealthAnswer, HealthStatus, LeadershipAnswer};
use crate::cli::{Exit, Output};

/// What `serin health` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct HealthArguments {
    /// The daemon's listener for probes and metrics.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090")]
    server: String,
}

/// Prints each check. Ends with 1 where one fails.
pub(in crate::cli) async fn health(arguments: &HealthArguments, output: Output) -> anyhow::Result<Exit> {
    let connection = Connection::new(&ServerArguments {
        server: arguments.server.clone(),
        token_file: None,
        ca_file: None,
    })?;
    let answer: HealthAnswer = connection.get_whatever_its_status("/health/detailed").await?;
    let exit = if answer.status == HealthStatus::Ok {
        Exit::Done
    } else {
        Exit::Error
    };
    let mut stdout = io::stdout().lock();
    if output == Output::Json {
        writeln!(stdout, "{}", serde_json::to_string(&answer)?)?;
        return Ok(exit);
    }
    let word = match answer.status {
        HealthStatus::Ok => "ok",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Unavailable => "unavailable",
    };
    writeln!(stdout, "{word}, version {}", answer.version)?;
    if let Some(LeadershipAnswer {
        lease,
        is_leader,
        leader,
    }) = &answer.leadership
    {
        let leader = leader.as_deref().unwrap_or("nobody");
        let who = if *is_leader { "leads" } else { "follows" };
        writeln!(stdout, "{who}; leader by the Lease {lease}: {leader}")?;
    }
    if let Some(Checked {
        database,
        metric_source,
        outbox,
        migrations,
        certificate,
        lease,
    }) = &answer.checks
    {
        check(&mut stdout, "database", database)?;
        check(&mut stdout, "metric source", metric_source)?;
        check(&mut stdout, "outbox", outbox)?;
        check(&mut stdout, "migrations", migrations)?;
        if let Some(certificate) = certificate {
            check(&mut stdout, "certificate", certificate)?;
        }
        if let Some(lease) = lease {
            check(&mut stdout, "lease", lease)?;
        }
    }
    if let Some(detail) = &answer.detail {
        writeln!(stdout, "  {detail}")?;
    }
    Ok(exit)
}

fn check(out: &mut impl Write, name: &str, answer: &CheckAnswer) -> io::Result<()> {
    let word = match answer.status {
        CheckStatus::Ok => "ok",
        CheckStatus::Error => "error",
    };
    let detail = answer.detail.as_deref().unwrap_or_default();
    writeln!(
        out,
        "  {name:<14} {word:<6} {:>4} ms  {detail}",
        answer.latency_ms
    )
}
