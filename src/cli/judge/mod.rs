//! `serin judge`: recorded counts, or a past window of Prometheus, before the judge that judges live.

mod window;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use self::window::WindowArguments;
use super::{Exit, Output};
use crate::engine::words::figures;
use crate::engine::{Evidence, Verdict, VerdictKind};
use crate::replay::counts::CountsLine;
use crate::replay::hearing::Hearing;
use crate::spec::Timestamp;

/// Bytes of a line. The longest one is a history: a day of polls of a hundred pods with twenty buckets has less.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// What `serin judge` takes.
#[derive(Debug, Args)]
pub(super) struct JudgeArguments {
    /// JSON lines, as `serin history ID --counts` writes them; `-` is stdin.
    #[arg(
        value_name = "FILE",
        required_unless_present = "canary",
        conflicts_with = "canary"
    )]
    file: Option<PathBuf>,
    #[command(flatten)]
    window: WindowArguments,
}

/// Prints evidence and verdict a look. Ends with 3 where the last verdict is `fail`.
pub(super) async fn run(arguments: &JudgeArguments, output: Output) -> anyhow::Result<Exit> {
    let mut bench = Bench {
        output,
        hearing: Hearing::default(),
        last: None,
    };
    let name = match &arguments.file {
        Some(file) => {
            bench.hear_file(file)?;
            file.display().to_string()
        }
        None => {
            for line in arguments.window.lines(output).await? {
                bench.hear(&line)?;
            }
            "the window".to_owned()
        }
    };
    match bench.last {
        Some(VerdictKind::Fail) => Ok(Exit::Aborted),
        Some(_) => Ok(Exit::Done),
        None if bench.hearing.is_judged() => bail!("{name} has no look to judge"),
        None => bail!(
            "{name} has no `history` line, so nothing was judged\n  \
             hint: `{{\"type\":\"history\",\"metrics\":[]}}` says that nothing is known of the past"
        ),
    }
}

/// Hears lines and prints what comes of each.
struct Bench {
    output: Output,
    hearing: Hearing,
    last: Option<VerdictKind>,
}

impl Bench {
    fn hear_file(&mut self, file: &Path) -> anyhow::Result<()> {
        let name = file.display().to_string();
        let mut lines: Box<dyn BufRead> = if file == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(file).with_context(|| format!("cannot read {name}"))?;
            Box::new(BufReader::new(file))
        };
        let mut number = 0;
        while let Some(text) = next_line(&mut lines).with_context(|| format!("{name}:{}", number + 1))? {
            number += 1;
            if text.trim().is_empty() {
                continue;
            }
            let line: CountsLine = serde_json::from_str(&text).with_context(|| {
                format!("{name}:{number}: not a line of counts (`serin history ID --counts` writes them)")
            })?;
            self.hear(&line).with_context(|| format!("{name}:{number}"))?;
        }
        Ok(())
    }

    fn hear(&mut self, line: &CountsLine) -> anyhow::Result<()> {
        let verdict = self.hearing.take(line)?;
        if let (CountsLine::Look(look), Some(verdict)) = (line, verdict) {
            print(look.counts.taken_at, look.setting.weight, &verdict, self.output)?;
            self.last = Some(verdict.kind);
        }
        Ok(())
    }
}

fn next_line(lines: &mut impl BufRead) -> anyhow::Result<Option<String>> {
    let mut text = Vec::new();
    lines.take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut text)?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() as u64 > LINE_BYTES_MAX {
        bail!("expected a line of at most {LINE_BYTES_MAX} bytes, found more");
    }
    Ok(Some(String::from_utf8(text).context("expected UTF-8 text")?))
}

fn print(at: Timestamp, weight: u8, verdict: &Verdict, output: Output) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if output == Output::Json {
        let look = json!({"at": at.to_string(), "weight": weight, "verdict": verdict});
        return writeln!(stdout, "{look}");
    }
    let metrics: Vec<String> = verdict
        .metrics
        .iter()
        .map(|metric| match metric.value {
            Some(_) => figures(metric),
            None => format!("{}, health {}", figures(metric), share(metric.health)),
        })
        .collect();
    writeln!(
        stdout,
        "{at}  {weight:>3} %  {:<12}  harm {}  {}",
        verdict.kind,
        share(verdict.harm),
        metrics.join("; ")
    )
}

/// How far evidence is on its way to its limit.
fn share(evidence: Evidence) -> String {
    format!("{:.0} %", evidence.progress() * 100.0)
}
