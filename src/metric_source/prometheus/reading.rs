//! Both arms' pods, as the engine takes them.

use super::pod::{Histogram, Pods};
use super::shape::Counters;
use crate::engine::{ArmReading, CounterReading, PerArm};
use crate::metric_source::layout;
use crate::spec::Timestamp;

/// What one metric's query gave for one Canary. `unit_ms` is the number of milliseconds in one unit of `le`; `read_at` is the
/// server's time.
///
/// A pod that cannot be counted is missing with its reason. Where both arms have no pod at all, and where they have histograms that
/// cannot be compared, every pod is.
pub(super) fn reading(
    counters: &Counters,
    unit_ms: f64,
    arms: &PerArm<Pods>,
    read_at: Timestamp,
) -> CounterReading {
    let (edges_ms, arms) = match counters {
        Counters::SuccessRate { .. } => {
            let read = |pods: &Pods| {
                let mut arm = ArmReading::default();
                for (name, pod) in pods {
                    arm.add(name, pod.success_rate(read_at));
                }
                arm
            };
            (Vec::new(), arms.as_ref().map(read))
        }
        Counters::Latency { .. } => latency(unit_ms, arms, read_at),
    };
    CounterReading {
        edges_ms,
        arms,
        read_at,
    }
}

fn latency(unit_ms: f64, arms: &PerArm<Pods>, read_at: Timestamp) -> (Vec<f64>, PerArm<ArmReading>) {
    let histograms = arms.as_ref().map(|pods| {
        let histograms = pods.iter().map(|(name, pod)| (name, pod, pod.histogram()));
        histograms.collect::<Vec<_>>()
    });
    let of_all = [&histograms.baseline, &histograms.canary].into_iter().flatten();
    let sound = of_all.filter_map(|(name, _, histogram)| {
        let Histogram { edges, .. } = histogram.as_ref().ok()?.as_ref()?;
        Some((name.as_str(), edges.as_slice()))
    });
    let edges_ms = layout::common(sound, unit_ms).map(Option::unwrap_or_default);
    let arms = histograms.map(|pods| {
        let mut arm = ArmReading::default();
        for (name, pod, histogram) in pods {
            let reading = match (&edges_ms, histogram) {
                (Err(reason), Ok(_)) => Err(reason.clone()),
                (_, Err(reason)) => Err(reason),
                (Ok(edges), Ok(histogram)) => pod.latency(histogram.as_ref(), edges.len(), read_at),
            };
            arm.add(name, reading);
        }
        arm
    });
    (edges_ms.unwrap_or_default(), arms)
}

/// A metric that the whole of could not be read: both arms are missing for the same reason. `source` is whose fault it is.
pub(super) fn refused(source: &str, reason: &str, read_at: Timestamp) -> CounterReading {
    let mut arm = ArmReading::default();
    arm.missing.insert(source.to_owned(), reason.to_owned());
    CounterReading {
        edges_ms: Vec::new(),
        arms: PerArm {
            canary: arm.clone(),
            baseline: arm,
        },
        read_at,
    }
}
