//! A rollout as a person watches it.

use std::io::{self, Write};

use crate::api::view::{EvidenceView, MeasureView, MetricView, RolloutView};
use crate::engine::words::{change, figures_of};
use crate::engine::{Measure, PerArm};

/// Characters of a bar: a tenth is as fine as a person reads.
const BAR_CHARS: usize = 10;

/// Everything about it, a line a thing.
pub(super) fn details(rollout: &RolloutView, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "  rollout   {} of {}, since {}",
        rollout.id,
        change(rollout.from.as_deref(), &rollout.revision),
        rollout.started_at
    )?;
    if let Some(verdict) = &rollout.verdict {
        writeln!(out, "  verdict   {}", verdict.kind)?;
        writeln!(out, "  harm      {}", bar(&verdict.harm))?;
    }
    writeln!(out, "  why       {}", rollout.why)?;
    writeln!(out, "  exposure  {}", rollout.exposure)?;
    if !rollout.table.rows.is_empty() {
        for line in rollout.table.to_string().lines() {
            writeln!(out, "    {line}")?;
        }
    }
    for hold in &rollout.holds {
        writeln!(out, "  holds     {}: {}", hold.reason.name(), hold.detail)?;
    }
    for hook in &rollout.hooks {
        let detail = hook.detail.as_ref().map(|detail| format!(": {detail}"));
        writeln!(
            out,
            "  hook      {} ({}) {}{}",
            hook.name,
            hook.r#type,
            hook.state,
            detail.unwrap_or_default()
        )?;
    }
    if let Some(confirmation) = &rollout.confirmation {
        writeln!(out, "  rollback  {}", confirmation.detail)?;
    }
    if let Some(rolled_back) = &rollout.rolled_back {
        writeln!(out, "  afterwards {rolled_back}")?;
    }
    for owed in &rollout.owed {
        writeln!(out, "  owed      {}", owed.detail)?;
    }
    if let Some(at) = &rollout.next_look_at {
        writeln!(out, "  next look {at}")?;
    }
    Ok(())
}

/// One look in a line.
pub(super) fn line(at: &str, rollout: &RolloutView) -> String {
    let mut words = vec![format!("{at}  {:>3} %", rollout.weight)];
    if let Some(verdict) = &rollout.verdict {
        words.extend(verdict.metrics.iter().map(figures));
        words.push(format!("harm {}", bar(&verdict.harm)));
        let judged = verdict.metrics.iter().filter(|metric| metric.value.is_none());
        let weakest = judged.map(|metric| &metric.health);
        let weakest = weakest.min_by(|one, other| one.progress.total_cmp(&other.progress));
        words.extend(weakest.map(|health| format!("health {}", bar(health))));
        words.push(verdict.kind.to_string());
    }
    words.push(rollout.phase.to_string());
    for hold in &rollout.holds {
        words.push(format!("holds: {}: {}", hold.reason.name(), hold.detail));
    }
    if let Some(next) = &rollout.next_look_at {
        words.push(format!("next look {next}"));
    }
    words.join("  ")
}

/// `success-rate: errors 0.10 % (stable 0.12 %)`.
fn figures(metric: &MetricView) -> String {
    let measure = match &metric.measure {
        MeasureView::ErrorRate => Measure::ErrorRate,
        MeasureView::Quantile { quantile } => Measure::Quantile(*quantile),
        MeasureView::Value { unit } => Measure::Value { unit: unit.clone() },
    };
    let estimate = PerArm {
        canary: metric.estimate.canary,
        baseline: metric.estimate.baseline,
    };
    let value = metric.value.as_ref().map(Into::into);
    figures_of(&metric.metric, &measure, estimate, "stable", value.as_ref())
}

/// Evidence on its way to its limit: `[####......]  41 %`.
fn bar(evidence: &EvidenceView) -> String {
    let progress = evidence.progress.clamp(0.0, 1.0);
    let full = (progress * BAR_CHARS as f64).floor() as usize;
    format!(
        "[{}{}] {:>3.0} %",
        "#".repeat(full),
        ".".repeat(BAR_CHARS - full),
        (progress * 100.0).floor()
    )
}
